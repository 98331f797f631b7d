"""Garbage collection: which results of a folder store may go, and the objects that go with them.

What stays: what live sessions have claimed (see `session.py`), what is leased, pinned, registered
as a model or still to be sent to a shared store, what was used within the time to keep, and the
objects of all that. The index stops
speaking of a result before the first of its objects goes, so a kill at any instant leaves a store
that is sound: at worst it holds more than it needs.
"""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from . import ledger
from .folder import FolderStore
from .index import lines_of
from .outbox import unsent
from .removal import remove
from .reserve import reserve_given_up
from .session import Claims
from .store import StoreUnreachableError
from .survey import Kept, Sizes, Survey, listed

_BATCH = 200
_MANY_PAGES = 100
_NAME = 64


@dataclass(frozen=True, slots=True)
class Rules:
    """What may go: unused for `keep` seconds, or the longest unused while there are more than
    `most` bytes. `models` are digests of registered models, `explained` the ids of results whose
    record stays for `mlp why` even where the result goes."""

    keep: float
    most: int | None = None
    models: Collection[str] = ()
    explained: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What went, or would go. `gone` are the results; `kept` counts those that stayed, and
    `kept_bytes` what their objects take."""

    gone: tuple[Kept, ...]
    objects: int
    bytes: int
    kept: int
    kept_bytes: int


class BusyError(StoreUnreachableError):
    """Another collection or examination of the store is under way."""


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else collects or examines meanwhile. Raises `BusyError`."""
    root.mkdir(parents=True, exist_ok=True)
    with open(root / "gc.lock", "a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "another `mlp cache` works on this store; wait until it is done"
            ) from None
        yield


def collect(store: FolderStore, rules: Rules, now: float, *, dry_run: bool = False) -> Collected:
    """Takes away what may go. Runs may go on, and start, meanwhile.

    To be called `alone`. Raises `StoreUnreachableError`.
    """
    if dry_run:
        return _collect(store, rules, now, dry_run=True)
    with reserve_given_up(store.root):
        return _collect(store, rules, now, dry_run=False)


def _collect(store: FolderStore, rules: Rules, now: float, *, dry_run: bool) -> Collected:
    claims = Claims(store.root)
    try:
        claims.refresh()
        survey = Survey(store)
        doomed, notes = _doomed(survey, rules, claims, now)
        if dry_run:
            return _foreseen(store, survey, claims, doomed, notes)
        with claims.decided():
            wanted = claims.keys | unsent(store.root)
            doomed = [kept for kept in doomed if kept.key not in wanted]
            gone = _forgotten(store, doomed, rules)
            for note in notes:
                if note.name not in claims.sources:
                    note.unlink(missing_ok=True)
        objects, size = _swept(store, survey, claims)
        _compact(store)
        _shrink(store)
        stay = survey.results()
        needed = {hex: n for kept in stay for hex, n in kept.objects.items()}
        return Collected(tuple(gone), objects, size, len(stay), sum(needed.values()))
    finally:
        claims.close()


# What may go


def _doomed(
    survey: Survey, rules: Rules, claims: Claims, now: float
) -> tuple[list[Kept], list[Path]]:
    """The results and the notes of sources that may go."""
    results = survey.results()
    rooted = _rooted(survey, rules, claims)
    sources = list(survey.sources())
    sizes: Sizes = {}
    uses: Counter[str] = Counter()
    for objects in (*(kept.objects for kept in results), *(each for _, _, each in sources)):
        sizes |= objects
        uses.update(objects.keys())
    total = sum(sizes.values())
    doomed: list[Kept] = []
    notes: list[Path] = []
    items = [_Item(kept.used, kept.key, kept.objects, kept) for kept in results if not rooted(kept)]
    items += [
        _Item(used, note.name, objects, note)
        for note, used, objects in sources
        if note.name not in claims.sources
    ]
    for item in sorted(items, key=lambda item: (item.used, item.name)):
        large = rules.most is not None and total > rules.most
        if not large and now - item.used <= rules.keep:
            continue
        if isinstance(item.what, Kept):
            doomed.append(item.what)
        else:
            notes.append(item.what)
        for hex in item.objects:
            uses[hex] -= 1
            if not uses[hex]:
                total -= sizes[hex]
    return doomed, notes


class _Item(NamedTuple):
    """A result, or the note of a source, with when it was last used and its objects."""

    used: float
    name: str
    objects: Sizes
    what: Kept | Path


