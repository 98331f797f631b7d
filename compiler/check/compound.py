"""The types of lists and records from those of their parts, and of what is taken out of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..syntax import ast
from ..types.relate import assignable, join, present, widen
from ..types.types import (
    INT,
    STRING,
    UNKNOWN,
    Column,
    Json,
    ListOf,
    MapOf,
    Optional,
    Row,
    Type,
    Unknown,
    show,
)
from .assign import Place, fits
from .finding import finding
from .missing import report_missing
from .scope import Scope


def wanted_items(wanted: Type) -> Type:
    """What a place that wants this type wants of the items of a list."""
    match present(wanted):
        case ListOf(item):
            return item
        case Json() as inner:
            return inner
        case _:
            return UNKNOWN


def list_type(expr: ast.ListOf, items: Sequence[Type], wanted: Type, scope: Scope) -> Type:
    """Of a list with items of these types, in a place that wants `wanted`."""
    inner, item_wanted = present(wanted), wanted_items(wanted)
    mixed = isinstance(inner, ListOf) and isinstance(inner.item, Unknown)
    whole: Type | None = None
    for item, type_ in zip(expr.items, items, strict=True):
        both = type_ if whole is None else join(whole, type_)
        if both is None and mixed:
            both = UNKNOWN
        elif both is None:
            assert whole is not None
            if isinstance(item_wanted, Unknown):
                scope.file.add(
                    finding(
                        "MLP0301",
                        f"`{show(widen(type_))}` given, `{show(widen(whole))}` wanted",
                        item.span,
                        "the items of a list have one type",
                    )
                )
                return UNKNOWN
            # The place that wants the list says which of its items are wrong.
            fit = assignable(whole, item_wanted)
            both = type_ if fit else whole
            if fit and isinstance(item_wanted, Json) and assignable(type_, item_wanted):
                both = item_wanted
        whole = both
    return ListOf(UNKNOWN if whole is None else whole)


def record_type(expr: ast.Record, fields: Sequence[Type], scope: Scope) -> Type:
    """Of a record with fields of these types."""
    columns: dict[str, Column] = {}
    for entry, type_ in zip(expr.entries, fields, strict=True):
        name = entry.key.text
        if name in columns:
            scope.file.add(
                finding("MLP0504", f"`{name}` is set twice", entry.key.span, "again here")
            )
            continue
        columns[name] = Column(name, type_)
    return Row(None, tuple(columns.values()))


def wanted_field(name: str, wanted: Type) -> Type:
    """What a place that wants this type wants of one field of a record."""
    match present(wanted):
        case Row() as record:
            return record.column(name) or UNKNOWN
        case MapOf(item):
            return item
        case Json() as inner:
            return inner
        case _:
            return UNKNOWN


def index_type(expr: ast.Index, base: Type, index: Type, scope: Scope) -> Type:
    """Of `base[index]`, a list's or Map's element."""
    if isinstance(base, Unknown) or isinstance(index, Unknown):
        return UNKNOWN
    match base:
        case Optional():
            report_missing(expr.base, base, "nothing can be taken from what may be missing", scope)
            return UNKNOWN
        case ListOf(item):
            fits(expr.index, index, INT, Place("[ ]"), scope)
            return item
        case MapOf(item):
            fits(expr.index, index, STRING, Place("[ ]"), scope)
            return item
        case Json():
            return base
        case _:
            scope.file.add(
                finding(
                    "MLP0301",
                    f"`{show(widen(base))}` given, a list or a Map wanted",
                    expr.base.span,
                    "only lists and Maps have elements",
                )
            )
            return UNKNOWN
