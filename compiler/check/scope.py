"""Where an expression stands: the names it can see, and where findings about it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from ...runtime.dataclass import dataclass, field, replace
from ..diagnostics.diagnostic import Diagnostic, Report
from ..source import Source, Span
from ..syntax import ast
from ..types.types import Row, Type
from .surroundings import Around, Later, Order, Partitioned
from .values import (
    Binding,
    CheckedConstant,
    CheckedPipeline,
    CheckedStep,
    FileFact,
    Program,
    Typing,
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module under the name it goes by here; `program` is None where it could not be read."""

    name: str
    span: Span
    program: Program | None


@dataclass(slots=True)
class FileScope:
    """What the whole file sees, and where its findings are gathered.

    `constants` are bindings, `values` what those have that are known now. `callables` says of every
    name that can be called whether it is a step or a pipeline; `steps` fills as signatures are
    resolved, `checked` as pipelines are, those first that others call. `modules` are files under
    the names that a `use` gives them, `foreign` the constants that one brings in alone; `broken`
    are declarations that could not be read: they stand for something, and nothing is said of it.
    `unknown` are the names that nothing in the pipeline declares, each said once. `pathless` are
    expressions, by id, that are known to be made of no path of a file.
    """

    source: Source
    report: Report
    file_fact: Callable[[str], FileFact]
    typing: Typing = field(default_factory=Typing)
    rows: dict[str, Row] = field(default_factory=dict)
    checks: dict[str, tuple[ast.Check, ...]] = field(default_factory=dict)
    constants: dict[str, Binding] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    steps: dict[str, CheckedStep] = field(default_factory=dict)
    callables: dict[str, str] = field(default_factory=dict)
    pipelines: dict[str, ast.Pipeline] = field(default_factory=dict)
    checked: dict[str, CheckedPipeline] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    foreign: dict[str, CheckedConstant] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    used_types: set[str] = field(default_factory=set)
    metrics: set[Span] = field(default_factory=set)
    target_names: set[str] = field(default_factory=set)
    broken: frozenset[str] = frozenset()
    unknown: set[str] = field(default_factory=set)
    pathless: set[int] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic) -> None:
        self.report.add(diagnostic)

    def text(self, span: Span) -> str:
        return self.source.slice(span)

    def line(self, span: Span) -> int:
        return self.source.position(span.start).line

    def place(self, span: Span) -> str:
        """`flights.mlp:31`, for notes."""
        return f"{span.file}:{self.line(span)}"


@dataclass(slots=True)
class Scope:
    """The names visible at one place. `items` and `at` say which statement is being checked.

    `taken` has every name bound in the pipeline, those of finished blocks too. `bare` are the calls
    without a name, by the name of what they run, for each block around the place, innermost first.
    `around` is the innermost block, `hook` the event of the hook that the place is in. `functions`
    are those that only some places know. `defining` is the name that is being bound, `schema` the
    schema whose columns the names are. `holds` is where the pipeline has its first gate, its first
    `for`, … , by that word; `last_effect` where its last call that changes the world begins.
    """

    file: FileScope
    names: dict[str, Binding] = field(default_factory=dict)
    later: Mapping[str, Later] = field(default_factory=dict)
    narrowed: Mapping[str, Type] = field(default_factory=dict)
    in_pipeline: bool = False
    in_test: bool = False
    items: Sequence[ast.PipelineItem] = ()
    at: int = 0
    order: Order = field(default_factory=Order)
    taken: dict[str, Binding] = field(default_factory=dict)
    bare: tuple[dict[str, Span], ...] = ()
    around: Around | None = None
    hook: str | None = None
    functions: Mapping[str, Function] = field(default_factory=dict)
    defining: str | None = None
    schema: str | None = None
    holds: dict[str, Span] = field(default_factory=dict)
    last_effect: int = -1

    def lookup(self, name: str) -> Binding | None:
        """The binding of a name, noted as used."""
        found = self.names.get(name) or self.file.constants.get(name)
        if found is not None:
            self.file.used.add(name)
        return found

    def knows(self, name: str) -> bool:
        """Whether a name stands for a value here; asking is not using."""
        return name in self.names or name in self.file.constants

    def visible(self) -> Iterator[str]:
        """Every name that stands for a value here."""
        yield from self.names
        yield from self.file.constants

    def knowing(self, facts: Mapping[str, Type]) -> Scope:
        """The same place, where `facts` say which paths are not missing."""
        return replace(self, narrowed={**self.narrowed, **facts}) if facts else self

    def inside(self, around: Around, statements: Sequence[ast.PipelineItem]) -> Scope:
        """The place at the start of a block."""
        bare: dict[str, Span] = {}
        return replace(
            self,
            around=replace(around, outer=self.around),
            items=statements,
            at=0,
            bare=(bare, *self.bare),
            defining=None,
        )

    def bind(self, binding: Binding) -> None:
        """Makes a name known from here on; the first binding of a name stands where it is seen."""
        first = self.taken.setdefault(binding.name, binding)
        if first is binding or binding.name not in self.names:
            self.names[binding.name] = binding

    @contextmanager
    def meaning(self, variable: Binding | None) -> Iterator[None]:
        """While it lasts, a name is the variable of a block, even where it has no right to it."""
        if variable is None:
            yield
            return
        self.taken.setdefault(variable.name, variable)
        before = self.names.get(variable.name)
        self.names[variable.name] = variable
        yield
        del self.names[variable.name]
        if before is not None:
            self.names[variable.name] = before

    def forget(self, names: Iterable[ast.Name]) -> None:
        """The end of a block: what was bound in it is known no longer."""
        for name in names:
            if name.text in self.names and self.names[name.text].span == name.span:
                del self.names[name.text]

    def enclosing(self) -> Iterator[Around]:
        """The blocks around this place, innermost first."""
        around = self.around
        while around is not None:
            yield around
            around = around.outer

    def is_dead(self) -> bool:
        """Whether a constant keeps this place from being reached: its values may make no sense."""
        return any(around.is_dead for around in self.enclosing())

    def partitioned(self) -> Partitioned | None:
        """The partition block around this place."""
        return next((a.partition for a in self.enclosing() if a.partition is not None), None)


Function: TypeAlias = Callable[[ast.Call, Scope], Type]
"""Types the call of a function that only some places know."""


def path_of(expr: ast.Expr) -> str | None:
    """`a.b.c` of a plain path, None for anything else."""
    match expr:
        case ast.NameRef(name=name):
            return name
        case ast.FieldOf(base=base, field=member, maybe=False):
            before = path_of(base)
            return None if before is None else f"{before}.{member.text}"
        case _:
            return None
