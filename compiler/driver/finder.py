"""Finds the files behind `use`: in the project, in the standard library, in installed packages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..check.closest import closest
from ..check.modules import Found, NotFound, Unreadable
from ..manifest import MANIFEST
from ..source import Source
from .disk import STDLIB, Disk, Home, Shelf, nearest_file

LARGEST_FILE = 4_000_000
ENDING = ".mlp"


def read_source(file: Path, name: str) -> Source | str:
    """The text of a file under a name, or why there is none."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            return f"it is larger than {LARGEST_FILE // 1_000_000} MB"
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        return f"it is not UTF-8 (byte {problem.start})"
    except OSError as problem:
        why = problem.strerror or str(problem)
        return f"{why[:1].lower()}{why[1:]}"


class Modules:
    """The files that a program may use. A file is one source, by whatever path it is named."""

    def __init__(self, shelf: Shelf, main: Source, place: Path) -> None:
        """`place` is the file of `main` itself, links followed."""
        project = shelf.project
        self._shelf = shelf
        self._project = project
        self._main = main
        disk = Disk(shelf, Home(project.folder, project.root), project.within(place))
        shelf.disks[main.name] = disk
        self._named: dict[str, Found | NotFound | Unreadable] = {}
        self._found: dict[str, Found | Unreadable] = {str(place): Found(main, disk, disk.fact)}

    def file(self, path: str, user: str) -> Found | NotFound | Unreadable:
        home = self._shelf.disks[user].home
        wrong = _unfit(path)
        if wrong is not None:
            return wrong
        place = os.path.realpath(home.folder / path)
        shown = os.path.normpath(home.folder / path)
        if not home.holds(Path(place)):
            return NotFound("this leaves the project", help=self._ways_in(home))
        if os.path.isdir(place):
            return NotFound("this is a folder; a module is a file")
        if not os.path.isfile(place):
            near = nearest_file(Path(shown), ENDING, besides=Path(user).name)
            nearest = os.path.join(os.path.dirname(path), near) if near is not None else None
            return NotFound("no file is there", (shown,), nearest=nearest)
        return self._open(place, home, self._name(place, home))

    def module(self, name: str, user: str) -> Found | NotFound | Unreadable:
        found = self._named.get(name)
        if found is None:
            standard = name.partition(".")[0] == "std"
            found = self._named[name] = self._standard(name) if standard else self._packaged(name)
        return found

    def _packaged(self, name: str) -> Found | NotFound | Unreadable:
        from .packages import locate

        located = locate(name, self._project, (*standard_modules(),))
        if isinstance(located, NotFound):
            return located
        package = located.package
        self._shelf.guests[package.top] = package.location
        home = Home(located.file.parent, package.location / package.top)
        return self._open(str(located.file), home, self._name(str(located.file), home))

    def _ways_in(self, home: Home) -> tuple[str, ...]:
        if home.root != self._project.root or (home.root / MANIFEST).is_file():
            return ("what lies elsewhere comes as an installed package: `use acme.steps`",)
        return (f"the project is the folder of this file; `{MANIFEST}` in one above makes it that",)

    def _name(self, place: str, home: Home) -> str:
        """How messages name a file: as the main file is named, or by its library."""
        if home.root == STDLIB:
            return f"std/{os.path.relpath(place, STDLIB)}"
        if home.root == self._project.root:
            near = os.path.relpath(place, self._project.folder)
            return os.path.normpath(os.path.join(os.path.dirname(self._main.name), near))
        return os.path.relpath(place, home.root.parent)

    def _open(self, place: str, home: Home, name: str) -> Found | Unreadable:
        found = self._found.get(place)
        if found is None:
            name = place if name in self._shelf.disks else name
            source = read_source(Path(place), name)
            if isinstance(source, str):
                found = Unreadable(source)
            else:
                inside = home.root == self._project.root
                path = self._project.within(Path(place)) if inside else name
                disk = Disk(self._shelf, Home(Path(place).parent, home.root), path)
                self._shelf.disks[name] = disk
                self._shelve(disk.home)
                found = Found(source, disk, disk.fact, whole=inside)
            self._found[place] = found
        return found

    def _shelve(self, home: Home) -> None:
        """Bodies of a file in the project are looked for beside it too."""
        roots, project = self._shelf.roots, self._project
        if home.root == project.root and not project.listed and home.folder not in roots:
            roots.append(home.folder)

    def _standard(self, name: str) -> Found | NotFound | Unreadable:
        below = name.split(".")[1:]
        base = STDLIB.joinpath(*below)
        if below:
            for file in (base.with_name(f"{base.name}{ENDING}"), base / f"__init__{ENDING}"):
                if file.is_file():
                    home = Home(file.parent, STDLIB)
                    return self._open(str(file), home, self._name(str(file), home))
        known = sorted(standard_modules())
        return NotFound(
            "there is no such module in the standard library" if below else "which of its modules?",
            help=(f"there are {', '.join(f'`{module}`' for module in known)}",),
            nearest=closest(name, known),
        )


def _unfit(path: str) -> NotFound | None:
    """What is wrong with a path before anybody looks at the disk."""
    if "://" in path:
        return NotFound("this is a URL; a module is a file or an installed package")
    if os.path.isabs(path):
        return NotFound("this path is absolute", help=("a path starts at the file that says it",))
    if not path.isprintable() or len(path) > 1_000:
        return NotFound("no file is called like this")
    if not path.endswith(ENDING):
        return NotFound(f"a module is a `{ENDING}` file")
    return None


def standard_modules() -> Iterator[str]:
    """The names of all modules of the standard library."""
    for file in STDLIB.rglob(f"*{ENDING}"):
        words = file.relative_to(STDLIB).with_suffix("").parts
        yield ".".join(("std", *(word for word in words if word != "__init__")))
