"""The expressions that a graph is made of: free of text and of any engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NewType, TypeAlias, assert_never

from ...runtime.dataclass import dataclass, replace
from ..types.types import Type

NodeId = NewType("NodeId", str)
CacheKey = NewType("CacheKey", str)

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value known now, as JSON of its type (see `runtime/descriptors.py`)."""

    type: Type
    value: Json


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """A pipeline parameter, or a field of the run such as `run.day`."""

    type: Type
    name: str


@dataclass(frozen=True, slots=True)
class PortRef:
    """An output of another node."""

    type: Type
    node: NodeId
    port: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or built-in function applied to operands.

    `operator` is a word of `runtime/evaluate.py`: `+ - * / == != < <= > >= in "not in" and or
    not neg float ?? if text list record field field? index each call soft gather absent`. `names`
    carries what is no expression: field names of a record, the field of `field`, the words of
    `absent`, the function of `call` followed by the names of its named operands ("" for
    positional ones).
    """

    type: Type
    operator: str
    operands: tuple[Expr, ...]
    names: tuple[str, ...] = ()


Expr: TypeAlias = Literal | ParameterRef | PortRef | Apply


def references(expression: Expr) -> Sequence[ParameterRef | PortRef]:
    """Every parameter and port that an expression reads, in order, with repeats."""
    if isinstance(expression, Literal):
        return ()
    if isinstance(expression, ParameterRef | PortRef):
        return (expression,)
    return [read for operand in expression.operands for read in references(operand)]


def hard_references(expression: Expr) -> Iterator[ParameterRef | PortRef]:
    """The references without which there is no value: `soft` and its like do without."""
    match expression:
        case Literal():
            return
        case ParameterRef() | PortRef():
            yield expression
        case Apply(operator="soft" | "hindsight" | "gather"):
            return
        case Apply(operands=operands):
            for operand in operands:
                yield from hard_references(operand)
        case _:
            assert_never(expression)


def sure_references(expression: Expr) -> Iterator[ParameterRef | PortRef]:
    """The references that are read in any case: `and`, `or`, `??` and `if` look at their first
    operand, and at others as it says."""
    match expression:
        case Literal():
            return
        case ParameterRef() | PortRef():
            yield expression
        case Apply(operator="and" | "or" | "??" | "if", operands=(first, *_)):
            yield from sure_references(first)
        case Apply(operands=operands):
            for operand in operands:
                yield from sure_references(operand)
        case _:
            assert_never(expression)


def rename_ports(expression: Expr, names: dict[NodeId, NodeId]) -> Expr:
    """The expression with nodes replaced as `names` says."""
    match expression:
        case Literal() | ParameterRef():
            return expression
        case PortRef(_, node, _):
            return replace(expression, node=names[node]) if node in names else expression
        case Apply(_, _, operands, _):
            return replace(expression, operands=tuple(rename_ports(o, names) for o in operands))
        case _:
            assert_never(expression)


def reference_name(reference: ParameterRef | PortRef) -> str:
    """The name under which the evaluator finds a reference."""
    match reference:
        case ParameterRef(_, name):
            return name
        case PortRef(_, node, port):
            return f"{node}.{port}"
        case _:
            assert_never(reference)
