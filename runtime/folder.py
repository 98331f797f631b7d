"""The store in a folder (`.millpond/`): objects as files, everything else in the index."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from .artifact import Artifact, Json
from .digest import Entry, digest_file, manifest_bytes, walk
from .index import Index
from .key import encoded
from .record import Record
from .source import fetch
from .store import Guard, MissingObjectError
from .values import parse_json

_SMALL = 32 * 1024
_FEW = 16
_FICLONE = 0x40049409


class FolderStore:
    """Results of one machine. Opening touches nothing; the index is opened when first needed,
    so that a process that only puts objects never does.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._objects = self.root / "objects"
        self._made: set[Path] = set()
        self._clones = True
        self._numbers = count(time.time_ns())

    @property
    def url(self) -> str:
        return str(self.root)

    @cached_property
    def index(self) -> Index:
        self.root.mkdir(parents=True, exist_ok=True)
        return Index(self.root / "index.sqlite", self._make_durable)

    # Results

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        found = self.index.find([key]).get(key)
        if found is None or (max_age is not None and time.time() - found[1] > max_age):
            return None
        return found[0] if self.is_whole(found[0]) else None

    def lookup_many(self, keys: Iterable[str]) -> dict[str, Record]:
        found = self.index.find(keys)
        return {key: record for key, (record, _) in found.items() if self.is_whole(record)}

    def record(self, result: str) -> Record | None:
        return self.index.record(result)

    def is_whole(self, record: Record) -> bool:
        """Whether every object of a result is there in its full length."""
        return all(self.has(artifact) for artifact in record.artifacts())

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        key = record.key if answer is None else answer
        # A result whose objects are gone must not stand in the way of the one that has them.
        standing = None if not key or replace else self.index.find([key]).get(key)
        broken = standing is not None and not self.is_whole(standing[0])
        return self.index.publish(record, key, replace=replace or broken)

    def commit(self, record: Record) -> None:
        """`publish` without waiting: durable with the next group commit, visible here at once.

        For one owner of a key at a time (see leases).
        """
        self.index.add(record)

    def flush(self) -> None:
        self.index.flush()

    # Objects

    def object_path(self, hex: str) -> Path:
        return self._objects / hex[:2] / hex

    def address(self, artifact: Artifact) -> str:
        return str(self.object_path(artifact.hex))

    def has(self, artifact: Artifact) -> bool:
        if not artifact.is_tree:
            return self._has_file(artifact.hex, artifact.size)
        try:
            manifest = self.manifest(artifact)
        except MissingObjectError:
            return False
        return all(self._has_file(entry["digest"], entry["size"]) for entry in manifest)

    def _has_file(self, hex: str, size: int) -> bool:
        try:
            return os.stat(f"{self._objects}/{hex[:2]}/{hex}").st_size == size
        except FileNotFoundError:
            return False

    def manifest(self, artifact: Artifact) -> list[Entry]:
        """The files of a folder. Raises `MissingObjectError`."""
        try:
            content = self.object_path(artifact.hex).read_bytes()
            return cast("list[Entry]", parse_json(content))
        except (FileNotFoundError, ValueError):
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
        temporary = self._temporary()
        try:
            if not (consume and _moved(path, temporary)):
                self._copy(path, temporary)
            # Digested under its new name: whoever still writes to the old one is too late.
            return self._settle(temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def put_bytes(self, content: bytes) -> tuple[str, int]:
        temporary = self._temporary()
        temporary.write_bytes(content)
        return self._settle(temporary)

    def _temporary(self) -> Path:
        """A path on the store's file system that no other process and no other call uses."""
        return self._folder(self.root / "tmp") / f"{os.getpid()}-{next(self._numbers)}"

    def _settle(self, temporary: Path) -> tuple[str, int]:
        temporary.chmod(0o444)
        hex, size = digest_file(temporary), temporary.stat().st_size
        target = self.object_path(hex)
        self._folder(target.parent)
        if self._has_file(hex, size):
            temporary.unlink()
        else:
            temporary.replace(target)
        return hex, size

    def _folder(self, folder: Path) -> Path:
        if folder not in self._made:
            folder.mkdir(parents=True, exist_ok=True)
            self._made.add(folder)
        return folder

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        if artifact.is_remote:
            artifact = self.bring(artifact)
        if not artifact.is_tree:
            guard = self._give(artifact.hex, destination, share=share, executable=False)
            return () if guard is None else (guard,)
        guards = []
        destination.mkdir()
        for entry in self.manifest(artifact):
            target = destination / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            guard = self._give(entry["digest"], target, share=share, executable=entry["executable"])
            if guard is not None:
                guards.append(guard)
        return tuple(guards)

    def bring(self, artifact: Artifact) -> Artifact:
        """What lies at a URL as an object of this store, copied unless it is here already.

        A process that has no access to the URL finds what another one brought. Raises
        `SourceError`.
        """
        note = self.root / "sources" / artifact.hex
        try:
            here = Artifact.from_json(cast("dict[str, Json]", parse_json(note.read_bytes())))
            if self.has(here):
                return here
        except (FileNotFoundError, ValueError):
            pass
        folder = self.scratch()
        try:
            fetch(artifact, folder / "copy")
            here = self.put(folder / "copy", artifact.name, consume=True)
            written = folder / "note"
            written.write_bytes(encoded(here.to_json()))
            self._folder(note.parent)
            written.replace(note)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return here

    def _give(self, hex: str, target: Path, *, share: bool, executable: bool) -> Guard | None:
        source = self.object_path(hex)
        try:
            status = source.stat()
            large = status.st_size > _SMALL
            if (
                share
                and large
                and not executable
                and not (self._clones and self._clone(source, target))
            ):
                os.link(source, target)
                return Guard(str(source), status.st_size, status.st_mtime_ns)
            if not target.exists():
                self._copy(source, target)
        except FileNotFoundError:
            raise MissingObjectError(hex) from None
        mode = 0o555 if executable else 0o444
        target.chmod(mode if share else mode | 0o200)
        return None

    def _copy(self, source: Path, target: Path) -> None:
        if not (self._clones and self._clone(source, target)):
            shutil.copyfile(source, target)

    def _clone(self, source: Path, target: Path) -> bool:
        """A copy that shares its blocks until one side is written to, where there are such."""
        created = not target.exists()
        with open(source, "rb") as old, open(target, "wb") as new:
            try:
                fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
                return True
            except OSError:
                self._clones = False
        if created:
            target.unlink()
        return False

    def scratch(self) -> Path:
        return Path(mkdtemp(dir=self._folder(self.root / "scratch")))

    # Health

    def verify(self) -> Iterator[Path]:
        """Every object whose bytes are not those of its name."""
        for path in sorted(self._objects.glob("??/*")):
            if digest_file(path) != path.name:
                yield path

    def repair(self) -> list[Path]:
        """Move damaged objects aside: the results that need them become misses."""
        damaged = list(self.verify())
        for path in damaged:
            path.unlink()
        return damaged

    def _make_durable(self, records: list[Record]) -> None:
        """Objects reach the disk before the index speaks of them."""
        paths = [self.object_path(a.hex) for record in records for a in record.artifacts()]
        if not paths:
            return
        trees = any(a.is_tree for record in records for a in record.artifacts())
        if (len(paths) > _FEW or trees) and _sync_file_system(self._objects):
            return
        for path in paths:
            try:
                handle = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            os.fsync(handle)
            os.close(handle)

    def close(self) -> None:
        if "index" in self.__dict__:
            self.index.close()


def _moved(path: Path, target: Path) -> bool:
    """Whether a file could be taken away; not one that has another name or lies elsewhere."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        return False
    try:
        path.rename(target)
    except OSError:
        return False
    return True


def _sync_file_system(folder: Path) -> bool:
    """One `syncfs` for many new files; False where the system has none."""
    call = getattr(ctypes.CDLL(None), "syncfs", None)
    if call is None:
        return False
    handle = os.open(folder, os.O_RDONLY)
    try:
        return int(call(handle)) == 0
    finally:
        os.close(handle)
