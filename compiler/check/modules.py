"""The files behind `use`: each read once, those first that others use, and none in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Protocol, TypeAlias, assert_never

from ...runtime.dataclass import dataclass, field
from ..diagnostics.diagnostic import Edit, Fix, Report
from ..source import Source
from ..syntax import ast
from ..syntax.parse import parse
from .finding import finding
from .values import BodyReader, FileFact

MOST_FILES = 1_000
MOST_CHARACTERS = 8_000_000

Use: TypeAlias = ast.UseModule | ast.UseNames | ast.UseFile


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a file, and what it sees around it; without `bodies` no function is looked at.

    Of a library only what is used is to be right: it is not checked as a `whole`.
    """

    source: Source
    bodies: BodyReader | None
    file_fact: Callable[[str], FileFact]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is no such module. `label` says what is wrong with how it is named."""

    label: str
    searched: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The file is there, and its text is not."""

    why: str


class Finder(Protocol):
    """Finds the files behind `use`; the driver's, since it looks at the disk. Never runs any code.

    One file is found as one source, however it is named. `user` is the name of the source that
    asks.
    """

    def file(self, path: str, user: str) -> Found | NotFound | Unreadable:
        """The module of `use "shared/steps.mlp"`."""
        ...

    def module(self, name: str, user: str) -> Found | NotFound | Unreadable:
        """The module of `use std.registry`."""
        ...


class _Nowhere:
    """Finds nothing."""

    def file(self, path: str, user: str) -> NotFound:
        return NotFound("no file stands beside this text")

    def module(self, name: str, user: str) -> NotFound:
        return NotFound("no module is looked for here")


NO_MODULES: Finder = _Nowhere()
"""For a text that stands alone."""


@dataclass(slots=True)
class Loaded:
    """A parsed file. `uses` names the source behind each `use`, None where there is none."""

    found: Found
    file: ast.File
    report: Report
    uses: dict[int, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.found.source.name


def load(main: Loaded, finder: Finder, known: dict[str, Loaded]) -> list[Loaded]:
    """All files that `main` uses and that are not `known` yet, each after those that it uses, then
    `main` itself. What cannot be found, read or used in a circle is reported where it is used.
    """
    order: list[Loaded] = []
    path: dict[str, tuple[Loaded, Iterator[Use]]] = {main.name: (main, _uses(main.file))}
    room = MOST_CHARACTERS - sum(len(loaded.found.source.text) for loaded in known.values())
    while path:
        loaded, rest = path[next(reversed(path))]
        use = next(rest, None)
        if use is None:
            path.popitem()
            order.append(loaded)
            continue
        found = _find(use, loaded.name, finder)
        loaded.uses[id(use)] = None
        if not isinstance(found, Found):
            _report_lost(use, found, loaded)
            continue
        name = found.source.name
        if name in path:
            names = [*path]
            _report_circle(use, [*names[names.index(name) :], name], loaded)
            continue
        if name not in known:
            room -= len(found.source.text)
            if len(known) >= MOST_FILES or room < 0:
                _report_lost(use, Unreadable(_TOO_MUCH), loaded)
                continue
            report = Report()
            known[name] = Loaded(found, parse(found.source, report), report)
            path[name] = (known[name], _uses(known[name].file))
        loaded.uses[id(use)] = name
    return order


_TOO_MUCH = f"one program reads at most {MOST_FILES:,} files and {MOST_CHARACTERS // 10**6} MB"


def _uses(file: ast.File) -> Iterator[Use]:
    for declaration in file.declarations:
        if isinstance(declaration, ast.UseModule | ast.UseNames | ast.UseFile):
            yield declaration


def _find(use: Use, user: str, finder: Finder) -> Found | NotFound | Unreadable:
    match use:
        case ast.UseFile(path=path):
            return finder.file(str(path.value), user)
        case ast.UseModule(path=name) | ast.UseNames(path=name):
            return finder.module(name.text, user)
        case _:
            assert_never(use)


def _written(use: Use) -> str:
    return str(use.path.value) if isinstance(use, ast.UseFile) else use.path.text


def _report_lost(use: Use, problem: NotFound | Unreadable, loaded: Loaded) -> None:
    span, text = use.path.span, _written(use)
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    if isinstance(problem, Unreadable):
        label = "this is no text of the language"
        message = f"cannot read `{shown}`: {problem.why}"
        loaded.report.add(finding("MLP0001", message, span, label))
        return
    fixes = []
    if problem.nearest is not None:
        new = f'"{problem.nearest}"' if isinstance(use, ast.UseFile) else problem.nearest
        fixes.append(Fix(f"write `{problem.nearest}`", (Edit(span, new),), safe=False))
    loaded.report.add(
        finding(
            "MLP0211",
            f"cannot find module `{shown}`",
            span,
            f"did you mean `{problem.nearest}`?" if problem.nearest else problem.label,
            notes=tuple(f"looked for `{place}`" for place in problem.searched),
            help=problem.help,
            fixes=fixes,
        )
    )


def _report_circle(use: Use, circle: list[str], loaded: Loaded) -> None:
    """`circle` names the files from the one that is used again to itself."""
    first = circle[0]
    label = "a file cannot use itself"
    if len(circle) > 2:
        label = "this comes back to where it started"
    steps = [f"`{user}` uses `{used}`" for user, used in pairwise(circle)]
    if len(steps) > 6:
        steps = [*steps[:3], f"… {len(steps) - 5} more …", *steps[-2:]]
    loaded.report.add(
        finding(
            "MLP0205",
            f"`{first}` is used before it is defined",
            use.path.span,
            label,
            notes=steps if len(circle) > 2 else (),
            help=("move what both need into a file of its own",) if len(circle) > 2 else (),
        )
    )
