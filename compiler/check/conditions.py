"""Conditions: a Bool, and not one that is decided already."""

from __future__ import annotations

from ..syntax import ast
from ..types.relate import (
    is_condition,
    is_number,
    may_be_missing,
    widen,
)
from ..types.types import (
    ListOf,
    Type,
    show,
)
from .closest import an
from .finding import finding
from .fold import fold
from .missing import report_missing
from .origin import shortened
from .scope import Scope
from .walk import inside


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
