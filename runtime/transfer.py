"""Results on their way between a folder store and a shared one: objects first, the key last.

Only what is missing moves; what was cut off is gone on with by doing the same again.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from .artifact import Artifact
from .folder import FolderStore
from .remote import RemoteStore
from .store import MissingObjectError
from .survey import Kept

_AT_ONCE = 8
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a transfer: results that moved, that were there already, and those that could
    not because objects of theirs are `lacking` or damaged; objects and bytes that moved."""

    results: int = 0
    there: int = 0
    lacking: tuple[str, ...] = ()
    objects: int = 0
    bytes: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.results + other.results,
            self.there + other.there,
            self.lacking + other.lacking,
            self.objects + other.objects,
            self.bytes + other.bytes,
        )


Told = Callable[[Moved], None]
"""Hears of what has come of the transfer so far."""


def push(store: FolderStore, far: RemoteStore, results: Iterable[Kept], told: Told) -> Moved:
    """Sends results. Raises `StoreUnreachableError`."""
    sent = _Once()

    def move(kept: Kept) -> Moved:
        record = kept.record
        if record is None:
            return Moved(lacking=(kept.key,))
        if far.lookup(kept.key) is not None:
            return Moved(there=1)
        objects = size = 0
        for hex in kept.objects:
            with sent.first(hex) as first:
                if not first:
                    continue
                moved = _send(store, far, hex)
                if moved is None:
                    return Moved(0, 0, (kept.key,), objects, size)
                sent.done(hex)
                objects, size = objects + (moved > 0), size + moved
        far.publish(record, answer=kept.key)
        return Moved(1, 0, (), objects, size)

    return _all(move, results, told, lambda: None)


def _send(store: FolderStore, far: RemoteStore, hex: str) -> int | None:
    """The bytes of an object that were sent; None where it is gone or damaged."""
    path = store.object_path(hex)
    try:
        size = path.stat().st_size
        if far.has(Artifact(f"file:{hex}", size, hex)):
            return 0
        return size if far.put_file(path)[0] == hex else None
    except FileNotFoundError:
        return None


def pull(store: FolderStore, far: RemoteStore, keys: Iterable[str], told: Told) -> Moved:
    """Fetches the results of keys; every byte is held against its digest on arrival. A key that
    the shared store does not know moves nothing. Raises `StoreUnreachableError`."""
    got = _Once()
    store.hold()

    def move(key: str) -> Moved:
        if store.lookup(key) is not None:
            return Moved(there=1)
        record = far.lookup(key)
        if record is None:
            return Moved()
        objects = size = 0
        for artifact in record.artifacts():
            with got.first(artifact.hex) as first:
                try:
                    moved = bring(store, far, artifact) if first else []
                    got.done(artifact.hex)
                except MissingObjectError:
                    return Moved(0, 0, (key,), objects, size)
                objects, size = objects + len(moved), size + sum(moved)
        if not store.is_whole(record):
            return Moved(0, 0, (key,), objects, size)
        store.commit(record)
        return Moved(1, 0, (), objects, size)

    return _all(move, keys, told, store.flush)


def bring(store: FolderStore, far: RemoteStore, artifact: Artifact) -> list[int]:
    """Fetches the objects of an artifact that are not here in full; the bytes of each.

    Raises `MissingObjectError` where the shared store does not have them, or not as they were.
    """
    wanted = [(artifact.hex, artifact.size)]
    moved: list[int] = []
    if artifact.is_tree:
        if not store.object_path(artifact.hex).exists():
            moved.append(_fetch(store, far, artifact.hex))
        wanted = [(entry["digest"], entry["size"]) for entry in store.manifest(artifact)]
    for hex, size in wanted:
        if not store.objects.has(hex, size):
            moved.append(_fetch(store, far, hex))
    return moved


def _fetch(store: FolderStore, far: RemoteStore, hex: str) -> int:
    folder = store.scratch()
    try:
        far.fetch_file(hex, folder / "object")
        return store.put_file(folder / "object", consume=True)[1]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Once:
    """Sees to it that of several threads one deals with a thing, and the others wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._done: set[str] = set()

    @contextmanager
    def first(self, name: str) -> Iterator[bool]:
        """Whether nobody has done this before. What raises, or ends early, is not done."""
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            yield name not in self._done

    def done(self, name: str) -> None:
        self._done.add(name)


_T = TypeVar("_T")


def _all(
    move: Callable[[_T], Moved], things: Iterable[_T], told: Told, settle: Callable[[], None]
) -> Moved:
    """Moves everything, several at once, and settles in between."""
    total = Moved()
    waiting = iter(things)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while chunk := list(islice(waiting, _CHUNK)):
            for moved in pool.map(move, chunk):
                total += moved
                told(total)
            settle()
    return total
