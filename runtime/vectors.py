"""Expressions over whole columns: what `evaluate` says row by row, said by pyarrow at once.

A missing element of a result means what the evaluator says of that row: that there is no value,
or, in a `Vector.missing`, the value none. What cannot be said so is left to the evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from .arrow import arrow
from .artifact import Json
from .dataclass import dataclass
from .descriptors import Type, kind
from .evaluate import EvaluationError, evaluate
from .quantities import Size


class NotVectorised(Exception):  # noqa: N818 - an answer, not a fault
    """The expression has to be evaluated row by row."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A pyarrow array, or scalar for all rows, of one family of values.

    `missing`: an element that is not there is the value none, not the lack of a value.
    """

    data: Any
    family: str
    missing: bool = False


Vectors = Mapping[str, Vector]

_FAMILIES = {
    "Int": "int",
    "Float": "float",
    "String": "text",
    "enum": "text",
    "Bool": "bool",
    "Date": "date",
    "Time": "time",
    "Duration": "duration",
    "Size": "size",
}


def vector_of(column: Any, type: Type) -> Vector | None:
    """A column as `columns.typed` gives it, None where its type has no vectors."""
    family = _FAMILIES.get(kind(type))
    return None if family is None else Vector(column, family, missing=column.null_count > 0)


def truth(expression: Json, columns: Vectors) -> Any:
    """Where an expression is true: a pyarrow array or scalar of Bool, missing where it has no
    value. Raises `NotVectorised`, also where it is the rows that make it impossible."""
    try:
        vector = _vector(expression, columns)
    except (ValueError, NotImplementedError, OverflowError, EvaluationError):
        raise NotVectorised from None
    if vector.family != "bool":
        raise NotVectorised
    return vector.data


def _pa() -> Any:
    return arrow("pyarrow", "checking the rows of a dataset")


def _pc() -> Any:
    return arrow("pyarrow.compute", "checking the rows of a dataset")


def _vector(expression: Json, columns: Vectors) -> Vector:
    form = cast("list[Json]", expression)
    head = cast(str, form[0])
    if head == "ref" and form[1] in columns:
        return columns[cast(str, form[1])]
    if head == "lit":
        return _constant(evaluate(expression, {}))
    if head in ("in", "not in"):
        item = _vector(form[1], columns)
        found = _member(item, _constants(form[2]))
        return found if head == "in" else _not(found)
    if head == "call" and form[1] == "len" and len(cast("list[Json]", form[2])) == 1:
        return _length(_vector(cast("list[Json]", form[2])[0], columns))
    if head == "call" and form[1] == "matches":
        return _matching(form, columns)
    if head not in _OPERATORS:
        raise NotVectorised
    return _OPERATORS[head](*(_vector(part, columns) for part in form[1:]))


def _constant(value: object) -> Vector:
    pa = _pa()
    if value is None:
        return Vector(pa.scalar(None), "none", missing=True)
    for of, family, stored in (
        (bool, "bool", pa.bool_()),
        (Size, "size", pa.int64()),
        (int, "int", pa.int64()),
        (float, "float", pa.float64()),
        (str, "text", pa.large_string()),
        (datetime, "time", pa.timestamp("us", "UTC")),
        (date, "date", pa.date32()),
        (timedelta, "duration", pa.duration("us")),
    ):
        if isinstance(value, of):
            return Vector(pa.scalar(value, stored), family)
    raise NotVectorised


def _constants(expression: Json) -> list[object]:
    value = evaluate(expression, {})
    if not isinstance(value, list):
        raise NotVectorised
    return cast("list[object]", value)


def _alike(a: Vector, b: Vector) -> tuple[Vector, Vector]:
    """Two vectors of one family; a whole number beside a Float is one."""
    if a.family == b.family:
        return a, b
    if {a.family, b.family} == {"int", "float"}:
        return _float(a), _float(b)
    raise NotVectorised


def _float(a: Vector) -> Vector:
    if a.family not in ("int", "float"):
        raise NotVectorised
    # Refused by pyarrow where a Float cannot hold the number exactly.
    return Vector(_pc().cast(a.data, _pa().float64()), "float", a.missing)


def _truths(*vectors: Vector) -> list[Any]:
    if any(vector.family != "bool" for vector in vectors):
        raise NotVectorised
    return [vector.data for vector in vectors]


def _not(a: Vector) -> Vector:
    return Vector(_pc().invert(*_truths(a)), "bool")


def _and(a: Vector, b: Vector) -> Vector:
    left, right = _truths(a, b)
    return Vector(_pc().if_else(left, right, _pa().scalar(False)), "bool")


def _or(a: Vector, b: Vector) -> Vector:
    left, right = _truths(a, b)
    return Vector(_pc().if_else(left, _pa().scalar(True), right), "bool")


def _coalesce(a: Vector, b: Vector) -> Vector:
    if not a.missing:
        return a
    a, b = _alike(a, b)
    return Vector(_pc().coalesce(a.data, b.data), a.family, b.missing)


def _if(condition: Vector, then: Vector, otherwise: Vector) -> Vector:
    (chosen,) = _truths(condition)
    then, otherwise = _alike(then, otherwise)
    if then.missing or otherwise.missing:
        raise NotVectorised
    return Vector(_pc().if_else(chosen, then.data, otherwise.data), then.family)


def _equal(a: Vector, b: Vector) -> Vector:
    pa, pc = _pa(), _pc()
    if a.family == "none":
        a, b = b, a
    if b.family == "none":
        none = pc.is_null(a.data)
        lacks = None if a.missing else pa.scalar(None, pa.bool_())
        return Vector(none if lacks is None else pc.if_else(none, lacks, none), "bool")
    a, b = _alike(a, b)
    same = pc.equal(a.data, b.data)
    if not a.missing and not b.missing:
        return Vector(same, "bool")
    both = pc.and_(pc.is_null(a.data), pc.is_null(b.data))
    known = pc.coalesce(same, both if a.missing and b.missing else pa.scalar(False))
    for side in (a, b):
        if not side.missing:
            known = pc.if_else(pc.is_valid(side.data), known, pa.scalar(None, pa.bool_()))
    return Vector(known, "bool")


def _ordered(name: str) -> Callable[[Vector, Vector], Vector]:
    def compare(a: Vector, b: Vector) -> Vector:
        a, b = _alike(a, b)
        if a.family in ("bool", "none"):
            raise NotVectorised
        return Vector(getattr(_pc(), name)(a.data, b.data), "bool")

    return compare


def _arithmetic(name: str) -> Callable[[Vector, Vector], Vector]:
    def compute(a: Vector, b: Vector) -> Vector:
        a, b = _alike(a, b)
        if a.family == "int":
            return Vector(getattr(_pc(), f"{name}_checked")(a.data, b.data), "int")
        return _finite(getattr(_pc(), name)(_float(a).data, _float(b).data))

    return compute


def _divide(a: Vector, b: Vector) -> Vector:
    return _finite(_pc().divide(_float(a).data, _float(b).data))


def _finite(data: Any) -> Vector:
    pa, pc = _pa(), _pc()
    return Vector(pc.if_else(pc.is_finite(data), data, pa.scalar(None, pa.float64())), "float")


def _negative(a: Vector) -> Vector:
    if a.family not in ("int", "float"):
        raise NotVectorised
    return Vector(_pc().negate_checked(a.data), a.family)


def _member(item: Vector, values: list[object]) -> Vector:
    pa, pc = _pa(), _pc()
    families = {_constant(value).family for value in values}
    if not families <= {item.family} or item.family == "none":
        raise NotVectorised
    held = item.data
    if item.family == "float":
        held = pc.add(held, 0.0)
        values = [cast(float, value) + 0.0 for value in values]
    found = pc.is_in(held, value_set=pa.array(values, held.type))
    if not item.missing:
        found = pc.if_else(pc.is_valid(item.data), found, pa.scalar(None, pa.bool_()))
    return Vector(found, "bool")


def _length(a: Vector) -> Vector:
    if a.family != "text":
        raise NotVectorised
    return Vector(_pc().cast(_pc().utf8_length(a.data), _pa().int64()), "int")


def _matching(form: list[Json], columns: Vectors) -> Vector:
    """Every distinct text is matched once, by the evaluator: pyarrow knows other patterns."""
    pa, pc = _pa(), _pc()
    texts, *rest = cast("list[Json]", form[2])
    column = _vector(texts, columns)
    if column.family != "text" or isinstance(column.data, pa.Scalar):
        raise NotVectorised
    more = form[3] if len(form) > 3 else {}
    distinct = column.data.unique().drop_null()
    kept = [
        text
        for text in distinct.to_pylist()
        if evaluate(["call", "matches", [["lit", "String", text], *rest], more], {})
    ]
    found = pc.is_in(column.data, value_set=pa.array(kept, column.data.type))
    return Vector(pc.if_else(pc.is_valid(column.data), found, pa.scalar(None, pa.bool_())), "bool")


_OPERATORS: dict[str, Callable[..., Vector]] = {
    "not": _not,
    "and": _and,
    "or": _or,
    "??": _coalesce,
    "if": _if,
    "==": _equal,
    "!=": lambda a, b: _not(_equal(a, b)),
    "<": _ordered("less"),
    "<=": _ordered("less_equal"),
    ">": _ordered("greater"),
    ">=": _ordered("greater_equal"),
    "+": _arithmetic("add"),
    "-": _arithmetic("subtract"),
    "*": _arithmetic("multiply"),
    "/": _divide,
    "neg": _negative,
    "float": _float,
}
