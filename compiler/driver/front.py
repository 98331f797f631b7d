"""The front stages: load, parse, check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass, field, replace
from ..check.program import check
from ..check.values import Program, TargetFacts
from ..diagnostics.diagnostic import Diagnostic, Report, Severity, error
from ..project import LOCK, Project, find_project
from ..source import Source, Span
from ..syntax.parse import parse
from .disk import Disk, Home, Shelf
from .finder import Modules, read_source

if TYPE_CHECKING:
    from ..contract.target import Target
    from ..lock import Lock


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


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after its front stages. `program` is complete only where `report` has no errors.

    `lock` is None where the project has pinned nothing.
    """

    project: Project
    source: Source
    program: Program | None
    report: Report
    disk: Disk
    sources: dict[str, Source] = field(default_factory=dict)
    lock: Lock | None = None

    def locate(self, span: Span) -> str:
        """A place in words that hold on every machine: `flights.mlp:31:9`."""
        position = self.sources[span.file].position(span.start)
        return f"{self.disk.of(span.file).path}:{position.line}:{position.column}"


def load(file: Path) -> tuple[Source, Report]:
    """The text of a file. What cannot be read is MLP0001."""
    report = Report()
    name = str(file)
    source = read_source(file, name)
    if isinstance(source, Source):
        return source, report
    report.add(error("MLP0001", f"cannot read `{name}`: {source}", None))
    return Source(name, ""), report


def _strict(diagnostic: Diagnostic) -> Diagnostic:
    """`strict = true` in `[lint]`: an image that may be another one tomorrow is an error."""
    if diagnostic.code == "MLP0509":
        return replace(diagnostic, severity=Severity.ERROR)
    return diagnostic


def is_for(main: Source, diagnostic: Diagnostic) -> bool:
    """Lints speak of the file that is checked, not of those that it uses."""
    span = diagnostic.span
    return diagnostic.severity is Severity.ERROR or span is None or span.file == main.name


def front(file: Path, targets: Targets) -> Checked:
    """Loads, parses and checks a file; every mistake found is in the report."""
    source, report = load(file)
    located = find_project(file)
    project = located.project
    report.extend(located.wrong)
    shelf = Shelf(project)
    modules = Modules(shelf, source, file.resolve())
    disk = shelf.disks[source.name]
    sources = {source.name: source}
    if located.manifest is not None:
        sources[located.manifest.name] = located.manifest
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
        modules=modules,
    )
    if project.strict:
        report.diagnostics[:] = map(_strict, report.diagnostics)
    report.diagnostics[:] = [d for d in report.diagnostics if is_for(source, d)]
    sources.update((name, other.source) for name, other in program.modules.items())
    found = Checked(project, source, program, report, disk, sources)
    return _with_lock(found, shelf) if (project.root / LOCK).exists() else found


def _with_lock(checked: Checked, shelf: Shelf) -> Checked:
    """The same with what the project has pinned; a lock that cannot be read is in the report, and
    nothing more is said of images that it knows."""
    from .pinned import open_lock

    project = checked.project
    opened = open_lock(project, checked.source.name)
    if opened.source is not None:
        home = Home(project.root, project.root)
        shelf.disks[opened.source.name] = Disk(shelf, home, LOCK)
        checked.sources[opened.source.name] = opened.source
    if opened.problem is not None:
        checked.report.add(opened.problem)
    if opened.lock is not None:
        known = {f"image `{image}` has no tag or digest" for image in opened.lock.images}
        found = checked.report.diagnostics
        found[:] = [d for d in found if d.code != "MLP0509" or d.message not in known]
    return replace(checked, lock=opened.lock)
