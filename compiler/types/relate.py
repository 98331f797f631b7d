"""How types relate: what fits where, what two values have in common, what can be compared."""

from __future__ import annotations

from typing import Literal

from ...runtime.dataclass import dataclass
from .types import (
    BOOL,
    FLOAT,
    INT,
    SCALARS,
    STRING,
    UNKNOWN,
    Artifact,
    Column,
    Dataset,
    EnumOf,
    Json,
    ListOf,
    MapOf,
    Metrics,
    Missing,
    Optional,
    Per,
    Row,
    Scalar,
    Secret,
    Type,
    Unknown,
)

ORDERED = frozenset({"Int", "Float", "Duration", "Size", "Date", "Time", "String"})


def assignable(given: Type, wanted: Type) -> bool:
    """Whether a value of type `given` may stand where `wanted` is asked for.

    An unknown type fits everywhere: the mistake behind it was reported already.
    """
    if given == wanted or isinstance(given, Unknown) or isinstance(wanted, Unknown):
        return True
    match given, wanted:
        case (Optional(a), Optional(b)):
            return assignable(a, b)
        case (Missing(), Optional() | Json()):
            return True
        case (_, Optional(b)):
            return assignable(given, b)
        case (Scalar("Int"), Scalar("Float")):
            return True
        case (EnumOf(), Scalar("String")):
            return True
        case (EnumOf(values), EnumOf(choices)):
            return set(values) <= set(choices)
        case (ListOf(a), ListOf(b)) | (MapOf(a), MapOf(b)):
            return assignable(a, b)
        case (Row(None, columns), MapOf(item)):
            return all(assignable(column.type, item) for column in columns)
        case (Row() as a, Row() as b):
            return _wide_enough(a, b)
        case (Dataset(_), Dataset(None)) | (Metrics(_), Metrics(None)):
            return True
        case (Dataset(Row() as a), Dataset(Row() as b)) | (
            Metrics(Row() as a),
            Metrics(Row() as b),
        ):
            return _wide_enough(a, b)
        case (Row() as a, Metrics(row)):
            return all(is_number(column.type) for column in a.columns) and (
                row is None or _wide_enough(a, row)
            )
        case (_, Json()):
            return is_json(given)
        case _:
            return False


def _wide_enough(given: Row, wanted: Row) -> bool:
    columns = {column.name: column.type for column in given.columns}
    return all(
        column.name in columns and assignable(columns[column.name], column.type)
        for column in wanted.columns
    )


def is_json(type_: Type) -> bool:
    """Whether every value of the type is plain data: scalars, and lists and records of them."""
    match type_:
        case Optional(inner) | ListOf(inner) | MapOf(inner):
            return is_json(inner)
        case Row(_, columns):
            return all(is_json(column.type) for column in columns)
        case Artifact() | Dataset() | Secret() | Per():
            return False
        case _:
            return True


@dataclass(frozen=True, slots=True)
class ColumnFit:
    """How one wanted column is met."""

    column: Column
    given: Type | None
    fit: Literal["ok", "missing", "may be empty", "differs"]


def column_fits(given: Row, wanted: Row) -> tuple[ColumnFit, ...]:
    """For each wanted column, in order, whether `given` has it in a type that fits."""
    fits = []
    for column in wanted.columns:
        have = given.column(column.name)
        if have is None:
            fits.append(ColumnFit(column, None, "missing"))
        elif assignable(have, column.type):
            fits.append(ColumnFit(column, have, "ok"))
        elif isinstance(have, Optional) and assignable(have.inner, column.type):
            fits.append(ColumnFit(column, have, "may be empty"))
        else:
            fits.append(ColumnFit(column, have, "differs"))
    return tuple(fits)


def optional(type_: Type) -> Type:
    """`T?`, without doubling the mark."""
    return type_ if isinstance(type_, Optional | Unknown | Missing) else Optional(type_)


def present(type_: Type) -> Type:
    """`T` of `T?`; other types as they are."""
    return type_.inner if isinstance(type_, Optional) else type_


def may_be_missing(type_: Type) -> bool:
    return isinstance(type_, Optional | Missing)


def is_number(type_: Type) -> bool:
    return isinstance(type_, Unknown) or type_ in (INT, FLOAT)


def widen(type_: Type) -> Type:
    """The type without what only this one text says: `"a"` alone is a String."""
    match type_:
        case EnumOf((_,)):
            return STRING
        case Optional(inner):
            return Optional(widen(inner))
        case ListOf(item):
            return ListOf(widen(item))
        case MapOf(item):
            return MapOf(widen(item))
        case Row(None, columns):
            return Row(None, tuple(Column(c.name, widen(c.type)) for c in columns))
        case _:
            return type_


def join(a: Type, b: Type) -> Type | None:
    """The narrowest type that both fit, None where they have nothing in common."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    match a, b:
        case (Missing(), _):
            return optional(b)
        case (_, Missing()):
            return optional(a)
        case (Optional(), _) | (_, Optional()):
            inner = join(present(a), present(b))
            return None if inner is None else optional(inner)
        case (EnumOf(left), EnumOf(right)):
            return EnumOf(tuple(dict.fromkeys((*left, *right))))
        case (ListOf(left), ListOf(right)):
            inner = join(left, right)
            return None if inner is None else ListOf(inner)
        case (Row(None), Row(None)):
            return _join_records(a, b)
        case _:
            return b if assignable(a, b) else a if assignable(b, a) else None


def _join_records(a: Row, b: Row) -> Type | None:
    """Two records have in common the fields that both have; without any, nothing."""
    columns: list[Column] = []
    for column in a.columns:
        other = b.column(column.name)
        both = None if other is None else join(column.type, other)
        if both is not None:
            columns.append(Column(column.name, both))
    return Row(None, tuple(columns)) if columns or a == b else None


def comparable(a: Type, b: Type) -> bool:
    """Whether `==` makes sense between the two."""
    if isinstance(a, EnumOf) and isinstance(b, EnumOf):
        single = len(a.values) == len(b.values) == 1
        return single or bool(set(a.values) & set(b.values))
    return assignable(a, b) or assignable(b, a)


def ordered(a: Type, b: Type) -> bool:
    """Whether `<` makes sense between the two."""
    return all(
        isinstance(t, Unknown | EnumOf) or (isinstance(t, Scalar) and t.name in ORDERED)
        for t in (a, b)
    ) and comparable(a, b)


def in_text(type_: Type) -> bool:
    """Whether a value can be written inside `f"…"`."""
    return isinstance(type_, EnumOf | Unknown) or type_ in SCALARS.values()


def is_condition(type_: Type) -> bool:
    return isinstance(type_, Unknown) or type_ == BOOL
