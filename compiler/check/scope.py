"""Where an expression stands: the names it can see, and where findings about it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

from ...runtime.dataclass import dataclass, field, replace
from ..diagnostics.diagnostic import Diagnostic, Report
from ..source import Source, Span
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import Row, Type
from .values import CheckedPipeline, CheckedStep, FileFact, Typing


class Kind(Enum):
    """What a name stands for; the value completes "`x` is …"."""

    PARAMETER = "a parameter"
    CONSTANT = "a constant"
    INPUT = "an input"
    OUTPUT = "an output"
    NODE = "a node"
    VALUE = "a value"
    UNBUILT = "a block"


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that has a value. `step` is what a node runs."""

    name: str
    span: Span
    kind: Kind
    type: Type
    stage: Stage
    step: CheckedStep | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """A name bound further down, or inside a block (`block` is its keyword and place)."""

    span: Span
    statement: ast.Bind | None
    index: int
    block: tuple[str, Span] | None = None


@dataclass(slots=True)
class FileScope:
    """What the whole file sees, and where its findings are gathered.

    `constants` are bindings, `meanings` what they were given. `callables` says of every name that
    can be called whether it is a step or a pipeline; `steps` fills as signatures are resolved,
    `checked` as pipelines are, those first that others call.
    `modules` are the names that a `use` brings in, `broken` those of declarations that could not be
    read: they stand for something, and nothing is said of it. `unknown` are the names that nothing
    in the pipeline declares, each said once.
    """

    source: Source
    report: Report
    file_fact: Callable[[str], FileFact]
    typing: Typing = field(default_factory=Typing)
    rows: dict[str, Row] = field(default_factory=dict)
    constants: dict[str, Binding] = field(default_factory=dict)
    meanings: dict[str, ast.Expr] = field(default_factory=dict)
    steps: dict[str, CheckedStep] = field(default_factory=dict)
    callables: dict[str, str] = field(default_factory=dict)
    pipelines: dict[str, ast.Pipeline] = field(default_factory=dict)
    checked: dict[str, CheckedPipeline] = field(default_factory=dict)
    modules: dict[str, Span] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    used_types: set[str] = field(default_factory=set)
    metrics: set[Span] = field(default_factory=set)
    target_names: set[str] = field(default_factory=set)
    broken: frozenset[str] = frozenset()
    unknown: set[str] = field(default_factory=set)

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
class Order:
    """Which bindings wait for which: one bit for each, so that thousands cost nothing."""

    bits: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)

    def needed(self, names: Iterable[str]) -> int:
        """The bits of all bindings that come before what reads `names`."""
        found = 0
        for name in names:
            if name in self.bits:
                found |= self.bits[name] | self.waits[name]
        return found

    def add(self, name: str, needed: int) -> None:
        """Enters a binding that waits for `needed`."""
        if name not in self.bits:
            self.bits[name] = 1 << len(self.bits)
            self.waits[name] = needed


@dataclass(slots=True)
class Scope:
    """The names visible at one place. `items` and `at` say which statement is being checked."""

    file: FileScope
    names: dict[str, Binding] = field(default_factory=dict)
    later: Mapping[str, Later] = field(default_factory=dict)
    narrowed: Mapping[str, Type] = field(default_factory=dict)
    in_pipeline: bool = False
    items: Sequence[ast.PipelineItem] = ()
    at: int = 0
    order: Order = field(default_factory=Order)

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


def names_of(bindings: Iterable[Binding]) -> dict[str, Binding]:
    return {binding.name: binding for binding in bindings}
