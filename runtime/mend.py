"""Mending a folder store: what is damaged is moved aside, brought anew, or becomes a miss."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import ledger
from .folder import INDEX, FolderStore
from .health import Damage, Health, Kind
from .index import lines_of, read
from .ledger import Line
from .record import Record
from .remote import RemoteStore
from .session import Claims
from .store import MissingObjectError, StoreUnreachableError
from .survey import Survey
from .transfer import bring

ASIDE = "damaged"


@dataclass(frozen=True, slots=True)
class Mended:
    """`aside` are files that were moved to `damaged/`, `brought` objects and records that the
    shared store, or the ledger, still had; `lost` are the keys that are misses from now on."""

    aside: int
    brought: int
    lost: tuple[str, ...]


def mend(store: FolderStore, health: Health, far: RemoteStore | None) -> Mended:
    """Deals with every damage that was found. To be called alone (see `collect.alone`).

    Raises `StoreUnreachableError`; what was dealt with until then stays so.
    """
    claims = Claims(store.root)
    try:
        with claims.decided():
            aside = _set_aside(store, health.damages)
            if store.index.ledger.exists() and not store.index.ledger.is_file():
                _move_aside(store.root, store.index.ledger)
    finally:
        claims.close()
    brought = _records(store, _of(health, Kind.RECORD), far)
    brought += _rows(store, _of(health, Kind.ROW))
    brought += _objects(store, health.hurt, far)
    hurt = [kept for kept in Survey(store).results() if kept.key in health.hurt]
    lost = [k.key for k in hurt if k.record is None or not store.is_whole(k.record)]
    store.index.forget(lost)
    with store.index.transaction(durable=True) as connection:
        # What nobody speaks of and nobody can read.
        for id in _of(health, Kind.RECORD):
            found = connection.execute("select content from records where id = ?", (id,)).fetchone()
            if found is not None and read(id, found[0]) is None:
                connection.execute("delete from records where id = ?", (id,))
        ledger.write(store.index.ledger, store.index.origin, lines_of(connection))
    return Mended(aside, brought, tuple(sorted(lost)))


def rebuild(root: Path) -> int:
    """Makes a damaged index anew from the ledger; how many results it knows then.

    Raises `StoreUnreachableError` where runs are under way, or the ledger is of a newer version.
    """
    claims = Claims(root)
    try:
        claims.refresh()
        if claims.live:
            raise StoreUnreachableError(
                f"the index of {root} is damaged, and a run is under way; try again once it is over"
            )
    finally:
        claims.close()
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            _move_aside(root, root / f"{INDEX}{ending}")
    store = FolderStore(root)
    try:
        return sum(1 for _ in store.index.records())
    finally:
        store.close()


def _of(health: Health, kind: Kind) -> set[str]:
    return {damage.what for damage in health.damages if damage.kind is kind}


def _set_aside(store: FolderStore, damages: Iterable[Damage]) -> int:
    moved = 0
    for damage in damages:
        if damage.kind is Kind.CHANGED:
            path = store.object_path(damage.what)
        elif damage.kind in (Kind.STRAY, Kind.SOURCE):
            path = store.root / damage.what
        else:
            continue
        with suppress(FileNotFoundError):
            _move_aside(store.root, path)
            moved += 1
    return moved


def _move_aside(root: Path, path: Path) -> None:
    folder = root / ASIDE
    folder.mkdir(exist_ok=True)
    number = 0
    target = folder / path.name
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    path.rename(target)


def _records(store: FolderStore, wanted: set[str], far: RemoteStore | None) -> int:
    """Brings records that cannot be read from the ledger, or else from the shared store."""
    found: dict[str, Record] = {}
    for line in ledger.read(store.index.ledger) if wanted else ():
        if isinstance(line, Line) and line.id in wanted:
            record = read(line.id, line.content)
            if record is not None:
                found[line.id] = record
    for id in wanted - found.keys() if far is not None else ():
        assert far is not None
        record = far.record(id)
        if record is not None:
            found[id] = record
    with store.index.transaction(durable=True) as connection:
        connection.executemany(
            "insert or replace into records values (?, ?)",
            [(id, record.content) for id, record in found.items()],
        )
    return len(found)


def _rows(store: FolderStore, doubtful: set[str]) -> int:
    """Puts what the ledger says, which has checksums, in the place of rows and pins that it does
    not know. A row that it says nothing else of stays."""
    if not doubtful:
        return 0
    said = [line for line in ledger.read(store.index.ledger) if isinstance(line, Line)]
    restored = 0
    with store.index.transaction(durable=True) as connection:
        restored += _pins(connection, said)
        here = dict(connection.execute("select key, id from results").fetchall())
        for key in sorted(doubtful & here.keys()):
            true = [line for line in said if line.key == key and line.id == here[key]]
            true = true or [line for line in said if line.key == key]
            # A key that has changed has left its line without a row.
            true = true or [n for n in said if n.id == here[key] and n.key not in here and n.key]
            line = next((each for each in reversed(true) if _can_stand(store, each)), None)
            if line is None:
                continue
            row = (line.key, line.id, line.made, line.made)
            connection.execute("delete from results where key = ?", (key,))
            connection.execute(
                "insert or ignore into records values (?, ?)", (line.id, line.content)
            )
            connection.execute("insert or replace into results values (?, ?, ?, ?)", row)
            restored += 1
    return restored


def _can_stand(store: FolderStore, line: Line) -> bool:
    record = read(line.id, line.content)
    return record is not None and store.is_whole(record)


def _pins(connection: sqlite3.Connection, said: list[Line]) -> int:
    true: dict[str, str] = {}
    for line in said:
        if line.kind == ledger.PIN:
            true[line.id] = line.content.decode()
        elif line.kind == ledger.UNPIN:
            true.pop(line.id, None)
    if not said or true.keys() == {id for (id,) in connection.execute("select id from pins")}:
        return 0
    connection.execute("delete from pins")
    connection.executemany("insert into pins values (?, ?)", true.items())
    return 1


def _objects(store: FolderStore, keys: Iterable[str], far: RemoteStore | None) -> int:
    """Brings from the shared store what results lack; how many objects."""
    if far is None:
        return 0
    brought = 0
    for standing in store.index.find(keys).values():
        for artifact in standing.record.artifacts():
            with suppress(MissingObjectError):
                brought += len(bring(store, far, artifact))
    return brought
