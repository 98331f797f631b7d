"""The distributions that are installed for a Python, read from their metadata, nothing imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from packaging.utils import canonicalize_name

from ...runtime.dataclass import dataclass
from .loose import Loose, place_of, read_loose, read_space
from .requirement import Requirement, read_egg_requirements, read_requirement
from .unpublished import content_of, editable_source, homes, is_unpublished

_ENTRY = re.compile(r"(.+?)(?:-v?\d.*)?\.(?:dist|egg)-info")
_BLANK = re.compile(rb"\r?\n\r?\n")
_ENDINGS = (b"/", b".py,", b".so,", b".pyd,", b".cpython-", b".abi3.so,", b".cp3")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the metadata at `place` says of a distribution; its name in the normal form."""

    place: str
    name: str
    version: str
    requires: tuple[Requirement, ...]


class Site:
    """What lies in the folders that Python looks into; what was read is remembered.

    `here` is what markers of requirements ask for.
    """

    def __init__(self, folders: Sequence[Path], here: Mapping[str, str]) -> None:
        self.folders = tuple(folders)
        self.here = here
        self._metadata: dict[str, Metadata | None] = {}
        self._versions: dict[str, str] = {}
        self._providers: dict[str, tuple[Metadata, ...]] = {}
        self._loose: dict[str, Loose | None] = {}

    def named(self, name: str) -> tuple[Metadata, ...]:
        """The distributions of this name: several where one was laid over another."""
        return tuple(self._read(self._places.get(name, ())))

    def providers(self, top: str) -> tuple[Metadata, ...]:
        """The distributions that hold the top-level import name `top`."""
        found = self._providers.get(top)
        if found is None:
            holding = (place for place, held in self._held if held.holds(top))
            found = self._providers[top] = tuple(self._read(holding))
        return found

    def loose(self, top: str, providers: Sequence[Metadata]) -> Loose | None:
        """What lies first on the path under an import name, unless it is that of its `providers`,
        the distributions that hold the name."""
        if top not in self._loose:
            self._loose[top] = self._read_loose(top, providers)
        return self._loose[top]

    def _read_loose(self, top: str, providers: Sequence[Metadata]) -> Loose | None:
        folder = place_of(top, self._entries)
        if folder is None:
            return None if providers else read_space(top, self.folders)
        if any(_answers_for(metadata.place, folder) for metadata in providers):
            return None
        return read_loose(top, folder, self._entries[folder])

    def version(self, metadata: Metadata) -> str:
        """The version, with the content of one that no index has."""
        place = metadata.place
        if place not in self._versions:
            version = metadata.version
            if is_unpublished(place):
                record = _content(os.path.join(place, "RECORD"))
                content = content_of(place, record, _tops(place))
                version = f"{version}{'.' if '+' in version else '+'}{content}"
            self._versions[place] = version
        return self._versions[place]

    @cached_property
    def _entries(self) -> dict[Path, list[str]]:
        return {folder: _entries(folder) for folder in self.folders}

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        """Where the metadata of each distribution lies, by its name."""
        found: dict[str, list[str]] = {}
        for folder, entries in self._entries.items():
            here: dict[str, list[str]] = {}
            for entry in entries:
                entitled = _ENTRY.fullmatch(entry)
                if entitled is not None:
                    here.setdefault(canonicalize_name(entitled[1]), []).append(
                        os.path.join(folder, entry)
                    )
            # Python, too, takes the first one on the path.
            found = {**here, **found}
        return found

    @cached_property
    def _held(self) -> list[tuple[str, _Held]]:
        places = (place for several in self._places.values() for place in several)
        return [(place, _held(place)) for place in sorted(places)]

    def _read(self, places: Iterator[str] | Sequence[str]) -> Iterator[Metadata]:
        for place in places:
            if place not in self._metadata:
                self._metadata[place] = _metadata(place)
            metadata = self._metadata[place]
            if metadata is not None:
                yield metadata


def _answers_for(place: str, folder: Path) -> bool:
    """Whether the metadata at `place` says all of what lies in a folder; where a project is
    developed, a build may have left some behind that says nothing of its code."""
    source = editable_source(place)
    if source is not None:
        return folder.is_relative_to(source)
    installed = folder.name.endswith("-packages") or os.path.exists(os.path.join(place, "RECORD"))
    return installed and os.path.dirname(place) == str(folder)


@dataclass(frozen=True, slots=True)
class _Held:
    """How to tell which import names a distribution holds: by one of the three."""

    tops: tuple[str, ...] = ()
    source: Path | None = None
    record: bytes = b""

    def holds(self, top: str) -> bool:
        if self.tops:
            return top in self.tops
        if self.source is not None:
            return bool(homes(self.source, top))
        start = b"\n" + top.encode()
        at = self.record.find(start)
        while at >= 0:
            if self.record.startswith(_ENDINGS, at + len(start)):
                return True
            at = self.record.find(start, at + 1)
        return False


def _held(place: str) -> _Held:
    tops = _tops(place)
    if tops:
        return _Held(tops=tops)
    source = editable_source(place)
    if source is not None:
        return _Held(source=source)
    return _Held(record=b"\n" + _content(os.path.join(place, "RECORD")))


def _tops(place: str) -> tuple[str, ...]:
    listed = _content(os.path.join(place, "top_level.txt"))
    return tuple(listed.decode("utf-8", "replace").split())


def _metadata(place: str) -> Metadata | None:
    text = _content(os.path.join(place, "METADATA")) or _content(os.path.join(place, "PKG-INFO"))
    text = text or _content(place)  # Debian's are single files
    head = _BLANK.split(text, maxsplit=1)[0].decode("utf-8", "replace")
    fields: dict[str, str] = {}
    requires: list[Requirement] = []
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            continue
        if key.lower() == "requires-dist":
            requirement = read_requirement(value)
            if requirement is not None:
                requires.append(requirement)
        else:
            fields.setdefault(key.lower(), value.strip())
    name, version = fields.get("name"), fields.get("version")
    if not name or not version:
        return None
    if not requires:
        listed = _content(os.path.join(place, "requires.txt"))
        requires = read_egg_requirements(listed.decode("utf-8", "replace"))
    return Metadata(place, canonicalize_name(name), version, tuple(requires))


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
