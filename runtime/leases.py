"""Leases: one key is computed by one process of a machine at a time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from .database import Database

BEAT_SECONDS = 5.0
DEAD_SECONDS = 30.0


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty where it is gone or unknown."""
    try:
        # The second field is the command in parentheses and may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@cache
def _here() -> str:
    """Where the numbers of processes mean the same as here: this machine, since it was started,
    in this container."""
    name = os.uname().nodename
    with suppress(OSError):
        name += ":" + Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        name += ":" + str(os.stat("/proc/self/ns/pid").st_ino)
    return name


def owner() -> str:
    """The name of this process that no later process on any machine bears."""
    pid = os.getpid()
    return f"{_here()}/{pid}/{_started(pid)}"


def _alive(holder: str, beat: float, now: float) -> bool:
    """Whether the holder of a lease still works: it beats, and where that can be seen, it is there.

    One that is stopped in the middle does not beat. A beat from the future was said by a clock
    that has been set back since.
    """
    host, pid, started = holder.rsplit("/", 2)
    if host == _here() and started and _started(int(pid)) != started:
        return False
    return abs(now - beat) < DEAD_SECONDS


def holder(database: Database, key: str) -> tuple[str, float] | None:
    """Who holds the lease of a key, and its last heartbeat."""
    with database.reading() as connection:
        return _holder(connection, key)


def acquire(database: Database, key: str, name: str) -> bool:
    """Take the lease of a key: free, ours already, or its owner dead. `name` is from `owner()`."""
    now = time.time()
    held = holder(database, key)
    if held is not None and held[0] != name and _alive(*held, now):
        return False
    with database.transaction() as connection:
        if _holder(connection, key) != held:
            return False  # somebody else was faster
        connection.execute("insert or replace into leases values (?, ?, ?)", (key, name, now))
    return True


def beat(database: Database, name: str) -> None:
    """Say that the owner lives; due every `BEAT_SECONDS`."""
    with database.transaction() as connection:
        connection.execute("update leases set beat = ? where owner = ?", (time.time(), name))


def release(database: Database, keys: Iterable[str], name: str) -> None:
    """Give leases back."""
    with database.transaction() as connection:
        connection.executemany(
            "delete from leases where key = ? and owner = ?", [(key, name) for key in keys]
        )


def _holder(connection: sqlite3.Connection, key: str) -> tuple[str, float] | None:
    row = connection.execute("select owner, beat from leases where key = ?", (key,)).fetchone()
    return None if row is None else (row[0], row[1])
