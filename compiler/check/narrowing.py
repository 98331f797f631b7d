"""What a condition says about values that may be missing."""

from __future__ import annotations

from collections.abc import Mapping

from ..syntax import ast
from ..types.relate import present
from ..types.types import (
    Type,
)
from .scope import Scope, path_of


def facts(condition: ast.Expr, scope: Scope) -> tuple[Mapping[str, Type], Mapping[str, Type]]:
    """What is not missing where a condition holds, and where it does not."""
    if isinstance(condition, ast.Unary) and condition.operator.text == "not":
        yes, no = facts(condition.operand, scope)
        return no, yes
    if not isinstance(condition, ast.Binary):
        return {}, {}
    sign = condition.operator.text
    if sign in ("and", "or"):
        left, right = facts(condition.left, scope), facts(condition.right, scope)
        if sign == "and":
            return {**left[0], **right[0]}, {}
        return {}, {**left[1], **right[1]}
    if sign not in ("==", "!="):
        return {}, {}
    for side, other in (
        (condition.left, condition.right),
        (condition.right, condition.left),
    ):
        path = path_of(side)
        if path is not None and isinstance(other, ast.Literal) and other.value is None:
            known = {path: present(scope.file.typing.of(side))}
            return (known, {}) if sign == "!=" else ({}, known)
    return {}, {}
