"""The health of a folder store: every byte held against the digest it goes by.

Whatever does not agree is a damage, with the keys of the results that it hurts. See `mend.py` for
what can be done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from . import ledger
from .artifact import Artifact
from .digest import digest_file
from .folder import FolderStore, noted
from .index import read
from .record import Record
from .survey import listed

_HEX = re.compile("[0-9a-f]{64}")
_THREADS = 4


class Kind(Enum):
    """What can be wrong; the value is what is said of the thing."""

    CHANGED = "other bytes than were stored"
    MISSING = "gone"
    SIZE = "of another size than a result says"
    STRAY = "not made by this store"
    RECORD = "other bytes than the id says"
    ROW = "unknown to the ledger"
    LEDGER = "unreadable"
    SOURCE = "of nothing that is here"
    INDEX = "found damaged by SQLite"


@dataclass(frozen=True, slots=True)
class Damage:
    """`what` is a digest, a record's id, a key or the name of a file; `keys` are the results hurt
    by it, none where nothing needs what is damaged."""

    kind: Kind
    what: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What was read, and what is wrong. `loose` objects belong to no result: gc takes them."""

    objects: int
    bytes: int
    results: int
    loose: int
    loose_bytes: int
    damages: tuple[Damage, ...]

    @property
    def hurt(self) -> set[str]:
        """The keys of all results that something is wrong with."""
        return {key for damage in self.damages for key in damage.keys}


class Row(NamedTuple):
    """A result as the index has it; without a `record` that can be read."""

    key: str
    id: str
    made: float
    record: Record | None


@dataclass(slots=True)
class Need:
    """Who needs an object, and how long it should be; None for a manifest, which says so itself."""

    size: int | None
    keys: list[str] = field(default_factory=list)


def examine(store: FolderStore, seen: Callable[[int], None] = lambda size: None) -> Health:
    """Reads everything. `seen` is told the size of each object that was read.

    Nobody may collect garbage meanwhile; runs may go on. Raises `StoreUnreachableError` where the
    index cannot be read at all.
    """
    rows, damages = _index(store)
    digests = dict(_digested(store, seen))
    intact = {path.name for path, (digest, _) in digests.items() if path.name == digest}
    needs: dict[str, Need] = {}
    for row in rows:
        for artifact in row.record.artifacts() if row.record is not None else ():
            _needed(store, artifact, row.key, intact, needs)
    sources = set(_sources(store, damages, intact))
    sizes = {path.name: size for path, (_, size) in digests.items()}
    for path, (digest, _) in digests.items():
        name = path.name
        if not _HEX.fullmatch(name) or path.parent.name != name[:2]:
            damages.append(Damage(Kind.STRAY, path.relative_to(store.root).as_posix()))
        elif name != digest:
            keys = needs[name].keys if name in needs else ()
            damages.append(Damage(Kind.CHANGED, name, tuple(keys)))
    for hex, need in needs.items():
        if hex not in sizes and not store.object_path(hex).is_file():
            damages.append(Damage(Kind.MISSING, hex, tuple(need.keys)))
        elif hex in intact and need.size not in (None, sizes[hex]):
            damages.append(Damage(Kind.SIZE, hex, tuple(need.keys)))
    loose = intact - needs.keys() - sources
    return Health(
        len(digests),
        sum(sizes.values()),
        len(rows),
        len(loose),
        sum(sizes[hex] for hex in loose),
        tuple(sorted(damages, key=lambda damage: (damage.kind.name, damage.what))),
    )


