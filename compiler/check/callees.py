"""What a call runs: the one place that finds the step or pipeline behind a callee."""

from __future__ import annotations

from ..syntax import ast
from .scope import Scope
from .values import CheckedPipeline, CheckedStep


def called(expr: ast.Expr, scope: Scope) -> CheckedStep | CheckedPipeline | None:
    """What a call runs, noted as used and kept for lowering; None where it runs nothing."""
    if not isinstance(expr, ast.Call) or not isinstance(expr.callee, ast.NameRef):
        return None
    name = expr.callee.name
    file = scope.file
    found = file.steps.get(name) or file.checked.get(name)
    if found is not None:
        file.used.add(name)
        file.typing.calls[id(expr)] = found
    return found
