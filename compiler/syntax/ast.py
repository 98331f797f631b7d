"""The syntax tree of a `.mlp` file: what was written, with the span of every part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from ...runtime.dataclass import dataclass
from ..source import Span

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Name:
    """A word as written, at its place."""

    text: str
    span: Span


# ---- expressions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """`1`, `0.5`, `"text"`, `true`, `none`, a date or a time.

    `raw` is the text as written; `value` is what it means (escapes and dedent applied).
    """

    span: Span
    value: int | float | str | bool | date | datetime | None
    raw: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit as written (`30m`, `16GB`, `10%`); the checker knows the units."""

    span: Span
    number: int | float
    unit: Name
    raw: str


@dataclass(frozen=True, slots=True)
class Text:
    """`f"…"`: plain strings and expressions in turn."""

    span: Span
    parts: tuple[str | Expr, ...]
    raw: str


@dataclass(frozen=True, slots=True)
class NameRef:
    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class FieldOf:
    """`base.field`, or `base?.field` when `maybe`."""

    span: Span
    base: Expr
    field: Name
    maybe: bool


@dataclass(frozen=True, slots=True)
class Each:
    """`base[*]`: every element of a list."""

    span: Span
    base: Expr


@dataclass(frozen=True, slots=True)
class Index:
    span: Span
    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Argument:
    """`name = value` inside parentheses; `name` is None where it was left out."""

    span: Span
    name: Name | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Call:
    span: Span
    callee: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Accessor:
    """`.auc`: chooses a field of each element."""

    span: Span
    field: Name


@dataclass(frozen=True, slots=True)
class ListOf:
    span: Span
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    span: Span
    key: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Record:
    span: Span
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    span: Span
    operator: Name
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """`or and == != < <= > >= in "not in" ?? + - * /`; `operator` holds its place."""

    span: Span
    operator: Name
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class IfExpr:
    span: Span
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Missing:
    """A half-typed place: nothing after `.` or `=` on its line; `base` stood before a dot."""

    span: Span
    base: Expr | None


Expr: TypeAlias = (
    Literal
    | Quantity
    | Text
    | NameRef
    | FieldOf
    | Each
    | Index
    | Call
    | Accessor
    | ListOf
    | Record
    | Unary
    | Binary
    | IfExpr
    | Missing
)

# ---- types ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeName:
    """`Int`, `Flights`, `steps.Row`: dotted text."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class TypeApply:
    """`List[Int]`, `Dataset[Flights]`."""

    span: Span
    name: Name
    arguments: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True)
class TypeLiteral:
    """`"gold"` in `"gold" | "standard"`."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class TypeUnion:
    span: Span
    members: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True)
class TypeOptional:
    span: Span
    inner: TypeExpr


TypeExpr: TypeAlias = TypeName | TypeApply | TypeLiteral | TypeUnion | TypeOptional

# ---- settings -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetValue:
    """`key = value`; a quoted key has its quotes removed and `quoted` set."""

    span: Span
    key: Name
    value: Expr
    quoted: bool = False
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class SetBlock:
    """`key { … }`."""

    span: Span
    key: Name
    settings: tuple[Setting, ...]
    quoted: bool = False
    doc: str | None = None


Setting: TypeAlias = SetValue | SetBlock

# ---- declarations ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edition:
    span: Span
    number: int


@dataclass(frozen=True, slots=True)
class UseModule:
    """`use std.data` or `use std.data as d`."""

    span: Span
    path: Name
    alias: Name | None


@dataclass(frozen=True, slots=True)
class UseNames:
    """`use std.deploy.{canary, rollback}`."""

    span: Span
    path: Name
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class UseFile:
    """`use "shared/steps.mlp" as steps`."""

    span: Span
    path: Literal
    alias: Name


@dataclass(frozen=True, slots=True)
class Constant:
    span: Span
    name: Name
    value: Expr
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a schema."""

    span: Span
    name: Name
    type: TypeExpr
    default: Expr | None
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """`check condition else fail "text"` inside a schema."""

    span: Span
    condition: Expr
    policy: Name | None
    message: Expr | None


@dataclass(frozen=True, slots=True)
class Schema:
    span: Span
    name: Name
    members: tuple[Field | Check, ...]
    doc: str | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(m for m in self.members if isinstance(m, Field))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(m for m in self.members if isinstance(m, Check))


@dataclass(frozen=True, slots=True)
class Parameter:
    span: Span
    name: Name
    type: TypeExpr
    default: Expr | None
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class OutputPort:
    """`model: Model` in a step's signature."""

    span: Span
    name: Name
    type: TypeExpr
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """`run python "m:f"`; `settings` is the block of `run container "img" { … }`."""

    span: Span
    kind: Name
    body: Expr
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class TargetPatch:
    """`target sagemaker { … }` inside a step."""

    span: Span
    target: Name
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Step:
    span: Span
    name: Name
    parameters: tuple[Parameter, ...]
    outputs: tuple[OutputPort, ...]
    runs: tuple[Run, ...]
    settings: tuple[Setting, ...]
    patches: tuple[TargetPatch, ...]
    doc: str | None = None


