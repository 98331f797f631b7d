"""The data that a program names, as far as a side of a comparison holds it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ...runtime.artifact import Artifact, is_url
from ...runtime.dataclass import dataclass, field
from ...runtime.digest import UnfitPathError, digest_files
from ...runtime.pattern import Pattern
from ...runtime.source import find
from .disk import Disk
from .sides import Side


@dataclass(slots=True)
class Kept:
    """The files that a program names as data: known by content as far as the side holds them.

    What git does not keep may be another one on every machine: it is known by its name alone, and
    so is what lies at a URL, which nobody asks, and what is `apart`: the other side has not got it.
    `unknown` has the names of those by digest, `named` the names of all others by where they lie.
    """

    side: Side
    apart: frozenset[str] = frozenset()
    unknown: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    def at(self, path: str, folder: Path) -> Artifact:
        if is_url(path):
            return self._unseen(path, path)
        place = Path(os.path.normpath(folder / path))
        inside = place.is_relative_to(self.side.root)
        label = place.relative_to(self.side.root).as_posix() if inside else path
        kept = self.side.kept
        if label in self.apart or (kept is not None and not inside):
            return self._unseen(label, path)
        try:
            found = find(path, folder) if kept is None else self._kept(label, path, folder, kept)
        except (OSError, UnfitPathError):
            return self._unseen(label, path)
        if found.source is not None:
            self.named[found.source] = label
        return found

    def _kept(self, label: str, path: str, folder: Path, kept: frozenset[str]) -> Artifact:
        """A file that git holds, or of a folder or a pattern those in it. Raises `OSError` without
        any."""
        if label in kept:
            return find(path, folder)
        place = self.side.root / label
        pattern = None if place.exists() else Pattern.of(label)
        files = [
            (self.side.root / name, name.removeprefix(f"{label}/"))
            for name in kept
            if name.startswith(f"{label}/") and (self.side.root / name).is_file()
        ]
        if pattern is not None:
            place = self.side.root / pattern.folder
            found = Pattern(f"{place}/", pattern.rest).files()
            files = [each for each in found if self._label(each[0]) in kept]
        if not files:
            raise FileNotFoundError(label)
        hex, manifest = digest_files(files)
        size = sum(entry["size"] for entry in manifest)
        return Artifact(f"tree:{hex}", size, place.name, str(self.side.root / label))

    def _label(self, place: Path) -> str:
        return place.relative_to(self.side.root).as_posix()

    def _unseen(self, label: str, path: str) -> Artifact:
        digest = f"etag:{hashlib.sha256(label.encode('utf-8', 'surrogateescape')).hexdigest()}"
        self.unknown[digest] = label
        return Artifact(digest, 0, path.rpartition("/")[2], path)


class Unpacked(Disk):
    """The files around a program, of which data may be missing."""

    def __init__(self, disk: Disk, data: Kept) -> None:
        super().__init__(disk.shelf, disk.home, disk.path)
        self.data = data

    def of(self, module: str) -> Disk:
        return Unpacked(super().of(module), self.data)

    def artifact(self, path: str) -> Artifact:
        return self.data.at(path, self.home.folder)
