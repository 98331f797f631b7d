"""A survey of a folder store: what lies there, who needs it, and how large it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .artifact import Artifact
from .digest import Entry
from .folder import FolderStore, noted
from .index import read
from .record import Record
from .store import MissingObjectError

Sizes = dict[str, int]
"""Objects by digest, with the bytes that each is said to have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A result that answers `key`, with all objects that it needs, manifests among them."""

    key: str
    id: str
    made: float
    used: float
    record: Record | None
    objects: Sizes

    @property
    def answers_others(self) -> bool:
        """Whether it may answer other runs than the one that made it."""
        return self.record is not None and self.record.key == self.key


@dataclass(slots=True)
class Survey:
    """Looks results up, and remembers what manifests say."""

    store: FolderStore
    _trees: dict[str, list[Entry]] = field(default_factory=dict)

    def results(self) -> list[Kept]:
        """Every result, by key; one whose record cannot be read needs nothing."""
        with self.store.index.reading() as connection:
            rows = connection.execute(
                "select key, results.id, made, used, content from results"
                " left join records using (id) order by key"
            ).fetchall()
        found = []
        for key, id, made, used, content in rows:
            record = None if content is None else read(id, content)
            artifacts = () if record is None else record.artifacts()
            found.append(Kept(key, id, made, used, record, self.objects(artifacts)))
        return found

    def sources(self) -> Iterator[tuple[Path, float, Sizes]]:
        """Every note of what was brought from a URL: when it was last used, and its objects."""
        folder = self.store.root / "sources"
        for name in listed(folder):
            here = noted(folder / name)
            try:
                used = (folder / name).stat().st_mtime
            except FileNotFoundError:
                continue
            yield folder / name, used, self.objects(() if here is None else (here,))

    def objects(self, artifacts: Iterable[Artifact]) -> Sizes:
        """The objects that artifacts consist of, as far as manifests can be read."""
        sizes: Sizes = {}
        for artifact in artifacts:
            if not artifact.is_tree:
                sizes[artifact.hex] = artifact.size
                continue
            entries = self._manifest(artifact)
            sizes[artifact.hex] = 0
            sizes.update((entry["digest"], entry["size"]) for entry in entries)
        return sizes

    def _manifest(self, artifact: Artifact) -> list[Entry]:
        if artifact.hex not in self._trees:
            try:
                self._trees[artifact.hex] = self.store.manifest(artifact)
            except MissingObjectError:
                return []
        return self._trees[artifact.hex]


def listed(folder: Path) -> list[str]:
    """The names in a folder, none where there is no folder."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def weight(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    try:
        if path.is_symlink() or not path.is_dir():
            return path.lstat().st_size
    except FileNotFoundError:
        return 0
    return sum(weight(path / name) for name in listed(path))
