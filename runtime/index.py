"""The SQLite index of a folder store: keys, records, memo of digests, leases."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from .digest import Stamp
from .record import Record
from .store import StoreUnreachableError

GROUP_SECONDS = 0.2
_BUSY_SECONDS = 30.0
_VERSION = 1
_SCHEMA = """
create table if not exists records (id text primary key, content blob not null) without rowid;
create table if not exists results (
    key text primary key, id text not null, made real not null, used real not null
) without rowid;
create table if not exists others (
    key text not null, id text not null, primary key (key, id)
) without rowid;
create table if not exists memo (
    path text primary key, size integer, mtime_ns integer, inode integer, digest text
) without rowid;
create table if not exists leases (
    key text primary key, owner text not null, beat real not null
) without rowid;
create table if not exists pins (id text primary key, reason text not null) without rowid;
"""
# Write-ahead logging needs memory shared between processes, which these do not offer.
_NETWORKED = ("nfs", "cifs", "smb", "fuse.", "9p", "ceph", "lustre", "gluster", "afs")


class Index:
    """One process's hold on the index. Safe to use from several threads.

    `add` collects results and writes them in one transaction at most 200 ms later; `before_commit`
    is called first, to make the objects durable that the results speak of. Every method may raise
    `StoreUnreachableError`: the file is damaged, or cannot be written.
    """

    def __init__(self, path: Path, before_commit: Callable[[list[Record]], None]) -> None:
        self._lock = threading.RLock()
        self._path = path
        self._before_commit = before_commit
        self._waiting: dict[str, Record] = {}
        self._timer: threading.Timer | None = None
        with self._told():
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self.journal = self._ask("pragma journal_mode")
            if self.journal != "wal" and not file_system(path.parent).startswith(_NETWORKED):
                self.journal = self._ask("pragma journal_mode=wal")
            self._connection.execute("pragma synchronous=normal")
            if self._ask("pragma user_version") != str(_VERSION):
                self._connection.executescript(_SCHEMA)
                self._ask(f"pragma user_version={_VERSION}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Says of SQLite's own trouble which file it is in, and what to do."""
        try:
            yield
        except sqlite3.DatabaseError as problem:
            if type(problem) is sqlite3.OperationalError:
                text = f"cannot use the index of results, {self._path}: {problem}"
            elif type(problem) is sqlite3.DatabaseError:
                text = (
                    f"the index of results, {self._path}, is damaged: {problem}; move it away, and "
                    "what it knew is made again"
                )
            else:
                raise
            raise StoreUnreachableError(text) from problem

    def _ask(self, pragma: str) -> str:
        """The answer to a pragma; SQLite itself does not wait while another process opens too."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                row = self._connection.execute(pragma).fetchone()
                return "" if row is None else str(row[0])
            except sqlite3.OperationalError as problem:
                if "locked" not in str(problem) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._told():
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def find(self, keys: Iterable[str]) -> dict[str, tuple[Record, float]]:
        """The record of each key that has one, and when it was made."""
        found: dict[str, tuple[Record, float]] = {}
        with self._lock, self._told():
            for key in keys:
                if key in self._waiting:
                    found[key] = (self._waiting[key], time.time())
                    continue
                row = self._connection.execute(
                    "select content, made from results join records using (id) where key = ?",
                    (key,),
                ).fetchone()
                if row is not None:
                    record = _read(row[0])
                    if record is not None:
                        found[key] = (record, row[1])
        return found

    def record(self, result: str) -> Record | None:
        with self._lock, self._told():
            for record in self._waiting.values():
                if record.id == result:
                    return record
            row = self._connection.execute(
                "select content from records where id = ?", (result,)
            ).fetchone()
        return None if row is None else _read(row[0])

    def records(self) -> Iterator[Record]:
        """Every record that can be read."""
        with self._lock, self._told():
            rows = self._connection.execute("select content from records order by id").fetchall()
        for row in rows:
            record = _read(row[0])
            if record is not None:
                yield record

    def add(self, record: Record) -> None:
        """Let a record answer its key; durable with the next group commit."""
        with self._lock:
            self._waiting.setdefault(record.key, record)
            if self._timer is None:
                self._timer = threading.Timer(GROUP_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if not self._waiting:
                return
            self._before_commit(list(self._waiting.values()))
            with self._transaction() as connection:
                for key, record in self._waiting.items():
                    _insert(connection, record, key, replace=False)
            self._waiting.clear()

    def publish(self, record: Record, key: str, *, replace: bool) -> Record:
        """Write a record at once and return the one that stands for the key."""
        with self._lock:
            self.flush()
            self._before_commit([record])
            with self._transaction() as connection:
                _insert(connection, record, key, replace=replace)
            found = self.find([key]) if key else {}
        return found[key][0] if key in found else record

    def forget(self, keys: Iterable[str]) -> None:
        """Take answers away, so that their work is done again."""
        with self._transaction() as connection:
            connection.executemany("delete from results where key = ?", [(key,) for key in keys])

    def touch(self, keys: Iterable[str], now: float) -> None:
        """Note that results were used."""
        with self._transaction() as connection:
            connection.executemany(
                "update results set used = ? where key = ?", [(now, key) for key in keys]
            )

    def pin(self, result: str, reason: str) -> None:
        """Keep a result from being collected."""
        with self._transaction() as connection:
            connection.execute("insert or replace into pins values (?, ?)", (result, reason))

    def memo(self) -> MutableMapping[str, tuple[Stamp, str]]:
        """The remembered digests, loaded whole; `remember` writes changes back."""
        with self._lock, self._told():
            rows = self._connection.execute(
                "select path, size, mtime_ns, inode, digest from memo"
            ).fetchall()
        return {path: (Stamp(*stamp), digest) for path, *stamp, digest in rows}

    def remember(self, entries: Iterable[tuple[str, Stamp, str]]) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "insert or replace into memo values (?, ?, ?, ?, ?)",
                [(p, s.size, s.mtime_ns, s.inode, digest) for p, s, digest in entries],
            )

    def holder(self, key: str) -> tuple[str, float] | None:
        """Who holds the lease of a key, and its last heartbeat."""
        with self._lock, self._told():
            row = self._connection.execute(
                "select owner, beat from leases where key = ?", (key,)
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def take(self, key: str, owner: str, now: float, held_by: tuple[str, float] | None) -> bool:
        """Take a lease if it is still in the state that was seen."""
        with self._transaction() as connection:
            row = connection.execute(
                "select owner, beat from leases where key = ?", (key,)
            ).fetchone()
            if (None if row is None else (row[0], row[1])) != held_by:
                return False
            connection.execute("insert or replace into leases values (?, ?, ?)", (key, owner, now))
        return True

    def beat(self, owner: str, now: float) -> None:
        with self._transaction() as connection:
            connection.execute("update leases set beat = ? where owner = ?", (now, owner))

    def release(self, keys: Iterable[str], owner: str) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "delete from leases where key = ? and owner = ?", [(key, owner) for key in keys]
            )

    def close(self) -> None:
        with self._lock:
            self.flush()
            self._connection.close()


def _insert(connection: sqlite3.Connection, record: Record, key: str, *, replace: bool) -> None:
    now = time.time()
    connection.execute("insert or ignore into records values (?, ?)", (record.id, record.content))
    if not key:
        return
    how = "replace" if replace else "ignore"
    row = (key, record.id, now, now)
    done = connection.execute(f"insert or {how} into results values (?, ?, ?, ?)", row)
    if done.rowcount == 0:
        # Another result for this key came first and stands; both are kept for the report.
        connection.execute(
            "insert or ignore into others select ?, ? where not exists"
            " (select 1 from results where key = ? and id = ?)",
            (key, record.id, key, record.id),
        )


def _read(content: bytes) -> Record | None:
    try:
        return Record.from_bytes(content)
    except ValueError:
        return None


def file_system(folder: Path) -> str:
    """The kind of file system a folder lies on (`ext4`, `nfs4`), empty where unknown."""
    best, found = "", ""
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return ""
    place = str(folder.resolve())
    for line in lines:
        _, mount, kind, *_ = line.split(" ")
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, found = mount, kind
    return found
