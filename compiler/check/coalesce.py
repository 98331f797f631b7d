"""`a ?? b`: a value that may be missing and what stands in for it."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import (
    join,
    may_be_missing,
    present,
    widen,
)
from ..types.types import (
    UNKNOWN,
    Missing,
    Type,
    Unknown,
    show,
)
from .finding import finding
from .origin import shortened
from .scope import Scope


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
