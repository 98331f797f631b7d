"""Installed packages of modules: found by their metadata, and never imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ...runtime.dataclass import dataclass

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

GROUP = "millpond.modules"


@dataclass(frozen=True, slots=True)
class Package:
    """What a distribution gives under one entry point.

    `module` is the name that `use` knows it by; `place` says where in `location` it lies, as a
    dotted name whose first word is the package that holds its Python.
    """

    module: str
    distribution: str
    version: str
    location: Path
    place: str

    @property
    def top(self) -> str:
        return self.place.partition(".")[0]

    def files(self, module: str) -> tuple[Path, ...]:
        """Where a module at or below this entry point may lie."""
        below = module.removeprefix(self.module).split(".")[1:]
        base = self.location.joinpath(*self.place.split("."), *below)
        return base.with_name(f"{base.name}.mlp"), base / "__init__.mlp"


def find_packages(module: str) -> tuple[Package, ...]:
    """Every installed entry point for a module, of the longest name that fits; best one."""
    from importlib.metadata import entry_points

    fitting = [
        point
        for point in entry_points(group=GROUP)
        if f"{module}.".startswith(f"{point.name}.") and _is_place(point.value)
    ]
    longest = max((len(point.name) for point in fitting), default=0)
    found = (_package(point) for point in fitting if len(point.name) == longest)
    packages = [package for package in found if package is not None]
    return tuple(sorted(packages, key=lambda package: (package.distribution, package.place)))


def installed_modules() -> tuple[str, ...]:
    """The names of all entry points, sorted."""
    from importlib.metadata import entry_points

    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def _is_place(value: str) -> bool:
    return all(word.isidentifier() for word in value.split("."))


def _package(point: EntryPoint) -> Package | None:
    distribution = point.dist
    if distribution is None:
        return None
    top = point.value.partition(".")[0]
    for location in _locations(distribution):
        if (location / top).is_dir() or (location / f"{top}.mlp").is_file():
            name, version = distribution.metadata["Name"], distribution.version
            return Package(point.name, name, version, location.resolve(), point.value)
    return None


def _locations(distribution: Distribution) -> Iterator[Path]:
    """Where the files of a distribution may lie: beside its metadata, or where it is developed."""
    yield Path(str(distribution.locate_file("")))
    source = _developed_at(distribution)
    if source is not None:
        yield source
        yield source / "src"
    yield from (Path(entry) for entry in sys.path if entry)


def _developed_at(distribution: Distribution) -> Path | None:
    """The folder of a distribution that was installed for development."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        if not origin.get("dir_info", {}).get("editable"):
            return None
        url = urlsplit(str(origin["url"]))
    except (ValueError, KeyError, AttributeError, OSError):
        return None
    return Path(unquote(url.path)) if url.scheme == "file" else None
