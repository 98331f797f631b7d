"""Installed packages of modules: found by their metadata, and never imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ...runtime.dataclass import dataclass
from ..check.closest import closest
from ..check.modules import NotFound
from ..manifest import MANIFEST
from ..project import Project

if TYPE_CHECKING:
    from ..versions import Range

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

    def files(self, module: str) -> tuple[Path, Path]:
        """Where a module at or below this entry point may lie."""
        below = module.removeprefix(self.module).split(".")[1:]
        base = self.location.joinpath(*self.place.split("."), *below)
        return base.with_name(f"{base.name}.mlp"), base / "__init__.mlp"


@dataclass(frozen=True, slots=True)
class Located:
    """The file of a module, and the package that it is of."""

    file: Path
    package: Package


def locate(module: str, project: Project, others: Iterable[str]) -> Located | NotFound:
    """The file behind `use acme.steps`, in the version that the project asks for.

    `others` are modules that are no packages, and may have been meant.
    """
    match _packages(module):
        case ():
            return _missing(module, project, others)
        case (package,):
            return _located(module, package, project)
        case several:
            return NotFound(
                "several packages bring this module",
                tuple(f"{package.distribution} {package.version}" for package in several),
                help=("uninstall all but one of them",),
            )


def _located(module: str, package: Package, project: Project) -> Located | NotFound:
    wanted = _wanted(module, project)
    if wanted is not None and not wanted.within.holds(package.version):
        return NotFound(
            f"version {package.version} is installed",
            help=(
                f'`{MANIFEST}` wants `{wanted.module} = "{wanted.within.text}"`',
                f"`pip install '{package.distribution}{wanted.within.requirement}'`",
            ),
        )
    places = package.files(module)
    for file in places:
        real = file.resolve()
        if file.is_file() and real.is_relative_to(package.location / package.top):
            return Located(real, package)
    return NotFound(
        "the package has no such module",
        tuple(str(file) for file in places),
        help=(f"`{package.distribution}` {package.version} is installed",),
    )


def _packages(module: str) -> tuple[Package, ...]:
    """Every installed package with this module, by the longest entry point whose name fits."""
    fitting = [
        point
        for point in entry_points(group=GROUP)
        if f"{module}.".startswith(f"{point.name}.") and _is_place(point.value)
    ]
    longest = max((len(point.name) for point in fitting), default=0)
    found = (_package(point) for point in fitting if len(point.name) == longest)
    packages = [package for package in found if package is not None]
    return tuple(sorted(packages, key=lambda package: (package.distribution, package.place)))


def _is_place(value: str) -> bool:
    return all(word.isidentifier() for word in value.split("."))


def _package(point: EntryPoint) -> Package | None:
    distribution = point.dist
    name = _field(distribution, "Name")
    version = _field(distribution, "Version")
    if distribution is None or name is None or version is None:
        return None
    top = point.value.partition(".")[0]
    for location in _locations(distribution):
        if (location / top).is_dir():
            # A package may be linked to from where it is looked for.
            real = (location / top).resolve()
            home = real.parent if real.name == top else location.resolve()
            return Package(point.name, name, version, home, point.value)
    return None


def _field(distribution: Distribution | None, name: str) -> str | None:
    """A field of the metadata; some installs leave none behind."""
    try:
        fields = distribution.metadata if distribution is not None else None
    except OSError:
        return None
    return fields[name] if fields is not None and name in fields else None


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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A line of `[dependencies]`."""

    module: str
    within: Range


def _wanted(module: str, project: Project) -> _Wanted | None:
    """The line of `[dependencies]` that speaks of a module."""
    lines = project.dependencies
    fitting = (name for name in lines if f"{module}.".startswith(f"{name}."))
    name = max(fitting, key=len, default=None)
    if name is None:
        return None
    from ..versions import read_range

    within = read_range(lines[name])
    return None if within is None else _Wanted(name, within)


def _missing(module: str, project: Project, others: Iterable[str]) -> NotFound:
    """Nothing installed brings the module: what was meant, or how to install it."""
    label = "no installed package brings this module"
    file = project.folder.joinpath(*module.split(".")).with_suffix(".mlp")
    if file.is_file():
        path, last = file.relative_to(project.folder).as_posix(), module.rpartition(".")[2]
        return NotFound(label, help=(f'for the file write `use "{path}" as {last}`',))
    wanted = _wanted(module, project)
    name = (module if wanted is None else wanted.module).replace(".", "-").replace("_", "-")
    bounds = "" if wanted is None else wanted.within.requirement
    word = f"'{name}{bounds}'" if bounds else name
    return NotFound(
        label,
        help=(
            f"install the package that does, for example `pip install {word}`",
            'a file of the project is named by its path: `use "steps.mlp" as steps`',
        ),
        nearest=closest(module, (*others, *sorted({p.name for p in entry_points(group=GROUP)}))),
    )
