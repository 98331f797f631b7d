"""What a call runs: the one place that finds the step or pipeline behind a callee."""

from __future__ import annotations

from ..syntax import ast
from .members import value_member
from .scope import Scope
from .values import CheckedConstant, CheckedPipeline, CheckedStep


def called(expr: ast.Expr, scope: Scope) -> CheckedStep | CheckedPipeline | None:
    """What a call runs, noted as used and kept for lowering; None where it runs nothing."""
    if not isinstance(expr, ast.Call):
        return None
    file = scope.file
    found: CheckedStep | CheckedPipeline | None = None
    match expr.callee:
        case ast.NameRef(name=name):
            found = file.steps.get(name) or file.checked.get(name)
        case ast.FieldOf(base=ast.NameRef(name=name), field=member) if name in file.modules:
            inside = value_member(file.modules[name], member.text)
            found = None if isinstance(inside, CheckedConstant) else inside
        case _:
            return None
    if found is not None:
        file.used.add(name)
        file.typing.calls[id(expr)] = found
    return found
