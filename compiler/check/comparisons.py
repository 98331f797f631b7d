"""The types of comparisons: what can be equal, what has an order, what holds what."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import (
    comparable,
    ordered,
    present,
    widen,
)
from ..types.types import (
    BOOL,
    STRING,
    EnumOf,
    ListOf,
    MapOf,
    Missing,
    Type,
    Unknown,
    show,
)
from .assign import lacks_unit, report_no_unit
from .closest import an, closest
from .finding import finding
from .origin import shortened
from .scope import Scope
from .sides import both_present, sign_of


def comparison(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> Type:
    """`== != < <= > >= in "not in"`: always a Bool, with or without a mistake."""
    sign = sign_of(expr)
    if sign in ("in", "not in"):
        _check_membership(expr, left, right, scope)
        return BOOL
    if sign in ("==", "!=") and (isinstance(left, Missing) or isinstance(right, Missing)):
        return BOOL
    if scope.in_test and sign in ("==", "!="):
        # A test may ask straight for the value: what is missing equals nothing else.
        left, right = present(left), present(right)
    if not both_present(expr, left, right, scope):
        return BOOL
    if lacks_unit(expr.right, right, left):
        report_no_unit(expr.right, left, scope.file.text(expr.left.span), scope)
    elif lacks_unit(expr.left, left, right):
        report_no_unit(expr.left, right, scope.file.text(expr.right.span), scope)
    elif not (comparable if sign in ("==", "!=") else ordered)(left, right):
        _report_comparison(expr, left, right, scope)
    return BOOL


def _check_membership(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> None:
    if not both_present(expr, left, right, scope):
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
            f"`{sign_of(expr)}` compares {shortened(a)} with {shortened(b)}",
            expr.operator.span,
            label,
            help=(help_,) if help_ else (),
            fixes=fixes,
        )
    )
