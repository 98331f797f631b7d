"""The front stages: load, parse, check."""

from __future__ import annotations

import site
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass, field, replace
from ..bodies.body import BodySource, open_library, read_python, read_script
from ..bodies.problem import BodyProblem
from ..check.program import check
from ..check.values import FileFact, Program, TargetFacts
from ..diagnostics.diagnostic import Diagnostic, Report, Severity, error
from ..project import Project, find_project
from ..source import Source, Span
from ..syntax.parse import parse

if TYPE_CHECKING:
    from ...runtime.artifact import Artifact
    from ..contract.target import Target

LARGEST_FILE = 4_000_000


class Usage(Exception):  # noqa: N818  (a mistake on the command line, exit code 2)
    """The command cannot be carried out as it was typed."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The kinds of target that are installed, each loaded when it is first asked for."""

    kinds: tuple[str, ...]
    load: Callable[[str], Target]


class _Facts(Mapping[str, TargetFacts]):
    """What the checker must know of each kind; a kind that nobody asks for is not imported."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets

    def __getitem__(self, kind: str) -> TargetFacts:
        if kind not in self.targets.kinds:
            raise KeyError(kind)
        target = self.targets.load(kind)
        return TargetFacts(kind, target.title, target.settings, target.step_settings)

    def __iter__(self) -> Iterator[str]:
        return iter(self.targets.kinds)

    def __len__(self) -> int:
        return len(self.targets.kinds)

    def __contains__(self, kind: object) -> bool:
        return kind in self.targets.kinds


class Disk:
    """What checking and lowering read beside the `.mlp` file; each file once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.library = open_library(project.python_path)

    def body(self, reference: str) -> BodySource | BodyProblem:
        """What `module:function` says, read and never imported."""
        return read_python(reference, self.library)

    def script(self, text: str) -> BodySource:
        """What a shell body refers to."""
        return read_script(text, self.project.folder, self.project.root)

    def fact(self, path: str) -> FileFact:
        """Whether a file that the program names is there; never looks outside the project."""
        place = (self.project.folder / path).resolve()
        inside = place.is_relative_to(self.project.root)
        nearest = None
        if not inside or not place.is_file():
            nearest = self._nearest(place) if inside else None
        return FileFact(inside and place.is_file(), str(self.project.folder / path), nearest)

    def _nearest(self, place: Path) -> str | None:
        from difflib import get_close_matches

        if not place.parent.is_dir():
            return None
        names = sorted(entry.name for entry in place.parent.iterdir() if entry.is_file())
        close = get_close_matches(place.name, names, n=1)
        return close[0] if close else None

    def file(self, path: str) -> bytes:
        return (self.project.folder / path).read_bytes()

    def artifact(self, path: str) -> Artifact:
        """A file or folder of the project as an input of a step."""
        from ...runtime.artifact import Artifact
        from ...runtime.digest import digest_path

        place = (self.project.folder / path).resolve()
        digest, size = digest_path(place)
        return Artifact(digest, size, place.name, str(place))

    def code(self, path: Path) -> bytes:
        return path.read_bytes()

    def place(self, path: Path) -> str:
        return path.resolve().relative_to(self.project.folder).as_posix()

    def packages(self, names: tuple[str, ...]) -> tuple[str, ...]:
        from ..bodies.distributions import find_distributions

        if names not in self._packages:
            found = find_distributions(names, self._site_packages)
            self._packages[names] = tuple(f"{d.name}=={d.version}" for d in found.distributions)
        return self._packages[names]

    @cached_property
    def _packages(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return {}

    @cached_property
    def _site_packages(self) -> tuple[Path, ...]:
        listed = [*site.getsitepackages(), site.getusersitepackages(), *sys.path]
        folders = (Path(entry) for entry in listed if entry)
        return tuple(dict.fromkeys(f for f in folders if f.name.endswith("-packages")))


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after its front stages. `program` is complete only where `report` has no errors."""

    project: Project
    source: Source
    program: Program | None
    report: Report
    disk: Disk
    sources: dict[str, Source] = field(default_factory=dict)

    def locate(self, span: Span) -> str:
        """A place in words that hold on every machine: `flights.mlp:31:9`."""
        position = self.source.position(span.start)
        name = self.project.within(self.project.folder / Path(self.source.name).name)
        return f"{name}:{position.line}:{position.column}"


def load(file: Path) -> tuple[Source, Report]:
    """The text of a file. What cannot be read is MLP0001."""
    report = Report()
    name = str(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise OSError(f"it is larger than {LARGEST_FILE // 1_000_000} MB")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        why = f"it is not UTF-8 (byte {problem.start})"
    except OSError as problem:
        why = problem.strerror or str(problem)
    else:
        return Source(name, text), report
    report.add(error("MLP0001", f"cannot read `{name}`: {why[:1].lower()}{why[1:]}", None))
    return Source(name, ""), report


def _strict(diagnostic: Diagnostic) -> Diagnostic:
    """`strict = true` in `[lint]`: an image that may be another one tomorrow is an error."""
    if diagnostic.code == "MLP0509":
        return replace(diagnostic, severity=Severity.ERROR)
    return diagnostic


def front(file: Path, targets: Targets) -> Checked:
    """Loads, parses and checks a file; every mistake found is in the report."""
    source, report = load(file)
    project, wrong = find_project(file)
    report.extend(wrong)
    disk = Disk(project)
    sources = {source.name: source}
    if report.has_errors:
        return Checked(project, source, None, report, disk, sources)
    tree = parse(source, report)
    program = check(
        source,
        tree,
        targets=_Facts(targets),
        bodies=disk,
        report=report,
        file_fact=disk.fact,
    )
    if project.strict:
        report.diagnostics[:] = map(_strict, report.diagnostics)
    return Checked(project, source, program, report, disk, sources)
