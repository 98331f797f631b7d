"""What built-in functions return, for the arguments that they were given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import join, may_be_missing, ordered, widen
from ..types.types import (
    FLOAT,
    INT,
    STRING,
    UNKNOWN,
    Column,
    EnumOf,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Scalar,
    Type,
    Unknown,
    show,
)
from .closest import closest
from .finding import finding
from .missing import report_missing
from .origin import shortened
from .scope import Scope

SCHEDULE = Scalar("Schedule")
BACKOFF = Scalar("Backoff")
Given: TypeAlias = Sequence[tuple[ast.Argument, Type]]


def always(type_: Type) -> Callable[[ast.Call, Given, Scope], Type]:
    return lambda call, given, scope: type_


def _items(argument: ast.Argument, type_: Type, scope: Scope) -> Type | None:
    """The type of a list's items, None after reporting that it is no list."""
    if isinstance(type_, Unknown):
        return UNKNOWN
    if isinstance(type_, ListOf):
        return type_.item
    if isinstance(type_, Optional) and isinstance(type_.inner, ListOf):
        report_missing(argument.value, type_, "a list is needed here", scope)
        return None
    scope.file.add(
        finding(
            "MLP0301",
            f"`{show(widen(type_))}` given, a list wanted",
            argument.value.span,
            "this is not a list",
        )
    )
    return None


def rows(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`grid` and `zip`: a list of records with one field per named list."""
    columns = []
    for argument, type_ in given:
        item = _items(argument, type_, scope)
        name = argument.name.text if argument.name is not None else ""
        columns.append(Column(name, UNKNOWN if item is None else widen(item)))
    return ListOf(Row(None, tuple(columns)))


def length(call: ast.Call, given: Given, scope: Scope) -> Type:
    argument, type_ = given[0]
    if may_be_missing(type_):
        report_missing(argument.value, type_, "`len` needs a value here", scope)
    elif not isinstance(type_, ListOf | MapOf | EnumOf | Unknown) and type_ != STRING:
        scope.file.add(
            finding(
                "MLP0301",
                f"`{show(type_)}` given, a list, a Map or a String wanted",
                argument.value.span,
                "this has no length",
            )
        )
    return INT


def joined(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`concat`: one list of what all lists hold."""
    whole: Type | None = None
    for argument, type_ in given:
        item = _items(argument, type_, scope)
        if item is None:
            return UNKNOWN
        both = item if whole is None else join(whole, item)
        if both is None:
            assert whole is not None
            scope.file.add(
                finding(
                    "MLP0301",
                    f"`{show(widen(type_))}` given, `{show(ListOf(widen(whole)))}` wanted",
                    argument.value.span,
                    "the lists hold different things",
                )
            )
            return UNKNOWN
        whole = both
    return ListOf(whole if whole is not None else UNKNOWN)


def extreme(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`min` and `max` of a list or of the arguments."""
    types = [type_ for _, type_ in given]
    if len(types) == 1:
        item = _items(given[0][0], types[0], scope)
        types = [] if item is None else [item]
    best: Type | None = None
    for (argument, _), type_ in zip(given, types, strict=False):
        if may_be_missing(type_):
            report_missing(argument.value, type_, "it cannot be compared while missing", scope)
            return UNKNOWN
        if not ordered(type_, type_ if best is None else best):
            scope.file.add(
                finding(
                    "MLP0309",
                    f"`{_name(call)}` compares {shortened(show(widen(best or type_)))}"
                    f" with {shortened(show(widen(type_)))}",
                    argument.value.span,
                    "these two cannot be compared",
                )
            )
            return UNKNOWN
        best = type_ if best is None else join(best, type_)
    return UNKNOWN if best is None else best


def _name(call: ast.Call) -> str:
    return call.callee.name if isinstance(call.callee, ast.NameRef) else ""


def best_by(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`max_by` and `min_by`: the item whose field is best."""
    item = _items(*given[0], scope)
    if len(given) < 2 or item is None:
        return UNKNOWN
    argument = given[1][0]
    if not isinstance(argument.value, ast.Accessor):
        _report_no_accessor(argument.value, scope)
        return item
    field = argument.value.field
    if isinstance(item, Unknown):
        return UNKNOWN
    columns = item.columns if isinstance(item, Row) else ()
    if isinstance(item, Metrics):
        if item.row is None:
            return item
        columns = item.row.columns
    found = next((column.type for column in columns if column.name == field.text), None)
    if found is None:
        near = closest(field.text, [column.name for column in columns])
        fixes = []
        if near is not None:
            fixes.append(Fix(f"rename it to `{near}`", (Edit(field.span, near),), safe=True))
        scope.file.add(
            finding(
                "MLP0204",
                f"the items of this list have no field called `{field.text}`",
                field.span,
                f"did you mean `{near}`?" if near else shortened(f"they are {show(item)}", 60),
                fixes=fixes,
            )
        )
    elif may_be_missing(found) or not ordered(found, found):
        scope.file.add(
            finding(
                "MLP0309",
                f"`{_name(call)}` compares {shortened(show(found))} with {shortened(show(found))}",
                field.span,
                "this field has no order",
            )
        )
    return item


def _report_no_accessor(value: ast.Expr, scope: Scope) -> None:
    word = None
    if isinstance(value, ast.Literal) and isinstance(value.value, str):
        word = value.value
    elif isinstance(value, ast.NameRef):
        word = value.name
    shown = f".{word}" if word is not None and word.isidentifier() else None
    scope.file.add(
        finding(
            "MLP0314",
            f"write `{shown or '.field'}` to say which field",
            value.span,
            "a field is chosen with a dot before its name",
            fixes=()
            if shown is None
            else (Fix(f"write `{shown}`", (Edit(value.span, shown),), safe=True),),
        )
    )


def rounded(call: ast.Call, given: Given, scope: Scope) -> Type:
    return INT if len(given) == 1 else FLOAT
