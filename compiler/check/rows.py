"""The `check`s of schemas: conditions over columns, row by row or over the whole table."""

from __future__ import annotations

import re
from collections.abc import Container

from ..syntax import ast
from ..types.relate import is_number, present, widen
from ..types.settings import Stage
from ..types.types import (
    BOOL,
    FLOAT,
    INT,
    STRING,
    UNKNOWN,
    Row,
    Type,
    Unknown,
    show,
)
from .builtins import Input, Signature, call_type
from .conditions import check_condition, check_decided
from .finding import finding
from .fold import folded_text
from .gates import check_policy
from .infer import infer
from .origin import origin, shortened
from .results import Given, always
from .scope import FileScope, Function, Scope
from .values import Binding, Kind, names_of
from .walk import names_in

POLICIES = ("fail", "warn")


def check_rows(schema: ast.Schema, row: Row, file: FileScope) -> tuple[ast.Check, ...]:
    """Checks the conditions of a schema whose columns are known."""
    spans = {field.name.text: field.name.span for field in schema.fields}
    columns = names_of(
        Binding(column.name, spans[column.name], Kind.COLUMN, column.type, Stage.RUN)
        for column in row.columns
    )
    place = Scope(file, columns, functions=TABLE, schema=row.name)
    for item in schema.checks:
        check_condition("check", item.condition, infer(item.condition, place), place)
        check_decided(item.condition, place)
        if item.policy is not None:
            check_policy(item.policy, POLICIES, place)
        if item.message is not None and not _speaks_of_rows(item.message, columns, file):
            infer(item.message, Scope(file))
    return schema.checks


def _speaks_of_rows(message: ast.Expr, columns: Container[str], file: FileScope) -> bool:
    """Whether a message wants to hold what rows say; it is said once, whatever rows fail."""
    for part in names_in(message):
        if part.name in columns or part.name in TABLE:
            file.add(
                finding(
                    "MLP0201",
                    f"nothing here is called `{part.name}`",
                    part.span,
                    "a message is said once for the whole table",
                    help=("the rows that fail, and what was computed, are shown beside it",),
                )
            )
            return True
    return False


def _columns(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`unique(a, b)`: no two rows have the same values in these columns."""
    for argument, type_ in given:
        _is_column(call, argument.value, type_, scope)
    return BOOL


def _share(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`null_rate(x)`: the share of rows in which the column is empty."""
    argument, type_ = given[0]
    _is_column(call, argument.value, type_, scope)
    return FLOAT


def _mean(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`mean(x)`: of the values that are there."""
    argument, type_ = given[0]
    if _is_column(call, argument.value, type_, scope) and not is_number(present(type_)):
        where = origin(argument.value, type_, scope)
        scope.file.add(
            finding(
                "MLP0301",
                f"`{shortened(show(type_))}` given, a column of numbers wanted",
                argument.value.span,
                "only numbers have a mean",
                labels=() if where is None else (where,),
            )
        )
    return FLOAT


def _matches(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`matches(x, "…")`: the whole text has the form of the pattern."""
    pattern = given[1][0].value
    text = folded_text(pattern, scope.file)
    if text is None:
        if not isinstance(given[1][1], Unknown):
            scope.file.add(
                finding(
                    "MLP0401",
                    f"`{shortened(scope.file.text(pattern.span))}` is known only during the run;"
                    " the pattern of `matches` must be known when compiling",
                    pattern.span,
                    "known only during the run",
                    help=('write the pattern as a text: `matches(code, "[A-Z]{3}")`',),
                )
            )
        return BOOL
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as problem:
        scope.file.add(
            finding(
                "MLP0503",
                f"this is no pattern: {problem}",
                pattern.span,
                "not a regular expression of Python",
                help=('as in `matches(code, "[A-Z]{3}")`: the whole text must match',),
            )
        )
    return BOOL


def _is_column(call: ast.Call, expr: ast.Expr, type_: Type, scope: Scope) -> bool:
    """Whether an argument is a column itself; reports what else it is."""
    if isinstance(type_, Unknown):
        return False
    if isinstance(expr, ast.NameRef):
        binding = scope.names.get(expr.name)
        if binding is not None and binding.kind is Kind.COLUMN:
            return True
    scope.file.add(
        finding(
            "MLP0301",
            f"`{shortened(show(widen(type_)))}` given, a column wanted",
            expr.span,
            "this looks at one column as a whole",
            help=(f"write for example `{_word(call)}({next(iter(scope.names), 'x')})`",),
        )
    )
    return False


def _word(call: ast.Call) -> str:
    assert isinstance(call.callee, ast.NameRef)
    return call.callee.name


def _function(signature: Signature) -> Function:
    def typed(call: ast.Call, scope: Scope) -> Type:
        given = [(argument, infer(argument.value, scope)) for argument in call.arguments]
        return call_type(signature, call, given, UNKNOWN, scope)

    return typed


_COLUMN = Input("column", None, given="position")
TABLE: dict[str, Function] = {
    signature.name: _function(signature)
    for signature in (
        Signature("unique", "unique(column, …) -> Bool", (), _columns, rest=True),
        Signature("null_rate", "null_rate(column) -> Float", (_COLUMN,), _share),
        Signature("count", "count() -> Int", (), always(INT)),
        Signature("mean", "mean(column) -> Float", (_COLUMN,), _mean),
        Signature(
            "matches",
            "matches(text: String, pattern: String) -> Bool",
            (Input("text", STRING, given="position"), Input("pattern", STRING, given="position")),
            _matches,
        ),
    )
}
