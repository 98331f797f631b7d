"""The store behind a URL, shared by machines: objects first, the key last, first writer wins."""

from __future__ import annotations

import hashlib
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from .artifact import Artifact
from .blobs import open_blobs
from .descriptors import ValueMismatch
from .digest import HEX, Entry, digest_file, entries, manifest_bytes, walk
from .key import SCHEME, encoded
from .record import Record
from .source import fetch
from .store import Guard, MissingObjectError, StoreRefusedError
from .values import parse_json

_AT_ONCE = 32
FORMAT = 1
_MARK = "format.json"


def _object(hex: str) -> str:
    """Raises `MissingObjectError` for what no object can be called, whatever a record says."""
    if not HEX.fullmatch(hex):
        raise MissingObjectError(hex)
    return f"objects/{hex[:2]}/{hex}"


def _record(result: str) -> str:
    return f"records/{result}.json"


def _key(key: str) -> str:
    return f"keys/{key[:2]}/{key}"


class RemoteStore:
    """`objects/ab/<digest>`, `records/<id>.json`, `keys/ab/<key>` (its content is a result id), and
    `format.json`, which says how all that is written. Of a newer version nothing is read, and to it
    nothing written: then every method may raise `StoreRefusedError`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._blobs = open_blobs(self._url)
        self._marked: bool | None = None

    @property
    def url(self) -> str:
        return self._url

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        record = self._standing(key)
        if record is None or not all(self.has(artifact) for artifact in record.artifacts()):
            return None
        if max_age is not None:
            kept = self._blobs.modified(_key(key))
            if kept is None or not record.is_young(kept, time.time(), max_age):
                return None
        return record

    def keys(self) -> Iterator[str]:
        """Every key that has a result, in order."""
        return (name.rpartition("/")[2] for name in self._blobs.names("keys"))

    def lookup_many(self, keys: Iterable[str]) -> dict[str, Record]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        # A look-up is a few short questions, and nearly all of its time is the way there and back.
        with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
            found = dict(zip(wanted, pool.map(self.lookup, wanted), strict=True))
        return {key: record for key, record in found.items() if record is not None}

    def reach(self) -> None:
        """Raises `StoreUnreachableError` for a store that cannot be asked now."""
        self._marked = self._is_marked()

    def _is_marked(self) -> bool:
        """Whether it says of which format it is. Raises `StoreRefusedError` for a newer one."""
        content = self._blobs.read(_MARK)
        if content is None:
            return False
        try:
            said = cast("dict[str, int]", parse_json(content))
            known = said["format"] <= FORMAT and said["scheme"] <= SCHEME
        except (ValueError, ValueMismatch, KeyError, TypeError):
            known = False
        if not known:
            raise StoreRefusedError(
                f"the store {self._url} was made by a newer Millpond, whose results this version "
                "cannot read; update Millpond, or use another URL"
            )
        return True

    def _standing(self, key: str) -> Record | None:
        if self._marked is None:
            self.reach()
        pointer = self._blobs.read(_key(key))
        return None if pointer is None else self.record(pointer.decode("ascii", "replace").strip())

    def record(self, result: str) -> Record | None:
        if not HEX.fullmatch(result):
            return None
        content = self._blobs.read(_record(result))
        if content is None or hashlib.sha256(content).hexdigest() != result:
            return None
        try:
            return Record.from_bytes(content)
        except ValueError:
            return None

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        key = record.key if answer is None else answer
        if not self._marked:
            self.reach()
            if not self._marked:
                self._blobs.create(_MARK, encoded({"format": FORMAT, "scheme": SCHEME}))
                self._marked = True
        self._keep(_record(record.id), record.content)
        if not key:
            return record
        pointer = record.id.encode("ascii")
        if replace or not self._blobs.create(_key(key), pointer):
            standing = None if replace else self._standing(key)
            if standing is not None and all(self.has(a) for a in standing.artifacts()):
                return standing
            # What stood there is gone, damaged or has aged out.
            self._blobs.write(_key(key), pointer)
        return record

    def _keep(self, name: str, content: bytes) -> None:
        """Writes what is small and digested by its name, also over what was damaged there."""
        if self._blobs.read(name) != content:
            self._blobs.write(name, content)

    def _has_file_named(self, name: str, size: int) -> bool:
        return self._blobs.size(name) == size

    def has(self, artifact: Artifact) -> bool:
        try:
            if not artifact.is_tree:
                return self._has_file_named(_object(artifact.hex), artifact.size)
            manifest = self.manifest(artifact)
        except MissingObjectError:
            return False
        return all(self._has_file_named(_object(e["digest"]), e["size"]) for e in manifest)

    def manifest(self, artifact: Artifact) -> list[Entry]:
        """The files of a folder. Raises `MissingObjectError`."""
        content = self._blobs.read(_object(artifact.hex))
        if content is None or hashlib.sha256(content).hexdigest() != artifact.hex:
            raise MissingObjectError(artifact.digest)
        try:
            return entries(content)
        except ValueError:
            raise MissingObjectError(artifact.digest) from None

    def put(self, path: Path, name: str, *, consume: bool = False) -> Artifact:
        if not path.is_dir():
            hex, size = self.put_file(path)
            artifact = Artifact(f"file:{hex}", size, name)
        else:
            manifest: list[Entry] = []
            for file, inner in walk(path):
                executable = bool(file.stat().st_mode & stat.S_IXUSR)
                hex, size = self.put_file(file)
                manifest.append(
                    {"path": inner, "digest": hex, "size": size, "executable": executable}
                )
            manifest.sort(key=lambda entry: entry["path"])
            hex = self.put_bytes(manifest_bytes(manifest))
            artifact = Artifact(f"tree:{hex}", sum(entry["size"] for entry in manifest), name)
        if consume:
            _remove(path)
        return artifact

    def is_broken(self, key: str) -> bool:
        """Whether a key leads to a result that is damaged or not whole any more."""
        return self._blobs.size(_key(key)) is not None and self.lookup(key) is None

    def put_file(self, path: Path, *, over: bool = False) -> tuple[str, int]:
        """Send a file under its digest; returns the digest in hex and the size.

        `over` sends it even where one of its size lies there, which may be damaged.
        """
        hex, size = digest_file(path), path.stat().st_size
        if over or not self._has_file_named(_object(hex), size):
            self._blobs.send(path, _object(hex))
        return hex, size

    def put_bytes(self, content: bytes) -> str:
        hex = hashlib.sha256(content).hexdigest()
        self._keep(_object(hex), content)
        return hex

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        if artifact.is_remote:
            fetch(artifact, destination)
            return ()
        if not artifact.is_tree:
            self.fetch_file(artifact.hex, destination, mode=0o444 if share else 0o644)
            return ()
        destination.mkdir()
        for entry in self.manifest(artifact):
            target = destination / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            mode = (0o444 if share else 0o644) | (0o111 if entry["executable"] else 0)
            self.fetch_file(entry["digest"], target, mode=mode)
        return ()

    def fetch_file(self, hex: str, target: Path, *, mode: int = 0o644) -> None:
        """Bring an object to a path, checked on arrival. Raises `MissingObjectError`.

        One that is damaged where it lies is taken away, so that its result is a miss from now on
        and is made again.
        """
        for _ in range(2):  # what was damaged on the way only is right the second time
            if not self._blobs.fetch(_object(hex), target):
                raise MissingObjectError(f"file:{hex}")
            if digest_file(target) == hex:
                target.chmod(mode)
                return
            target.unlink()
        self._blobs.remove(_object(hex))
        raise MissingObjectError(f"file:{hex}")

    def scratch(self) -> Path:
        return Path(mkdtemp(prefix="millpond-"))

    def address(self, artifact: Artifact) -> str:
        return f"{self._url}/{_object(artifact.hex)}"

    def close(self) -> None:
        """Nothing is held back: every call has already sent its bytes."""


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
