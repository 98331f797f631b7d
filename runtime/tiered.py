"""A folder store with a shared store behind it: read through, written back."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from .artifact import Artifact
from .folder import FolderStore
from .record import Record
from .remote import RemoteStore
from .store import Guard


class TieredStore:
    """Answers from the folder where it can; what it finds behind is noted there, and its bytes
    are brought when they are first read. What is published goes to both, and the result that
    stands in the shared store stands here.
    """

    def __init__(self, near: FolderStore, far: RemoteStore) -> None:
        self.near = near
        self.far = far

    @property
    def url(self) -> str:
        return self.far.url

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        return self.near.lookup(key, max_age) or self.far.lookup(key, max_age)

    def lookup_many(self, keys: Iterable[str]) -> dict[str, Record]:
        wanted = list(keys)
        found = self.near.lookup_many(wanted)
        return found | self.far.lookup_many(key for key in wanted if key not in found)

    def record(self, result: str) -> Record | None:
        return self.near.record(result) or self.far.record(result)

    def has(self, artifact: Artifact) -> bool:
        return self.near.has(artifact) or self.far.has(artifact)

    def put(self, path: Path, name: str, *, consume: bool = False) -> Artifact:
        return self.near.put(path, name, consume=consume)

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        for artifact in record.artifacts():
            self._send(artifact)
        standing = self.far.publish(record, answer=answer, replace=replace)
        differs = standing.id != record.id
        return self.near.publish(standing, answer=answer, replace=replace or differs)

    def _send(self, artifact: Artifact) -> None:
        if not self.near.has(artifact):
            return
        if artifact.is_tree:
            for entry in self.near.manifest(artifact):
                self.far.put_file(self.near.object_path(entry["digest"]))
        self.far.put_file(self.near.object_path(artifact.hex))

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        if not artifact.is_remote and not self.near.has(artifact):
            self._bring(artifact)
        return self.near.materialize(artifact, destination, share=share)

    def _bring(self, artifact: Artifact) -> None:
        folder = self.near.scratch()
        target = folder / "object"
        try:
            for hex in self._files(artifact):
                self.far.fetch_file(hex, target)
                self.near.put_file(target, consume=True)
                target.unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _files(self, artifact: Artifact) -> list[str]:
        if not artifact.is_tree:
            return [artifact.hex]
        return [entry["digest"] for entry in self.far.manifest(artifact)] + [artifact.hex]

    def scratch(self) -> Path:
        return self.near.scratch()

    def address(self, artifact: Artifact) -> str:
        return self.far.address(artifact)

    def close(self) -> None:
        self.near.close()
        self.far.close()
