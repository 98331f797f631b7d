"""Which installed distributions provide an import name, read from their metadata files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .unpublished import content_of, editable_source, homes, is_unpublished

_SEPARATORS = re.compile(r"[-_.]+")
_ENDINGS = (b"/", b".py,", b".so,", b".pyd,", b".cpython-", b".abi3.so,", b".cp3")


@dataclass(frozen=True, slots=True, order=True)
class Distribution:
    """An installed distribution, its name in the normal form of package indexes.

    One that no index has (a local folder, an editable install) has its content in the version.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions behind some import names, and the names that nothing provides."""

    distributions: tuple[Distribution, ...]
    missing: tuple[str, ...]


Provide = Callable[[Sequence[str], Sequence[Path]], dict[str, set[Distribution]]]


def find_distributions(
    names: Iterable[str], site_packages: Sequence[Path], provide: Provide | None = None
) -> Installed:
    """The distributions that provide the top-level import `names`, sorted.

    Reads metadata below `site_packages` and imports nothing; `provide` may answer instead.
    """
    wanted = sorted(set(names))
    found = (provide or providers)(wanted, site_packages) if wanted else {}
    distributions = {item for name in wanted for item in found.get(name, ())}
    missing = tuple(name for name in wanted if not found.get(name))
    return Installed(tuple(sorted(distributions)), missing)


def providers(names: Sequence[str], site_packages: Sequence[Path]) -> dict[str, set[Distribution]]:
    """For each import name the distributions below `site_packages` that hold it."""
    found: dict[str, set[Distribution]] = {}
    seen: set[str] = set()
    for folder in site_packages:
        for entry in _entries(folder):
            project = _SEPARATORS.sub("-", entry.partition("-")[0]).lower()
            if not entry.endswith((".dist-info", ".egg-info")) or project in seen:
                continue  # Python, too, takes the first one on the path
            seen.add(project)
            place = os.path.join(folder, entry)
            for name in _held(place, names):
                distribution = _describe(place, name)
                if distribution is not None:
                    found.setdefault(name, set()).add(distribution)
    return found


def _held(place: str, names: Sequence[str]) -> list[str]:
    listed = _content(os.path.join(place, "top_level.txt"))
    if listed.strip():
        tops = set(listed.decode("utf-8", "replace").split())
        return [name for name in names if name in tops]
    source = editable_source(place)
    if source is not None:
        return [name for name in names if homes(source, name)]
    record = b"\n" + _content(os.path.join(place, "RECORD"))
    return [
        name
        for name in names
        if any(b"\n" + name.encode() + ending in record for ending in _ENDINGS)
    ]


def _describe(place: str, top: str) -> Distribution | None:
    text = _content(os.path.join(place, "METADATA")) or _content(os.path.join(place, "PKG-INFO"))
    fields: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        if not line:
            break
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.lower(), value.strip())
    name, version = fields.get("name"), fields.get("version")
    if not name or not version:
        return None
    if is_unpublished(place):
        content = content_of(place, _content(os.path.join(place, "RECORD")), top)
        version = f"{version}{'.' if '+' in version else '+'}{content}"
    return Distribution(_SEPARATORS.sub("-", name).lower(), version)


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