def _rooted(survey: Survey, rules: Rules, claims: Claims) -> Callable[[Kept], bool]:
    """Whether a result stays whatever its age."""
    index = survey.store.index
    with index.reading() as connection:
        leased = {key for (key,) in connection.execute("select key from leases")}
    waiting = unsent(survey.store.root)
    pinned, models = index.pins().keys(), frozenset(rules.models)

    def stays(kept: Kept) -> bool:
        used = kept.key in claims.keys or kept.key in leased or kept.key in waiting
        return used or kept.id in pinned or not models.isdisjoint(kept.objects)

    return stays


# How it goes


def _forgotten(store: FolderStore, doomed: list[Kept], rules: Rules) -> list[Kept]:
    """Takes results out of the index, unless somebody has put others in their place."""
    gone = []
    with store.index.transaction(durable=True) as connection:
        for kept in doomed:
            row = (kept.key, kept.id)
            done = connection.execute("delete from results where key = ? and id = ?", row)
            if done.rowcount:
                gone.append(kept)
        connection.execute("delete from others where key not in (select key from results)")
        connection.execute("create temp table if not exists explained (id text primary key)")
        rows = [(id,) for id in rules.explained]
        connection.executemany("insert or ignore into explained values (?)", rows)
        connection.execute(
            "delete from records where id not in (select id from results union select id from"
            " others union select id from pins union select id from explained)"
        )
        connection.execute("drop table explained")
    return gone


def _swept(store: FolderStore, survey: Survey, claims: Claims) -> tuple[int, int]:
    """Removes the objects that nothing needs; how many, and their bytes."""
    index = store.index
    version, notes = index.version(), listed(store.root / "sources")
    stay = survey.results()
    known = {kept.id for kept in stay}
    needed = _needed(survey, stay)
    dead = [(path, size) for path, size in objects_of(store.root) if path.name not in needed]
    objects = freed = 0
    for start in range(0, len(dead), _BATCH):
        with claims.decided():
            now = index.version(), listed(store.root / "sources")
            if now != (version, notes):
                # Somebody has published meanwhile, perhaps what was about to go.
                new = [kept for kept in survey.results() if kept.id not in known]
                known.update(kept.id for kept in new)
                needed |= _needed(survey, new)
                version, notes = now
            for path, size in dead[start : start + _BATCH]:
                if path.name not in needed and path.name not in claims.objects:
                    with suppress(FileNotFoundError):
                        try:
                            path.unlink()
                        except IsADirectoryError:  # somebody else's, in an object's place
                            remove(path)
                        objects, freed = objects + 1, freed + size
    return objects, freed


def _needed(survey: Survey, results: Iterable[Kept]) -> set[str]:
    needed = {hex for kept in results for hex in kept.objects}
    for _, _, objects in survey.sources():
        needed |= objects.keys()
    return needed


def objects_of(root: Path) -> Iterator[tuple[Path, int]]:
    """Every object with its size; other files that lie among them are not told."""
    folder = root / "objects"
    for inner in listed(folder):
        for name in listed(folder / inner):
            if len(name) == _NAME:
                path = folder / inner / name
                with suppress(FileNotFoundError):
                    yield path, os.stat(path).st_size


def _compact(store: FolderStore) -> None:
    """Takes out of the ledger what the index does not speak of any more."""
    index = store.index
    # One that is too long is no worse than one that is not.
    with suppress(OSError, StoreUnreachableError), index.transaction() as connection:
        ledger.write(index.ledger, index.origin, lines_of(connection))


def _shrink(store: FolderStore) -> None:
    """Gives the room back that the index has no use for any more."""
    # One that is too large is no worse than one that is not.
    with suppress(StoreUnreachableError), store.index.reading() as connection:
        (free,) = connection.execute("pragma freelist_count").fetchone()
        (pages,) = connection.execute("pragma page_count").fetchone()
        if free > _MANY_PAGES and free > pages // 4:
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")


def _foreseen(
    store: FolderStore, survey: Survey, claims: Claims, doomed: list[Kept], notes: list[Path]
) -> Collected:
    """What would go."""
    keys = {kept.key for kept in doomed}
    stay = [kept for kept in survey.results() if kept.key not in keys]
    needed = {hex: size for kept in stay for hex, size in kept.objects.items()}
    brought = [objects for note, _, objects in survey.sources() if note not in notes]
    safe = needed.keys() | claims.objects | {hex for objects in brought for hex in objects}
    dead = [size for path, size in objects_of(store.root) if path.name not in safe]
    return Collected(tuple(doomed), len(dead), sum(dead), len(stay), sum(needed.values()))
