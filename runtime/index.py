"""The index of a folder store: keys, records, pins, memo of digests, leases."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from . import ledger
from .database import Database
from .ledger import Line
from .record import Record
from .store import StoreUnreachableError

GROUP_SECONDS = 0.2
# SQLite takes no more variables in one statement where it was built long ago.
_TOGETHER = 900
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


class Standing(NamedTuple):
    """The record that answers a key, when it was made and when it was last used."""

    record: Record
    made: float
    used: float


class Index(Database):
    """One process's hold on the index. Safe to use from several threads.

    `add` and `touch` collect what is written in one transaction at most 200 ms later;
    `before_commit` is called first, to make the objects durable that the results speak of. A
    result gives way to another one for its key where it is not `whole`. Every method may raise
    `StoreUnreachableError`: the file is damaged, of a newer version, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        before_commit: Callable[[list[Record]], None],
        whole: Callable[[Record], bool] = lambda record: True,
    ) -> None:
        self._before_commit = before_commit
        self._whole = whole
        self._waiting: dict[str, Record] = {}
        self._used: dict[str, float] = {}
        self._timer: threading.Timer | None = None
        super().__init__(path)

    def make(self, connection: sqlite3.Connection, *, new: bool) -> None:
        """The tables, and what the ledger of a lost index knows; or an older index brought up."""
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        if not new:
            ledger.write(self.ledger, self.origin, lines_of(connection))
            return
        for line in ledger.read(self.ledger):
            if isinstance(line, ledger.Origin):
                self.refuse(line)
            elif line is not None:
                self._restore(connection, line)

    # Results

    def find(self, keys: Iterable[str]) -> dict[str, Standing]:
        """What answers each key that has an answer."""
        found: dict[str, Standing] = {}
        with self.reading() as connection:
            asked: list[str] = []
            for key in keys:
                if key in self._waiting:
                    now = time.time()
                    found[key] = Standing(self._waiting[key], now, now)
                else:
                    asked.append(key)
            for first in range(0, len(asked), _TOGETHER):
                part = asked[first : first + _TOGETHER]
                rows = connection.execute(
                    "select key, id, content, made, used from results join records using (id)"
                    f" where key in ({','.join('?' * len(part))})",
                    part,
                )
                for key, id, content, made, used in rows:
                    record = read(id, content)
                    if record is not None:
                        found[key] = Standing(record, made, used)
        return found

    def record(self, result: str) -> Record | None:
        with self.reading() as connection:
            for record in self._waiting.values():
                if record.id == result:
                    return record
            row = connection.execute(
                "select content from records where id = ?", (result,)
            ).fetchone()
        return None if row is None else read(result, row[0])

    def records(self) -> Iterator[Record]:
        """Every record that can be read."""
        with self.reading() as connection:
            rows = connection.execute("select id, content from records order by id").fetchall()
        for id, content in rows:
            record = read(id, content)
            if record is not None:
                yield record

    def others(self, keys: Iterable[str]) -> dict[str, list[Record]]:
        """The results that came too late to answer their keys, by key."""
        found: dict[str, list[Record]] = {}
        wanted = list(keys)
        with self.reading() as connection:
            for first in range(0, len(wanted), _TOGETHER):
                part = wanted[first : first + _TOGETHER]
                rows = connection.execute(
                    "select key, id, content from others join records using (id)"
                    f" where key in ({','.join('?' * len(part))}) order by key, id",
                    part,
                )
                for key, id, content in rows:
                    record = read(id, content)
                    if record is not None:
                        found.setdefault(key, []).append(record)
        return found

    def add(self, record: Record) -> None:
        """Let a record answer its key; durable with the next group commit."""
        with self._lock:
            self._waiting.setdefault(record.key, record)
            self._soon()

    def touch(self, keys: Iterable[str], now: float) -> None:
        """Note that results were used; written with the next group commit."""
        with self._lock:
            self._used.update(dict.fromkeys(keys, now))
            if self._used:
                self._soon()

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(GROUP_SECONDS, self._flush_aside)
            self._timer.daemon = True
            self._timer.start()

    def _flush_aside(self) -> None:
        # What could not be written still waits: whoever calls `flush` next is told.
        with suppress(StoreUnreachableError, OSError):
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._waiting:
                self._before_commit(list(self._waiting.values()))
                with self.transaction() as connection:
                    self._insert(connection, self._waiting.items(), replace=False)
                    self._note_use(connection)
                self._waiting.clear()
            elif self._used:
                # When a result was last used is worth knowing, but not worth failing for.
                with suppress(StoreUnreachableError), self.transaction() as connection:
                    self._note_use(connection)
            self._used.clear()

    def _note_use(self, connection: sqlite3.Connection) -> None:
        rows = [(now, key) for key, now in self._used.items()]
        connection.executemany("update results set used = ? where key = ?", rows)

    def publish(self, record: Record, key: str, *, replace: bool) -> Record:
        """Write a record at once and return the one that stands for the key, `""` for none."""
        with self._lock:
            self.flush()
            self._before_commit([record])
            with self.transaction() as connection:
                rows = [(key or nameless(record), record)]
                stands = self._insert(connection, rows, replace=replace)
            found = {} if stands or not key else self.find([key])
        return found[key].record if key in found else record

    def swap(self, key: str, old: Record, new: Record) -> None:
        """Write a record at once in the place of an old one, if that still stands for the key."""
        with self._lock:
            self.flush()
            self._before_commit([new])
            with self.transaction() as connection:
                query = "select 1 from results where key = ? and id = ?"
                if connection.execute(query, (key, old.id)).fetchone():
                    self._insert(connection, [(key, new)], replace=True)

    def _insert(
        self, connection: sqlite3.Connection, rows: Iterable[tuple[str, Record]], *, replace: bool
    ) -> bool:
        """Whether all of them stand for their keys now."""
        now = time.time()
        lines = []
        stand = True
        for key, record in rows:
            kind = self._place(connection, key, record, now, over=replace)
            lines.append(Line(kind or ledger.RESULT, key, record.id, now, record.content))
            stand = stand and kind is not None
        ledger.append(self.ledger, self.origin, lines)
        return stand

    def _place(
        self,
        connection: sqlite3.Connection,
        key: str,
        record: Record,
        made: float,
        *,
        over: bool = False,
    ) -> str | None:
        """Lets a record answer a key, `over` whatever does so already, and in any case over what
        cannot be used; gives how it came to, None where another one stands."""
        connection.execute(
            "insert into records values (?, ?) on conflict (id) do update"
            " set content = excluded.content where content <> excluded.content",
            (record.id, record.content),
        )
        row = (key, record.id, made, made)
        if not over:
            done = connection.execute("insert or ignore into results values (?, ?, ?, ?)", row)
            if done.rowcount:
                return ledger.RESULT
            if self._stands(connection, key):
                # It came first; both are kept for the report.
                connection.execute(
                    "insert or ignore into others select ?, ? where not exists"
                    " (select 1 from results where key = ? and id = ?)",
                    (key, record.id, key, record.id),
                )
                return None
        connection.execute("insert or replace into results values (?, ?, ?, ?)", row)
        return ledger.INSTEAD

    def _stands(self, connection: sqlite3.Connection, key: str) -> bool:
        """Whether a key has an answer that can be used."""
        row = connection.execute(
            "select id, content from results join records using (id) where key = ?", (key,)
        ).fetchone()
        record = None if row is None else read(*row)
        return record is not None and self._whole(record)

    def _restore(self, connection: sqlite3.Connection, line: Line) -> None:
        """Takes over what a line of a ledger says."""
        if line.kind == ledger.PIN:
            row = (line.id, line.content.decode())
            connection.execute("insert or replace into pins values (?, ?)", row)
        elif line.kind == ledger.UNPIN:
            connection.execute("delete from pins where id = ?", (line.id,))
        elif (record := read(line.id, line.content)) is not None:
            over = line.kind == ledger.INSTEAD
            self._place(connection, line.key, record, line.made, over=over)

    def forget(self, keys: Iterable[str]) -> None:
        """Take answers away, so that their work is done again."""
        with self.transaction() as connection:
            connection.executemany("delete from results where key = ?", [(key,) for key in keys])

    # Pins

    def pin(self, results: Iterable[str], reason: str) -> None:
        """Keep results from being collected."""
        self._pin(ledger.PIN, "insert or replace into pins values (:id, :why)", results, reason)

    def unpin(self, results: Iterable[str]) -> None:
        """Let results be collected as all others."""
        self._pin(ledger.UNPIN, "delete from pins where id = :id", results, "")

    def _pin(self, kind: str, statement: str, results: Iterable[str], why: str) -> None:
        now, ids = time.time(), list(results)
        with self.transaction() as connection:
            connection.executemany(statement, [{"id": id, "why": why} for id in ids])
            content = why.replace("\n", " ").encode()
            lines = [Line(kind, "", id, now, content) for id in ids]
            ledger.append(self.ledger, self.origin, lines)

    def pins(self) -> dict[str, str]:
        """Why each result is kept that is kept in any case."""
        with self.reading() as connection:
            return dict(connection.execute("select id, reason from pins").fetchall())

    def close(self) -> None:
        with self._lock:
            self.flush()
            super().close()


def nameless(record: Record) -> str:
    """What stands for the key of a result that answers none."""
    return f"@{record.id}"


def read(id: str, content: bytes) -> Record | None:
    """A record by its bytes; None where they are not those of its id, or of no known format."""
    try:
        record = Record.from_bytes(content)
    except ValueError:
        return None
    return record if record.id == id else None


def lines_of(connection: sqlite3.Connection) -> Iterator[Line]:
    """A ledger from which the index would come out as it is."""
    for query, kind in (
        ("select key, id, made, content from results join records using (id)", ledger.RESULT),
        ("select key, id, 0.0, content from others join records using (id)", ledger.RESULT),
        ("select '', id, 0.0, reason from pins", ledger.PIN),
    ):
        for key, id, made, content in connection.execute(f"{query} order by 1, 2"):
            said = content.encode() if isinstance(content, str) else content
            yield Line(kind, key, id, made, said)
