"""The two sides of an operator: its sign, and values that may be missing."""

from __future__ import annotations

from ..syntax import ast
from ..types.relate import (
    may_be_missing,
)
from ..types.types import (
    Type,
)
from .missing import report_missing
from .scope import Scope


def both_present(expr: ast.Binary, left: Type, right: Type, scope: Scope) -> bool:
    """Whether neither side may be missing; reports the sides that may."""
    ok = True
    for side, type_ in ((expr.left, left), (expr.right, right)):
        if may_be_missing(type_):
            report_missing(side, type_, f"`{sign_of(expr)}` needs a value here", scope)
            ok = False
    return ok


def sign_of(expr: ast.Binary) -> str:
    return " ".join(expr.operator.text.split())
