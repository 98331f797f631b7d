"""The types of operators: arithmetic with units, comparisons, `and`, `or`, `not` and `??`."""

from __future__ import annotations

from datetime import timedelta

from ..syntax import ast
from ..types.relate import (
    is_number,
    widen,
)
from ..types.types import (
    DATE,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    STRING,
    TIME,
    UNKNOWN,
    ListOf,
    Optional,
    Type,
    Unknown,
    show,
)
from .assign import lacks_unit, report_no_unit
from .closest import an
from .finding import finding
from .fold import fold
from .missing import report_missing
from .origin import shortened
from .scope import Scope
from .sides import both_present

_MOMENTS = (DATE, TIME)
_AMOUNTS = (DURATION, SIZE)


def arithmetic(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> Type:
    """The type of `+ - * /`."""
    if not both_present(expr, left, right, scope):
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
    elif sign in "+-" and left in (DATE, TIME) and isinstance(expr.right, ast.Literal):
        help_ = _days_meant(expr.right, right, scope)
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


def _days_meant(number: ast.Literal, type_: Type, scope: Scope) -> tuple[str, ...]:
    """`day + 1`: one what?"""
    if type_ != INT:
        return ()
    return (f"write it with a unit: `{scope.file.text(number.span)}d` for days",)


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
