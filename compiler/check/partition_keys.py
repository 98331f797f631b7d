"""What `partition by …(…)` goes over: a range of time, a list of keys, or rows in buckets."""

from __future__ import annotations

from datetime import date

from ...runtime.texts import show as show_value
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import (
    DATE,
    INT,
    STRING,
    TIME,
    UNKNOWN,
    Column,
    Dataset,
    ListOf,
    Row,
    Type,
    Unknown,
)
from .assign import Place, fits
from .builtins import Input, Signature, call_type
from .closest import closest, listed
from .finding import finding
from .fold import fold, folded_text
from .infer import infer
from .periods import KINDS, is_time
from .results import Given, always
from .scope import Scope
from .stages import late_part

_NAME = Column("key", STRING)
"""Every partition has a name, which is its key in `{ key, value }`."""


def check_keys(block: ast.PartitionBlock, scope: Scope) -> Type:
    """Checks what the block goes over; the type of its variable."""
    kind = block.grain.text
    callee = ast.NameRef(block.grain.span, f"partition by {kind}")
    call = ast.Call(block.grain.span, callee, block.arguments)
    signature = _SIGNATURES[kind]
    given = [(a, infer(a.value, scope)) for a in block.arguments]
    late = False
    for argument, type_ in given:
        rows = kind == "hash" and isinstance(type_, Dataset)
        if not rows and not isinstance(type_, Unknown):
            late = _report_late(argument.value, scope) or late
    result = call_type(signature, call, given, UNKNOWN, scope)
    if not late and is_time(kind) and not isinstance(result, Unknown):
        _check_range(given, scope)
    return result


def _report_late(expr: ast.Expr, scope: Scope) -> bool:
    """Keys decide what there is to run, so they are known before anything runs."""
    if scope.file.typing.stage(expr) is not Stage.RUN:
        return False
    part, trail = late_part(expr, Stage.SUBMIT, scope)
    text = scope.file.text(part.span)
    scope.file.add(
        finding(
            "MLP0605",
            "the keys of this partition are known only during the run",
            part.span,
            f"`{text}` comes out of a step" if len(text) <= 40 else "this comes out of a step",
            labels=trail,
            help=(
                "partitions are planned before anything runs: make it a parameter",
                "or go through the list while running: `for x in list { … }`",
            ),
        )
    )
    return True


def _check_range(given: Given, scope: Scope) -> None:
    values = {a.name.text: a.value for a, _ in given if a.name is not None}
    first, last = (fold(values[word], scope.file) for word in ("from", "to"))
    if first is None or last is None or scope.is_dead():
        return
    start, end = first.value, last.value
    if not isinstance(start, date) or not isinstance(end, date) or start <= end:
        return
    texts = [scope.file.text(values[word].span) for word in ("from", "to")]
    scope.file.add(
        finding(
            "MLP0611",
            f"this range is empty: {texts[0]} is after {texts[1]}",
            values["from"].span.to(values["to"].span),
            "`from` and `to` both belong to the range",
            help=("exchange them",),
            fixes=(
                Fix(
                    "exchange them",
                    (Edit(values["from"].span, texts[1]), Edit(values["to"].span, texts[0])),
                    safe=False,
                ),
            ),
        )
    )


def _key(call: ast.Call, given: Given, scope: Scope) -> Type:
    """The variable of `partition by key`: one text, whole number or date, each only once."""
    argument, type_ = given[0]
    if type_ not in (ListOf(INT), ListOf(DATE)):
        place = Place("keys", None, "partition by key")
        if not fits(argument.value, type_, ListOf(STRING), place, scope):
            return UNKNOWN
    known = fold(argument.value, scope.file)
    items = argument.value.items if isinstance(argument.value, ast.ListOf) else ()
    if known is not None and known.value == [] and not scope.is_dead():
        scope.file.add(
            finding(
                "MLP0611",
                "this list is empty: there are no keys",
                argument.value.span,
                "nothing would run",
                help=('write for example `key(["north", "south"])`',),
            )
        )
    seen: dict[str, ast.Expr] = {}
    for item in items:
        value = fold(item, scope.file)
        text = None if value is None else show_value(value.value)
        if text is not None and text in seen:
            scope.file.add(
                finding(
                    "MLP0504",
                    f'the key "{text}" stands in the list twice',
                    item.span,
                    "again here",
                    labels=(Label(seen[text].span, "first here"),),
                    help=("each key has one partition",),
                )
            )
        if text is not None:
            seen.setdefault(text, item)
    item_type = type_.item if isinstance(type_, ListOf) else STRING
    return Row(None, (Column("key", item_type),))


def _hash(call: ast.Call, given: Given, scope: Scope) -> Type:
    """The variable of `partition by hash`: some of the rows, and which part they are."""
    types = {"rows": given[0][1]}
    rows = types["rows"]
    for argument, _ in given:
        word = "" if argument.name is None else argument.name.text
        if word == "on" and isinstance(rows, Dataset) and rows.row is not None:
            _check_column(argument.value, rows.row, scope)
        elif word == "buckets":
            _check_buckets(argument.value, scope)
    return Row(None, (Column("index", INT), Column("rows", rows), _NAME))


def _check_column(expr: ast.Expr, row: Row, scope: Scope) -> None:
    text = folded_text(expr, scope.file)
    names = [column.name for column in row.columns]
    if text is None or text in names:
        return
    near = closest(text, names)
    fixes = []
    if near is not None:
        fixes.append(Fix(f'write `"{near}"`', (Edit(expr.span, f'"{near}"'),), safe=True))
    scope.file.add(
        finding(
            "MLP0308",
            f"schema `{row.name}` has no column `{text}`",
            expr.span,
            f"did you mean `{near}`?" if near else "the rows are divided by a column of theirs",
            notes=(f"`{row.name}` has {listed(names)}",),
            fixes=fixes,
        )
    )


def _check_buckets(expr: ast.Expr, scope: Scope) -> None:
    known = fold(expr, scope.file)
    if known is not None and isinstance(known.value, int) and not 1 <= known.value <= 100_000:
        scope.file.add(
            finding(
                "MLP0503",
                "`buckets` must be between 1 and 100000",
                expr.span,
                "too small" if known.value < 1 else "too large",
            )
        )


def _period(kind: str) -> Signature:
    moment = TIME if kind == "hour" else DATE
    shown = "Time" if kind == "hour" else "Date"
    zone = () if kind == "hour" else (Input("zone", STRING, required=False, given="name"),)
    zoned = "" if kind == "hour" else ', zone: String = "UTC"'
    return Signature(
        f"partition by {kind}",
        f"partition by {kind}(from: {shown}, to: {shown}{zoned})",
        (Input("from", moment, given="name"), Input("to", moment, given="name"), *zone),
        always(Row(None, (Column("start", moment), Column("end", moment), _NAME))),
    )


_SIGNATURES: dict[str, Signature] = {
    **{kind: _period(kind) for kind in KINDS if is_time(kind)},
    "key": Signature(
        "partition by key",
        "partition by key(keys: List[String] | List[Int] | List[Date])",
        (Input("keys", None, given="position"),),
        _key,
    ),
    "hash": Signature(
        "partition by hash",
        "partition by hash(rows: Dataset, on: String, buckets: Int)",
        (
            Input("rows", Dataset(), given="position"),
            Input("on", STRING, given="name"),
            Input("buckets", INT, given="name"),
        ),
        _hash,
    ),
}
