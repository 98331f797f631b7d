"""The store: objects by digest, records by result id, and the key that leads to a record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from .artifact import Artifact
from .dataclass import dataclass
from .digest import digest_file
from .record import Record


class MissingObjectError(Exception):
    """The bytes of a digest are gone or damaged: the result that needs them is a miss."""


class StoreUnreachableError(Exception):
    """The store cannot be reached or used now; the work itself is not to blame."""


class StoreRefusedError(StoreUnreachableError):
    """The store says no, or cannot be asked as things are: to try again later does not help."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A file that a body was given in place, and what its status was before; `hex` is the digest
    of its content, where that is known. What is not `ours` is an object of no store."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    hex: str
    ours: bool

    @staticmethod
    def of(path: str | os.PathLike[str], hex: str, *, ours: bool) -> Guard:
        status = os.stat(path)
        times = status.st_mtime_ns, status.st_ctime_ns
        return Guard(os.fspath(path), status.st_size, *times, hex, ours)

    @property
    def broken(self) -> bool:
        """Whether the file has been written to. One that is gone was, as far as can be told: for
        that somebody else has moved it aside."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return True
        if (status.st_size, status.st_mtime_ns) != (self.size, self.mtime_ns):
            return True
        # Whoever writes and sets the time back cannot set this one. But it also tells of links
        # that others have made of the same file or removed, so the content decides.
        touched = status.st_ctime_ns != self.ctime_ns
        return touched and self.hex != "" and digest_file(self.path) != self.hex


class Store(Protocol):
    """What the folder, the remote and the tiered store have in common.

    A result is published all at once and the first for a key wins. Whatever is missing or
    damaged is a miss, never an error; `StoreUnreachableError` alone says that the store failed.
    """

    @property
    def url(self) -> str: ...

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        """The whole result that stands for a key, no older than `max_age` seconds."""
        ...

    def lookup_many(self, keys: Iterable[str]) -> Mapping[str, Record]:
        """`lookup` of many keys at once; misses are absent."""
        ...

    def record(self, result: str) -> Record | None:
        """A record by its result id, whether or not its objects are still there."""
        ...

    def has(self, artifact: Artifact) -> bool:
        """Whether all bytes of an artifact are there."""
        ...

    def put(self, path: Path, name: str, *, consume: bool = False) -> Artifact:
        """Take a file or folder in; with `consume` the caller gives it away (it may be moved).

        Raises `UnfitPathError` for a folder with links that leave it.
        """
        ...

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        """Make a result durable and return the one that stands for its key.

        `answer` is the key it answers to, the record's own by default, none for `""`. `replace`
        puts it in the place of one that has aged out. Its objects must have been put before.
        """
        ...

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        """Make an artifact appear at a path (whose parent exists) under which nothing lies yet.

        With `share` it is for reading only and may be the store's own bytes; the guards then go
        to `changed` once the reader is done. Raises `MissingObjectError`.
        """
        ...

    def scratch(self) -> Path:
        """A new folder for a body, where possible one from which outputs can be moved in."""
        ...

    def address(self, artifact: Artifact) -> str:
        """Where an artifact's bytes lie, for people."""
        ...

    def close(self) -> None:
        """Make everything durable and let go."""
        ...


def changed(guards: Iterable[Guard]) -> list[Path]:
    """The files that a body has changed although they were only lent to it.

    Objects of a store are damaged then, and moved aside so that no later reader meets them.
    """
    damaged = []
    for guard in guards:
        if guard.broken:
            path = Path(guard.path)
            if guard.ours:
                set_aside(path)
            damaged.append(path)
    return damaged


def set_aside(path: Path) -> None:
    """Takes a damaged object from where readers look for it."""
    aside = path.parents[2] / "damaged"
    aside.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):
        path.replace(aside / path.name)
