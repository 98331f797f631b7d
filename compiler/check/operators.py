"""The types of operators: arithmetic with units, comparisons, `and`, `or`, `not` and `??`."""

from __future__ import annotations

from datetime import timedelta

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import (
    comparable,
    is_condition,
    is_number,
    join,
    may_be_missing,
    ordered,
    present,
    widen,
)
from ..types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    STRING,
    TIME,
    UNKNOWN,
    EnumOf,
    ListOf,
    MapOf,
    Missing,
    Optional,
    Type,
    Unknown,
    show,
)
from .assign import lacks_unit, report_no_unit
from .closest import an, closest
from .finding import finding
from .fold import fold
from .missing import report_missing
from .origin import shortened
from .scope import Scope
from .walk import inside

_MOMENTS = (DATE, TIME)
_AMOUNTS = (DURATION, SIZE)


def arithmetic(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> Type:
    """The type of `+ - * /`."""
    if not _both_present(expr, left, right, scope):
        return UNKNOWN
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    sign = expr.operator.text
    result = _result(sign, left, right)
    if result is None:
        _report_arithmetic(expr, left, right, scope)
        return UNKNOWN
    if sign == "/" and _is_zero(expr.right, scope):
        scope.file.add(
            finding(
                "MLP0403",
                "dividing by zero",
                expr.span,
                "this has no value",
                help=("divide by something that cannot be zero",),
            )
        )
        return UNKNOWN
    if left in _MOMENTS and left == DATE and right == DURATION:
        _check_whole_days(expr, scope)
    return result


def _result(sign: str, left: Type, right: Type) -> Type | None:
    numbers = is_number(left) and is_number(right)
    match sign:
        case "+" | "-" if numbers:
            return INT if left == right == INT else FLOAT
        case "+" | "-" if left in _AMOUNTS and left == right:
            return left
        case "+" | "-" if left in _MOMENTS and right == DURATION:
            return left
        case "+" if left == DURATION and right in _MOMENTS:
            return right
        case "-" if left in _MOMENTS and left == right:
            return DURATION
        case "*" if numbers:
            return INT if left == right == INT else FLOAT
        case "*" if left in _AMOUNTS and is_number(right):
            return left
        case "*" if is_number(left) and right in _AMOUNTS:
            return right
        case "/" if numbers:
            return FLOAT
        case "/" if left in _AMOUNTS and is_number(right):
            return left
        case "/" if left in _AMOUNTS and left == right:
            return FLOAT
        case _:
            return None


def _is_zero(expr: ast.Expr, scope: Scope) -> bool:
    if isinstance(expr, ast.Literal):
        return expr.value in (0, 0.0) and not isinstance(expr.value, bool)
    known = fold(expr, scope.file)
    return known is not None and isinstance(known.value, int | float) and known.value == 0


def _check_whole_days(expr: ast.Binary, scope: Scope) -> None:
    if not isinstance(expr.right, ast.Quantity) or expr.right.unit.text in ("d", "w"):
        return
    known = fold(expr.right, scope.file)
    if known is None or not isinstance(known.value, timedelta):
        return
    if known.value % timedelta(days=1):
        days = known.value / timedelta(days=1)
        scope.file.add(
            finding(
                "MLP0606",
                f"{expr.right.raw} is not a whole number of days",
                expr.right.span,
                f"{days:g} days, and a Date moves by whole days",
                help=(f"use `{int(days)}d` or `{int(days) + 1}d`",),
            )
        )


_VERBS = {
    "+": ("cannot add {} and {}", False),
    "-": ("cannot subtract {} from {}", True),
    "*": ("cannot multiply {} by {}", False),
    "/": ("cannot divide {} by {}", False),
}


def _report_arithmetic(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> None:
    sign = expr.operator.text
    template, swapped = _VERBS[sign]
    a, b = (shortened(show(widen(t)), 30) for t in (left, right))
    names = (an(b), an(a)) if swapped else (an(a), an(b))
    help_: tuple[str, ...] = ()
    if sign == "+" and STRING in (widen(left), widen(right)):
        help_ = ('text is put together with `f"…"`: `f"{a}{b}"`',)
    elif sign == "+" and isinstance(left, ListOf) and isinstance(right, ListOf):
        texts = (scope.file.text(expr.left.span), scope.file.text(expr.right.span))
        help_ = (f"lists are joined with `concat({texts[0]}, {texts[1]})`",)
    elif sign in "+-" and lacks_unit(expr.right, right, left):
        report_no_unit(expr.right, left, scope.file.text(expr.left.span), scope)
        return
    elif sign in "+-" and lacks_unit(expr.left, left, right):
        report_no_unit(expr.left, right, scope.file.text(expr.right.span), scope)
        return
    scope.file.add(
        finding(
            "MLP0306",
            template.format(*names),
            expr.operator.span,
            shortened(f"{a} on the left, {b} on the right", 60),
            help=help_,
        )
    )


def negative(expr: ast.Unary, operand: Type, scope: Scope) -> Type:
    """The type of `-x`."""
    if isinstance(operand, Optional):
        report_missing(expr.operand, operand, "`-` needs a value here", scope)
        return UNKNOWN
    if is_number(operand) or operand in _AMOUNTS:
        return operand
    scope.file.add(
        finding(
            "MLP0306",
            f"cannot take the negative of {an(shortened(show(widen(operand)), 30))}",
            expr.operator.span,
            "numbers, Durations and Sizes have one",
        )
    )
    return UNKNOWN


def _both_present(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> bool:
    """Whether neither side may be missing; reports the sides that may."""
    ok = True
    for side, type_ in ((expr.left, left), (expr.right, right)):
        if may_be_missing(type_):
            report_missing(side, type_, f"`{_sign(expr)}` needs a value here", scope)
            ok = False
    return ok


def _sign(expr: ast.Binary) -> str:
    return " ".join(expr.operator.text.split())


def comparison(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> Type:
    """`== != < <= > >= in "not in"`: always a Bool, with or without a mistake."""
    sign = _sign(expr)
    if sign in ("in", "not in"):
        _check_membership(expr, left, right, scope)
        return BOOL
    if sign in ("==", "!=") and (isinstance(left, Missing) or isinstance(right, Missing)):
        return BOOL
    if not _both_present(expr, left, right, scope):
        return BOOL
    if lacks_unit(expr.right, right, left):
        report_no_unit(expr.right, left, scope.file.text(expr.left.span), scope)
    elif lacks_unit(expr.left, left, right):
        report_no_unit(expr.left, right, scope.file.text(expr.right.span), scope)
    elif not (comparable if sign in ("==", "!=") else ordered)(left, right):
        _report_comparison(expr, left, right, scope)
    return BOOL


def _check_membership(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> None:
    if not _both_present(expr, left, right, scope):
        return
    match right:
        case Unknown():
            pass
        case ListOf(item) if comparable(left, present(item)):
            pass
        case MapOf() if comparable(left, STRING):
            pass
        case _:
            _report_comparison(expr, left, right, scope)


def _report_comparison(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> None:
    enums = isinstance(left, EnumOf) and isinstance(right, EnumOf)
    a, b = (show(t if enums else widen(t)) for t in (left, right))
    label, help_ = "these two cannot be compared", ""
    fixes = []
    if a == b:
        label = f"{an(a)} has no order" if len(a) < 30 else "these have no order"
    if isinstance(left, EnumOf) and isinstance(right, EnumOf):
        side, wrong, right_ones = (
            (expr.right, right, left) if len(right.values) == 1 else (expr.left, left, right)
        )
        near = closest(wrong.values[0], right_ones.values)
        help_ = "one of " + ", ".join(f'`"{value}"`' for value in right_ones.values)
        if near is not None:
            label = f'did you mean `"{near}"`?'
            fixes.append(Fix(f'write `"{near}"`', (Edit(side.span, f'"{near}"'),), safe=True))
    scope.file.add(
        finding(
            "MLP0309",
            f"`{_sign(expr)}` compares {shortened(a)} with {shortened(b)}",
            expr.operator.span,
            label,
            help=(help_,) if help_ else (),
            fixes=fixes,
        )
    )


def coalesce(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> Type:
    """`a ?? b`."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN if isinstance(left, Unknown) else present(left)
    if not may_be_missing(left):
        cut = expr.left.span.at_end().to(expr.right.span)
        scope.file.add(
            finding(
                "MLP1012",
                "the left side of `??` is never missing",
                expr.operator.span,
                shortened(f"the left side is {show(widen(left))}", 60),
                fixes=(Fix("drop the right side", (Edit(cut, ""),), safe=True),),
            )
        )
        return left
    _lint_precedence(expr, scope)
    if isinstance(left, Missing):
        return right
    both = join(present(left), right)
    if both is None:
        a, b = show(widen(present(left))), show(widen(right))
        scope.file.add(
            finding(
                "MLP0301",
                f"`{b}` given, `{a}` wanted",
                expr.right.span,
                shortened(f"it stands in for a missing {a}", 60),
            )
        )
        return present(left)
    return both


def _lint_precedence(expr: ast.Binary, scope: Scope) -> None:
    right = expr.right
    if not isinstance(right, ast.Binary) or right.operator.text not in ("+", "-", "*", "/"):
        return
    between = scope.file.source.text[expr.operator.span.end : right.left.span.start]
    if "(" in between:
        return
    a, whole = scope.file.text(expr.left.span), scope.file.text(right.span)
    b, c = scope.file.text(right.left.span), scope.file.text(right.right.span)
    sign = right.operator.text
    grouped = expr.left.span.to(right.left.span)
    scope.file.add(
        finding(
            "MLP1013",
            f"`{a} ?? {whole}` means `{a} ?? ({whole})`",
            expr.operator.span,
            "`??` comes last",
            fixes=(
                Fix(
                    f"write `({a} ?? {b}) {sign} {c}`",
                    (Edit(grouped.at_start(), "("), Edit(grouped.at_end(), ")")),
                    safe=False,
                ),
                Fix(
                    f"write `{a} ?? ({whole})`",
                    (Edit(right.span.at_start(), "("), Edit(right.span.at_end(), ")")),
                    safe=True,
                ),
            ),
        )
    )


def check_condition(keyword: str, expr: ast.Expr, type_: Type, scope: Scope) -> None:
    """Whether a condition is a Bool, and not one that is decided already."""
    if may_be_missing(type_):
        report_missing(expr, type_, f"`{keyword}` wants yes or no", scope)
        return
    if not is_condition(type_):
        shown = shortened(show(widen(type_)))
        text = scope.file.text(expr.span)
        help_: tuple[str, ...] = ()
        if is_number(type_):
            help_ = (f"compare it: `{text} > 0`",)
        elif isinstance(type_, ListOf):
            help_ = (f"compare its length: `len({text}) > 0`",)
        scope.file.add(
            finding(
                "MLP0310",
                f"`{keyword}` wants yes or no, this is {an(shown)}",
                expr.span,
                "this is no condition",
                help=help_,
            )
        )


def check_decided(expr: ast.Expr, scope: Scope) -> None:
    """Lints a condition without names: its answer is known by reading it."""
    if any(isinstance(node, ast.NameRef | ast.Call) for node in inside(expr)):
        return
    known = fold(expr, scope.file)
    if known is not None and isinstance(known.value, bool):
        word = "true" if known.value else "false"
        scope.file.add(
            finding("MLP0404", f"this is always {word}", expr.span, "nothing here can change")
        )
