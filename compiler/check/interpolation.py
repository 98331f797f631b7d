"""Values inside text: which can be written there."""

from __future__ import annotations

from ..syntax import ast
from ..types.relate import in_text, may_be_missing
from ..types.types import (
    SECRET,
    ListOf,
    Row,
    Type,
    show,
)
from .closest import an
from .finding import finding
from .missing import report_missing
from .origin import shortened
from .scope import Scope
from .secrets import report_misplaced_secret


def check_in_text(part: ast.Expr, type_: Type, scope: Scope) -> None:
    """Whether a value can be put into text."""
    if type_ == SECRET:
        report_misplaced_secret(part.span, scope.file)
    elif may_be_missing(type_):
        report_missing(part, type_, "a missing value has no text", scope, instead=None)
    elif not in_text(type_):
        shown = _kind(type_)
        text = scope.file.text(part.span)
        help_ = (f"its length can: `{{len({text})}}`",) if isinstance(type_, ListOf) else ()
        scope.file.add(
            finding(
                "MLP0405",
                f"{an(shown)} cannot be put into text",
                part.span,
                shortened(f"`{text}` is {an(shortened(show(type_)))}", 60),
                help=help_ or ("numbers, texts, dates, Durations and Sizes can",),
            )
        )


def _kind(type_: Type) -> str:
    match type_:
        case Row(name=None):
            return "record"
        case Row(name=str(name)):
            return name
        case _:
            return show(type_).partition("[")[0]
