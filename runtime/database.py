"""The SQLite file of a folder store: opened, refused where it is newer, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from .key import SCHEME
from .ledger import Origin
from .reserve import keep_reserve
from .store import StoreUnreachableError

FORMAT = 2
LEDGER = "ledger"
_BUSY_SECONDS = 30.0
_ROOM = 128 * 1024
_ABOUT = "create table if not exists about (name text primary key, value text) without rowid"
# Write-ahead logging needs memory shared between processes, which these do not offer.
_NETWORKED = ("nfs", "cifs", "smb", "fuse.", "9p", "ceph", "lustre", "gluster", "afs")


class Database:
    """One process's connection. `journal` is SQLite's own, `wal` wherever that works.

    A file in a folder that cannot be written to is read as it is. Every method may raise
    `StoreUnreachableError`, in words that say what to do.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self.path = path
        self.read_only = path.exists() and not os.access(path.parent, os.W_OK)
        self._reading = _Reading(self)
        try:
            self._connection = self._connected()
        except sqlite3.OperationalError as problem:
            raise (self.told(problem) or problem) from None
        with self._reading:
            try:
                self._refuse_newer()
                self.journal = self._prepared()
            except BaseException:
                self._connection.close()
                raise

    def make(self, connection: sqlite3.Connection, *, new: bool) -> None:
        """Makes the tables, within a transaction; for subclasses."""

    def _connected(self) -> sqlite3.Connection:
        # What cannot be written cannot be locked either.
        name = f"file:{quote(str(self.path))}{'?immutable=1' if self.read_only else ''}"
        return sqlite3.connect(
            name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )

    def _refuse_newer(self) -> None:
        found = int(self._ask("pragma user_version") or 0)
        about = self.about()
        self.refuse(Origin(found, int(about.get("scheme", SCHEME)), about.get("by", "")))

    def refuse(self, origin: Origin) -> None:
        """Raises `StoreUnreachableError` for a store that is newer than this version."""
        if origin.format <= FORMAT and origin.scheme <= SCHEME:
            return
        newer = origin.scheme > SCHEME
        what = f"key scheme {origin.scheme}" if newer else f"format {origin.format}"
        raise StoreUnreachableError(
            f"the store {self.path.parent} was made{origin.by and ' by '}{origin.by} in {what}, "
            f"and this version knows up to {SCHEME if newer else FORMAT}; update Millpond, or move "
            "the folder away to begin a new store"
        )

    def about(self) -> dict[str, str]:
        """`scheme` and `by`, the version that made the store, where that is known."""
        try:
            return dict(self._connection.execute("select name, value from about").fetchall())
        except sqlite3.OperationalError:  # the table is younger than the store, or not there yet
            return {}

    @property
    def origin(self) -> Origin:
        return Origin(FORMAT, SCHEME, _by())

    @property
    def ledger(self) -> Path:
        """The file from which an index that is lost is made anew."""
        return self.path.with_name(LEDGER)

    def _prepared(self) -> str:
        mode = self._ask("pragma journal_mode")
        if self.read_only:
            return mode
        if mode != "wal" and not file_system(self.path.parent).startswith(_NETWORKED):
            mode = self._ask("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=normal")
        if self._ask("pragma user_version") != str(FORMAT):
            with self.transaction() as connection:
                # Another process may have been faster.
                (version,) = connection.execute("pragma user_version").fetchone()
                if version != FORMAT:
                    self.make(connection, new=version == 0)
                    connection.execute(_ABOUT)
                    said = [("scheme", str(SCHEME)), ("by", _by())]
                    connection.executemany("insert or replace into about values (?, ?)", said)
                    connection.execute(f"pragma user_version={FORMAT}")
            keep_reserve(self.path.parent)
        return mode

    def told(self, problem: sqlite3.DatabaseError) -> StoreUnreachableError | None:
        """What to say of SQLite's own trouble: which file it is in, and what to do."""
        if type(problem) is sqlite3.OperationalError:
            why = "the disk is full" if self._is_full(problem) else str(problem)
            return StoreUnreachableError(f"cannot use the index of results, {self.path}: {why}")
        if type(problem) is sqlite3.DatabaseError:
            return StoreUnreachableError(
                f"the index of results, {self.path}, is damaged: {problem}; to make it anew "
                "from the ledger beside it: mlp cache verify --repair"
            )
        return None

    def _is_full(self, problem: sqlite3.OperationalError) -> bool:
        """SQLite says so itself, or cannot make the files that it needs beside its own."""
        if "disk" not in str(problem):
            return False
        with suppress(OSError):
            status = os.statvfs(self.path.parent)
            return "full" in str(problem) or status.f_bavail * status.f_frsize < _ROOM
        return False

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
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """The only one that writes to the file and its ledger, in any process; a `durable` one has
        reached the disk at the end."""
        with self._reading:
            if self.read_only:
                raise StoreUnreachableError(
                    f"the store {self.path.parent} can only be read: its folder is not writable"
                )
            if durable:
                self._connection.execute("pragma synchronous=full")
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                # A full disk may have ended the transaction already.
                with suppress(sqlite3.OperationalError):
                    self._connection.execute("rollback")
                raise
            finally:
                if durable:
                    self._connection.execute("pragma synchronous=normal")

    def version(self) -> int:
        """Another number once another connection has written."""
        with self.reading() as connection:
            return int(connection.execute("pragma data_version").fetchone()[0])

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """For queries only."""
        return self._reading

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class _Reading:
    """Holds a database's lock, and says of SQLite's trouble what it means: for every look-up there
    is, so it is no generator."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = database._lock

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._database._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        if isinstance(problem, sqlite3.DatabaseError):
            told = self._database.told(problem)
            if told is not None:
                raise told from problem


def _by() -> str:
    """The version of Millpond that this is, where it says so: in a bundle it does not."""
    package = sys.modules.get(__name__.partition(".")[0])
    version = getattr(package, "__version__", "")
    return f"millpond {version}" if version else ""


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