def _index(store: FolderStore) -> tuple[list[Row], list[Damage]]:
    """All results, and what is wrong with the index and the ledger."""
    damages: list[Damage] = []
    with store.index.reading() as connection:
        connection.execute("begin")
        try:
            found = connection.execute("select key, id, made from results order by key").fetchall()
            contents = dict(connection.execute("select id, content from records").fetchall())
            others = connection.execute("select key, id from others").fetchall()
            pins = dict(connection.execute("select id, reason from pins").fetchall())
            checks = connection.execute("pragma integrity_check(1)").fetchall()
        finally:
            connection.execute("rollback")
    if checks != [("ok",)]:
        damages.append(Damage(Kind.INDEX, store.index.path.name))
    records = {id: read(id, content) for id, content in contents.items()}
    rows = [Row(key, id, made, records.get(id)) for key, id, made in found]
    users: dict[str, list[str]] = {}
    for row in rows:
        users.setdefault(row.id, []).append(row.key)
    damages += [
        Damage(Kind.RECORD, id, tuple(users.get(id, ())))
        for id in records.keys() | users.keys()
        if records.get(id) is None
    ]
    # Read after the index: what is in there has been in here before.
    said = _ledger(store, damages)
    damages += [
        Damage(Kind.ROW, row.key, (row.key,))
        for row in rows
        if (row.key, row.id, row.made) not in said.results
    ]
    damages += [
        Damage(Kind.ROW, key)
        for key, id in others
        if id in records and (key, id) not in said.answers
    ]
    damages += [Damage(Kind.ROW, id) for id in pins.keys() ^ said.pins]
    return rows, damages


@dataclass(slots=True)
class _Said:
    """What a ledger says by now: (key, id, made) of results, (key, id) of them, ids of pins."""

    results: set[tuple[str, str, float]] = field(default_factory=set)
    answers: set[tuple[str, str]] = field(default_factory=set)
    pins: set[str] = field(default_factory=set)


def _ledger(store: FolderStore, damages: list[Damage]) -> _Said:
    said = _Said()
    for line in ledger.read(store.index.ledger):
        match line:
            case None:
                damages.append(Damage(Kind.LEDGER, store.index.ledger.name))
            case ledger.Origin():
                continue
            case ledger.Line(kind=ledger.PIN):
                said.pins.add(line.id)
            case ledger.Line(kind=ledger.UNPIN):
                said.pins.discard(line.id)
            case ledger.Line():
                said.results.add((line.key, line.id, line.made))
                said.answers.add((line.key, line.id))
    return said


def _digested(
    store: FolderStore, seen: Callable[[int], None]
) -> Iterator[tuple[Path, tuple[str, int]]]:
    """Every file among the objects, with the digest of its bytes and their number."""

    def digested(path: Path) -> tuple[Path, tuple[str, int]] | None:
        try:
            size = path.stat().st_size
            digest = digest_file(path)
        except FileNotFoundError:  # somebody has put a sound one in its place, or moved it aside
            return None
        except OSError:  # a disk that cannot give the bytes back
            digest, size = "", 0
        seen(size)
        return path, (digest, size)

    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(digested, files(store.root / "objects")):
            if found is not None:
                yield found


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order."""
    for name in listed(folder):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            yield from files(path)
        else:
            yield path


def _needed(
    store: FolderStore, artifact: Artifact, key: str, intact: set[str], needs: dict[str, Need]
) -> None:
    """Notes the objects of an artifact."""
    own = None if artifact.is_tree else artifact.size
    _note(needs, artifact.hex, own, key)
    if artifact.is_tree and artifact.hex in intact:
        for entry in store.manifest(artifact):
            _note(needs, entry["digest"], entry["size"], key)


def _note(needs: dict[str, Need], hex: str, size: int | None, key: str) -> None:
    need = needs.setdefault(hex, Need(size))
    if not need.keys or need.keys[-1] != key:
        need.keys.append(key)


def _sources(store: FolderStore, damages: list[Damage], intact: set[str]) -> Iterator[str]:
    """The objects that notes of sources speak of."""
    for note in files(store.root / "sources"):
        here = noted(note)
        if here is None or not store.has(here):
            damages.append(Damage(Kind.SOURCE, f"sources/{note.name}"))
            continue
        yield here.hex
        if here.is_tree and here.hex in intact:
            yield from (entry["digest"] for entry in store.manifest(here))
