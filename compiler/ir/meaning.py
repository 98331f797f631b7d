"""What expressions mean: the bridge to the one evaluator, which lies in the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ...runtime import evaluate as evaluator
from ...runtime import values
from ...runtime.dataclass import replace
from ...runtime.descriptors import ValueMismatch
from ..types.types import Type, descriptor
from .values import (
    Apply,
    Expr,
    Json,
    Literal,
    ParameterRef,
    PortRef,
    reference_name,
    references,
)

LAZY = ("and", "or", "??", "if")


def to_json(expression: Expr) -> list[Json]:
    """The expression as `runtime/evaluate.py` reads it."""
    match expression:
        case Literal(type_, value):
            return ["lit", descriptor_of(type_), value]
        case ParameterRef() | PortRef():
            return ["ref", reference_name(expression)]
        case Apply(_, operator, operands, names):
            parts: list[Json] = [to_json(operand) for operand in operands]
            match operator:
                case "field" | "field?" | "each":
                    return [operator, parts[0], names[0] if names else None]
                case "list" | "text" | "gather":
                    return [operator, parts]
                case "absent":
                    return [operator, names[0]]
                case "record":
                    return [operator, [list(pair) for pair in zip(names, parts, strict=True)]]
                case "call":
                    return _call(names, parts)
                case _:
                    return [operator, *parts]
        case _:
            assert_never(expression)


def _call(names: tuple[str, ...], parts: list[Json]) -> list[Json]:
    pairs = list(zip(names[1:], parts, strict=True))
    positional: list[Json] = [part for name, part in pairs if not name]
    named: dict[str, Json] = {name: part for name, part in pairs if name}
    return ["call", names[0], positional, named]


def descriptor_of(type_: Type) -> Json:
    """The type as the runtime reads it."""
    return descriptor(type_)  # type: ignore[return-value]  # JSON by construction


def evaluate(expression: Expr, names: Mapping[str, object]) -> object:
    """The value, with parameters and `node.port` found in `names`.

    Raises `evaluator.EvaluationError` where the rules give no value, KeyError for an unknown name.
    """
    return evaluator.evaluate(to_json(expression), names)


def constant(type_: Type, value: object) -> Literal:
    """A Python value as a literal. Raises `ValueMismatch`."""
    return Literal(type_, values.encode(descriptor_of(type_), value))


def widened(literal: Literal, type_: Type) -> Literal:
    """A literal as one of a type that takes it: `1` as a Float, `none` as a `T?`."""
    return literal if literal.type == type_ else constant(type_, value_of(literal))


def value_of(literal: Literal) -> object:
    """The Python value of a literal."""
    return values.decode(descriptor_of(literal.type), literal.value)


def fold(expression: Expr, known: Mapping[str, Expr]) -> Expr:
    """The expression with every part that is known computed; its type stays what it was.

    A part whose evaluation fails (division by zero) is left as it is: it fails where it is used.
    """
    match expression:
        case Literal():
            return expression
        case ParameterRef() | PortRef():
            found = known.get(reference_name(expression))
            return expression if found is None else _as(found, expression.type)
        case Apply(operator=operator, operands=operands):
            folded = replace(expression, operands=tuple(fold(o, known) for o in operands))
            if operator in LAZY:
                decided = _decided(folded)
                if decided is not None:
                    return _as(decided, expression.type)
            if all(isinstance(operand, Literal) for operand in folded.operands):
                try:
                    return constant(folded.type, evaluate(folded, {}))
                except (evaluator.EvaluationError, ValueMismatch):
                    return folded
            return folded
        case _:
            assert_never(expression)


def _as(expression: Expr, type_: Type) -> Expr:
    """The expression under a type that takes it: `1` where a Float is wanted becomes `1.0`."""
    if isinstance(expression, Literal):
        return widened(expression, type_)
    return replace(expression, type=type_)


def _decided(expression: Apply) -> Expr | None:
    """The operand that a lazy operator comes to when its first one is known."""
    first = expression.operands[0]
    if not isinstance(first, Literal):
        return None
    match expression.operator, first.value:
        case ("and", True) | ("or", False) | ("??", None):
            return expression.operands[1]
        case ("and", False) | ("or", True) | ("??", _):
            return first
        case ("if", bool(chosen)):
            return expression.operands[1 if chosen else 2]
        case _:
            return None


def known_now(expression: Expr) -> bool:
    """Whether the expression reads no output of a node."""
    return not any(isinstance(r, PortRef) for r in references(expression))
