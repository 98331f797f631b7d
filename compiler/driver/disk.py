"""What checking and lowering read beside a `.mlp` file."""

from __future__ import annotations

import os
import site
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ... import stdlib
from ...runtime.dataclass import dataclass
from ..bodies.body import PythonBody, ShellBody, open_library, read_python, read_script
from ..bodies.cells import MAX_BYTES
from ..bodies.library import Library
from ..bodies.notebook import NotebookBody, read_notebook
from ..bodies.problem import BodyProblem, ModuleProblem, NotebookBroken
from ..check.values import FileFact
from ..project import Project
from .links import link_packages

if TYPE_CHECKING:
    from ...runtime.artifact import Artifact
    from ..bodies.distributions import Installed
    from ..bodies.site import Site

STDLIB = Path(stdlib.__file__).resolve().parent
STD_BODIES = "millpond_std"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a file lies: its paths are relative to `folder`, and stay inside `root`."""

    folder: Path
    root: Path

    def holds(self, path: Path) -> bool:
        return path.is_relative_to(self.root)


class Shelf:
    """What all files of one program share: where Python lies, and what was read of it.

    `roots` are the folders of the project that hold modules, `guests` packages from elsewhere by
    name. Both are complete before the first body is read.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.disks: dict[str, Disk] = {}
        self.roots: list[Path] = list(project.python_path)
        self.guests: dict[str, Path] = {STD_BODIES: STDLIB}

    @cached_property
    def library(self) -> Library:
        return open_library(self.roots, guests=self.guests)

    @property
    def source_roots(self) -> tuple[Path, ...]:
        """The folders that bodies are imported from, in order; packages are linked to from one."""
        packages = {top: home for top, home in self.guests.items() if top != STD_BODIES}
        links = (link_packages(packages, self.project.state / "modules"),) if packages else ()
        return tuple(dict.fromkeys((*self.roots, *links, STDLIB)))

    def packages(self, names: tuple[str, ...]) -> Installed:
        from ..bodies.distributions import Installed, find_distributions

        if names not in self._packages:
            # What reads metadata takes long to load.
            found = find_distributions(names, self._site) if names else Installed(())
            self._packages[names] = found
        return self._packages[names]

    @property
    def reads_elsewhere(self) -> bool:
        """Whether a body imports what lies in another project."""
        return any(installed.elsewhere for installed in self._packages.values())

    @cached_property
    def _packages(self) -> dict[tuple[str, ...], Installed]:
        return {}

    @cached_property
    def _site(self) -> Site:
        from ..bodies.requirement import surroundings
        from ..bodies.site import Site

        return Site(path_of_bodies(), surroundings())


class Disk:
    """What stands around one `.mlp` file; `path` names it in the same way on every machine."""

    def __init__(self, shelf: Shelf, home: Home, path: str) -> None:
        self.shelf = shelf
        self.home = home
        self.path = path

    @property
    def own(self) -> Path | None:
        """The file itself, None where it is not the project's to change."""
        own = self.home.root == self.shelf.project.root
        return self.home.folder / Path(self.path).name if own else None

    def of(self, module: str) -> Disk:
        """What stands around another file of the program, by the name of its source."""
        return self.shelf.disks[module]

    def body(self, reference: str) -> PythonBody | BodyProblem:
        """What `module:function` says, read and never imported."""
        return read_python(reference, self.shelf.library)

    def script(self, text: str) -> ShellBody:
        """What a shell body refers to."""
        return read_script(text, self.home.folder, self.home.root)

    def notebook(self, path: str) -> NotebookBody | NotebookBroken | ModuleProblem:
        """What a notebook holds, read and never run."""
        place = (self.home.folder / path).resolve()
        try:
            with place.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except OSError as problem:
            return NotebookBroken(place, problem.strerror or str(problem))
        return read_notebook(path, place, content, self.shelf.library)

    def fact(self, path: str) -> FileFact:
        """Whether a file that the program names is there; never looks outside the project."""
        place = (self.home.folder / path).resolve()
        tried = str(self.home.folder / path)
        if not self.home.holds(place):
            return FileFact(exists=False, tried=tried, outside=True)
        if place.is_dir():
            return FileFact(exists=False, tried=tried, folder=True)
        there = place.is_file()
        return FileFact(there, tried, None if there else nearest_file(place))

    def file(self, path: str) -> bytes:
        return (self.home.folder / path).read_bytes()

    def place_of(self, path: str) -> str:
        """Where such a file lies from the folder of the program that is run: files beside a lock
        are found from there."""
        folder = self.shelf.project.folder
        if self.home.folder == folder:
            return path
        return os.path.relpath(self.home.folder / path, folder)

    def artifact(self, path: str) -> Artifact:
        """A file or folder as an input of a step: of the project, or behind a URL.

        Raises `OSError`.
        """
        from ...runtime.digest import UnfitPathError
        from ...runtime.source import SourceError, find

        try:
            return find(path, self.home.folder)
        except UnfitPathError as problem:
            raise SourceError(f"cannot read `{path}`: {problem}") from None

    def code(self, path: Path) -> bytes:
        return path.read_bytes()

    def place(self, path: Path) -> str:
        return path.resolve().relative_to(self.home.folder).as_posix()

    def packages(self, names: tuple[str, ...]) -> Installed:
        return self.shelf.packages(names)


def path_of_bodies() -> tuple[Path, ...]:
    """The folders in which a body's Python looks for what is not the project's and not its own."""
    own = os.path.dirname(os.__file__)
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # What stands behind Python's own library has been added by installers.
    at = sys.path.index(own) + 1 if own in sys.path else len(sys.path)
    added = [e for e in sys.path[at:] if os.path.basename(e) != "lib-dynload"]
    packages = [e for e in sys.path[:at] if e.endswith("-packages")]
    listed = [*given, *packages, *added, *site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(Path(entry).absolute() for entry in listed if entry))


def nearest_file(place: Path, ending: str = "", besides: str = "") -> str | None:
    """The file in the folder of `place` whose name is most like it, and not `besides`."""
    from difflib import get_close_matches

    if not place.parent.is_dir():
        return None
    entries = (entry for entry in place.parent.iterdir() if entry.is_file())
    names = sorted(e.name for e in entries if e.name.endswith(ending) and e.name != besides)
    close = get_close_matches(place.name, names, n=1)
    return close[0] if close else None