# ---- pipelines ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WithClause:
    span: Span
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A dotted name in statement position: `after a.b`, `override step.fit`, `given run.day`."""

    span: Span
    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        return ".".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Compute:
    """The right-hand side of a binding: an expression (usually a call) with its clauses."""

    span: Span
    value: Expr
    options: WithClause | None
    after: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Bind:
    """`x = …`. A `Missing` value stands for a half-typed line."""

    span: Span
    name: Name
    value: Compute | ForBlock | WhenBlock | PartitionBlock
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class CallStatement:
    """A bare call."""

    span: Span
    call: Compute


@dataclass(frozen=True, slots=True)
class Block:
    """`{ statements }`; the span includes the braces."""

    span: Span
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class ForBlock:
    span: Span
    keyword: Span
    variable: Name
    items: Expr
    options: WithClause | None
    body: Block


@dataclass(frozen=True, slots=True)
class WhenBlock:
    """`when c { … } else when d { … } else { … }`; `otherwise` nests for `else when`."""

    span: Span
    keyword: Span
    condition: Expr
    body: Block
    otherwise: Block | WhenBlock | None


@dataclass(frozen=True, slots=True)
class PartitionBlock:
    span: Span
    keyword: Span
    grain: Name
    arguments: tuple[Argument, ...]
    variable: Name | None
    options: WithClause | None
    body: Block


@dataclass(frozen=True, slots=True)
class Yield:
    span: Span
    value: Expr


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect condition else fail "text"`."""

    span: Span
    condition: Expr
    policy: Name | None
    message: Expr | None


@dataclass(frozen=True, slots=True)
class Approve:
    span: Span
    message: Expr
    options: WithClause | None


Statement: TypeAlias = (
    Bind | CallStatement | ForBlock | WhenBlock | PartitionBlock | Yield | Expect | Approve
)


@dataclass(frozen=True, slots=True)
class Output:
    """`output name: T = expr`."""

    span: Span
    name: Name
    type: TypeExpr | None
    value: Expr
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """`on failure { … }`, `on success { … }`; `event` is `finally` for `finally { … }`."""

    span: Span
    event: Name
    body: Block


PipelineItem: TypeAlias = Statement | Output | Hook


@dataclass(frozen=True, slots=True)
class Pipeline:
    span: Span
    name: Name
    parameters: tuple[Parameter, ...]
    options: WithClause | None
    items: tuple[PipelineItem, ...]
    doc: str | None = None


# ---- targets and tests ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Override:
    """`override fit { … }`, `override step.fit { … }`."""

    span: Span
    ref: Ref
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """`target prod: argo { … }`; `kind` is None where it was left out."""

    span: Span
    name: Name
    kind: Name | None
    settings: tuple[Setting, ...]
    overrides: tuple[Override, ...]
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    span: Span
    ref: Ref
    value: Expr


@dataclass(frozen=True, slots=True)
class Stub:
    span: Span
    ref: Ref
    value: Expr


@dataclass(frozen=True, slots=True)
class Test:
    span: Span
    title: Literal
    subject: Ref
    items: tuple[Given | Stub | Expect, ...]
    doc: str | None = None


Use: TypeAlias = UseModule | UseNames | UseFile
Declaration: TypeAlias = Use | Constant | Schema | Step | Pipeline | Target | Test


@dataclass(frozen=True, slots=True)
class File:
    """A whole file: an optional edition and its declarations in order.

    `broken` names the declarations that could not be read; nothing is known of them but the name.
    """

    span: Span
    edition: Edition | None
    declarations: tuple[Declaration, ...]
    broken: tuple[Name, ...] = ()

    def of(self, kind: type[D]) -> Sequence[D]:
        """The declarations of one kind, in order."""
        return [d for d in self.declarations if isinstance(d, kind)]
