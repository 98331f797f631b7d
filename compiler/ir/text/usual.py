"""The type that an operator usually gives: the text form writes a type only where it differs."""

from __future__ import annotations

from collections.abc import Sequence

from ...types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    JSON,
    SIZE,
    STRING,
    TIME,
    UNKNOWN,
    Column,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
)

_TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "not"})


def usual_type(operator: str, operands: Sequence[Type], names: Sequence[str]) -> Type:
    """A guess from the operands alone, `_` where there is none; reader and writer share it."""
    if operator in _TRUTHS:
        return BOOL
    match operator, operands:
        case "text", _:
            return STRING
        case "/", (first, second):
            return FLOAT if first in (INT, FLOAT) or first == second else first
        case "-", (first, second) if first == second and first in (DATE, TIME):
            return DURATION
        case (("+" | "-" | "*"), (first, second)):
            return second if _leads(second, first) else first
        case "neg", (first,):
            return first
        case "??", (_, second):
            return second
        case "if", (_, second, _):
            return second
        case "field", (owner,):
            return _field(owner, names[0])
        case "field?", (owner,):
            inner = owner.inner if isinstance(owner, Optional) else owner
            return Optional(_field(inner, names[0]))
        case "index", (ListOf(item) | MapOf(item), _):
            return item
        case (("soft" | "hindsight"), (first,)):
            return first if isinstance(first, Optional) else Optional(first)
        case "float", (first,):
            return Optional(FLOAT) if isinstance(first, Optional) else FLOAT
        case (("list" | "gather"), (first, *_)):
            return ListOf(first)
        case "record", _:
            return Row(None, tuple(map(Column, names, operands)))
        case "call", _ if names[0] == "len":
            return INT
        case "call", (ListOf(item), *_) if names[0] in ("max_by", "min_by"):
            return item
        case _:
            return UNKNOWN


def _leads(second: Type, first: Type) -> bool:
    """Whether the second operand decides: `1 + 0.5`, `7d + 2026-11-22`, `2 * 30m`."""
    return (first, second) == (INT, FLOAT) or (
        first in (INT, FLOAT, DURATION) and second in (DATE, TIME, DURATION, SIZE)
    )


def _field(owner: Type, name: str) -> Type:
    match owner:
        case Row() as row:
            return row.column(name) or UNKNOWN
        case Metrics(row):
            return FLOAT if row is None else row.column(name) or FLOAT
        case MapOf(item):
            return item
        case _:
            return JSON if owner == JSON else UNKNOWN
