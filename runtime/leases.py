"""Leases: one key is computed by one process of a machine at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from .index import Index

BEAT_SECONDS = 5.0
DEAD_SECONDS = 30.0


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty where it is gone or unknown."""
    try:
        # The second field is the command in parentheses and may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def owner() -> str:
    """The name of this process that no later process on any machine bears."""
    pid = os.getpid()
    return f"{os.uname().nodename}/{pid}/{_started(pid)}"


def _alive(holder: str, beat: float, now: float) -> bool:
    host, pid, started = holder.rsplit("/", 2)
    if host != os.uname().nodename or not started:
        return now - beat < DEAD_SECONDS
    return _started(int(pid)) == started


def acquire(index: Index, key: str, name: str) -> bool:
    """Take the lease of a key: free, ours already, or its owner dead. `name` is from `owner()`."""
    now = time.time()
    held = index.holder(key)
    if held is not None and held[0] != name and _alive(*held, now):
        return False
    return index.take(key, name, now, held)


def beat(index: Index, name: str) -> None:
    """Say that the owner lives; due every `BEAT_SECONDS`."""
    index.beat(name, time.time())


def release(index: Index, keys: Iterable[str], name: str) -> None:
    """Give leases back."""
    index.release(keys, name)
