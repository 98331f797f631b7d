"""The store in a folder (`.millpond/`): objects as files, everything else in the index."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from .artifact import Artifact, Json
from .digest import Entry, entries, manifest_bytes, walk
from .index import Index, Standing
from .key import encoded
from .noise import differing
from .objects import Objects
from .record import Record
from .session import KEY, SOURCE, Session
from .source import fetch
from .store import Guard, MissingObjectError
from .values import parse_json

INDEX = "index.sqlite"
_FEW = 16
# Results that were used within the hour are not noted as used again: a run of hits writes nothing.
_NEWS_SECONDS = 3600.0


class FolderStore:
    """Results of one machine. Opening touches nothing; the index is opened when first needed,
    so that a process that only puts objects never does.

    Who only looks needs no more. Who relies on what it finds says so by `hold`; whoever puts or
    publishes does so by that: then nothing of it is collected until `close`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.objects = Objects(self.root, self.hold)
        self._held: Session | None = None

    @property
    def url(self) -> str:
        return str(self.root)

    @cached_property
    def index(self) -> Index:
        self.root.mkdir(parents=True, exist_ok=True)
        return Index(self.root / INDEX, self._make_durable, self.is_whole)

    def hold(self) -> Session:
        """From now on, what this process finds and makes here stays until it closes the store."""
        if self._held is None:
            self._held = Session(self.root)
        return self._held

    def _relying(self, keys: Iterable[str]) -> AbstractContextManager[None]:
        return nullcontext() if self._held is None else self._held.claiming(KEY, keys)

    # Results

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        with self._relying([key]):
            found = self.index.find([key]).get(key)
        if found is None or not self.is_whole(found.record):
            return None
        if max_age is not None and not found.record.is_young(found.made, time.time(), max_age):
            return None
        self._note_use([(key, found)])
        return found.record

    def lookup_many(self, keys: Iterable[str]) -> dict[str, Record]:
        wanted = list(keys)
        with self._relying(wanted):
            found = self.index.find(wanted)
        whole = {key: each for key, each in found.items() if self.is_whole(each.record)}
        self._note_use(whole.items())
        return {key: each.record for key, each in whole.items()}

    def _note_use(self, found: Iterable[tuple[str, Standing]]) -> None:
        if self._held is None:
            return
        now = time.time()
        news = [key for key, each in found if abs(now - each.used) > _NEWS_SECONDS]
        if news:
            self.index.touch(news, now)

    def record(self, result: str) -> Record | None:
        return self.index.record(result)

    def noisy(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The keys that were computed twice with other bytes, and the outputs that differed."""
        others = self.index.others(keys)
        standing = self.index.find(others) if others else {}
        found: dict[str, tuple[str, ...]] = {}
        for key, known in standing.items():
            names = {name for other in others[key] for name in differing(known.record, other)}
            if names:
                found[key] = tuple(sorted(names))
        return found

    def is_whole(self, record: Record) -> bool:
        """Whether every object of a result is there in its full length."""
        return all(self.has(artifact) for artifact in record.artifacts())

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        key = record.key if answer is None else answer
        if key:
            self.hold().claim(KEY, key)
        return self.index.publish(record, key, replace=replace)

    def swap(self, key: str, old: Record, new: Record) -> None:
        """Let a result answer a key instead of an old one, if that still does."""
        self.hold().claim(KEY, key)
        self.index.swap(key, old, new)

    def commit(self, record: Record) -> None:
        """`publish` without waiting: durable with the next group commit, visible here at once.

        For one owner of a key at a time (see leases).
        """
        self.hold().claim(KEY, record.key)
        self.index.add(record)

    def flush(self) -> None:
        self.index.flush()

    # Objects

    def object_path(self, hex: str) -> Path:
        return self.objects.path(hex)

    def address(self, artifact: Artifact) -> str:
        return str(self.object_path(artifact.hex))

    def has(self, artifact: Artifact) -> bool:
        if not artifact.is_tree:
            return self.objects.has(artifact.hex, artifact.size)
        try:
            manifest = self.manifest(artifact)
        except MissingObjectError:
            return False
        return all(self.objects.has(entry["digest"], entry["size"]) for entry in manifest)

    def manifest(self, artifact: Artifact) -> list[Entry]:
        """The files of a folder. Raises `MissingObjectError`."""
        try:
            return entries(self.object_path(artifact.hex).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise MissingObjectError(artifact.digest) from None

    def put(self, path: Path, name: str, *, consume: bool = False) -> Artifact:
        if not path.is_dir():
            hex, size = self.put_file(path, consume=consume)
            return Artifact(f"file:{hex}", size, name)
        manifest: list[Entry] = []
        for file, inner in walk(path):
            executable = bool(file.stat().st_mode & stat.S_IXUSR)
            # Inner links lead to the same file twice: only copies may be taken.
            hex, size = self.put_file(file)
            entry: Entry = {"path": inner, "digest": hex, "size": size, "executable": executable}
            manifest.append(entry)
        manifest.sort(key=lambda entry: entry["path"])
        hex, _ = self.put_bytes(manifest_bytes(manifest))
        if consume:
            shutil.rmtree(path, ignore_errors=True)
        return Artifact(f"tree:{hex}", sum(entry["size"] for entry in manifest), name)

    def put_file(self, path: Path, *, consume: bool = False) -> tuple[str, int]:
        """Take a file in under its digest; returns the digest in hex and the size."""
        return self.objects.take(path, consume=consume)

    def put_bytes(self, content: bytes) -> tuple[str, int]:
        return self.objects.take_bytes(content)

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        if artifact.is_remote:
            artifact = self.bring(artifact)
        if not artifact.is_tree:
            guard = self.objects.give(artifact.hex, destination, share=share, executable=False)
            return () if guard is None else (guard,)
        guards = []
        destination.mkdir()
        for entry in self.manifest(artifact):
            target = destination / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            executable = entry["executable"]
            guard = self.objects.give(entry["digest"], target, share=share, executable=executable)
            if guard is not None:
                guards.append(guard)
        return tuple(guards)

    def bring(self, artifact: Artifact) -> Artifact:
        """What lies at a URL as an object of this store, copied unless it is here already.

        A process that has no access to the URL finds what another one brought. Raises
        `SourceError`.
        """
        note = self.root / "sources" / artifact.hex
        with self.hold().claiming(SOURCE, [artifact.hex]):
            here = noted(note)
        if here is not None and self.has(here):
            os.utime(note)
            return here
        folder = self.scratch()
        try:
            fetch(artifact, folder / "copy")
            here = self.put(folder / "copy", artifact.name, consume=True)
            written = folder / "note"
            written.write_bytes(encoded(here.to_json()))
            self.objects.folder(str(note.parent))
            written.replace(note)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return here

    def scratch(self) -> Path:
        folder = self.objects.folder(f"{self.root}/scratch")
        return Path(mkdtemp(prefix=f"{self.hold().name}.", dir=folder))

    def _make_durable(self, records: list[Record]) -> None:
        """Objects reach the disk before the index speaks of them."""
        artifacts = [artifact for record in records for artifact in record.artifacts()]
        if artifacts:
            many = len(artifacts) > _FEW or any(artifact.is_tree for artifact in artifacts)
            self.objects.make_durable(self._digests(artifacts), many=many)

    def _digests(self, artifacts: Iterable[Artifact]) -> Iterator[str]:
        for artifact in artifacts:
            yield artifact.hex
            if artifact.is_tree:
                with suppress(MissingObjectError):
                    yield from (entry["digest"] for entry in self.manifest(artifact))

    def close(self) -> None:
        try:
            if "index" in self.__dict__:
                self.index.close()
        finally:
            # Only now: what waited until here was as good as found.
            if self._held is not None:
                self._held.close()
                self._held = None


def noted(note: Path) -> Artifact | None:
    """The object that a note of a source speaks of, None for one that is gone or damaged."""
    try:
        return Artifact.from_json(cast("dict[str, Json]", parse_json(note.read_bytes())))
    except (FileNotFoundError, ValueError):
        return None
