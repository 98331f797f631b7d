"""The types of values that are written out: `3`, `"a"`, `2026-11-22`, `none`."""

from __future__ import annotations

from datetime import date, datetime

from ...runtime.scalars import INT_MAX
from ..syntax import ast
from ..types.types import BOOL, DATE, FLOAT, INT, MISSING, TIME, EnumOf, Type
from .finding import finding
from .scope import Scope
from .texts import check_text


def literal_type(expr: ast.Literal, scope: Scope) -> Type:
    """Of a text that very text; what it cannot be is reported."""
    match expr.value:
        case None:
            return MISSING
        case bool():
            return BOOL
        case int(value):
            if value > INT_MAX:
                scope.file.add(
                    finding(
                        "MLP0503",
                        f"`{expr.raw}` does not fit into an Int",
                        expr.span,
                        "an Int has 64 bits",
                    )
                )
            return INT
        case float():
            return FLOAT
        case str(text):
            if "{" in text or len(text) >= 12:
                check_text(expr, text, scope)
            return EnumOf((text,))
        case datetime():
            return TIME
        case date():
            return DATE
