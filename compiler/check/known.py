"""When an expression is known: as it is compiled, as the run is submitted, or during the run."""

from __future__ import annotations

from ..syntax import ast
from ..types.settings import Stage
from .builtins import BUILTINS
from .fields import HOOK_FIELDS
from .scope import Scope
from .walk import parts


def stage_of(expr: ast.Expr, scope: Scope) -> Stage:
    """The stage of an expression whose parts have theirs."""
    match expr:
        case ast.Literal() | ast.Quantity() | ast.Accessor():
            return Stage.COMPILE
        case ast.NameRef(name=name):
            binding = scope.names.get(name) or scope.file.constants.get(name)
            return binding.stage if binding is not None else Stage.COMPILE
        case ast.FieldOf(base=ast.NameRef(name="run"), field=field) if "run" not in scope.names:
            return Stage.RUN if field.text in HOOK_FIELDS else Stage.SUBMIT
        case ast.FieldOf() if id(expr) in scope.file.typing.constants:
            return scope.file.typing.constants[id(expr)].stage
        case ast.Call(callee=callee):
            latest = scope.file.typing.latest(a.value for a in expr.arguments)
            if isinstance(callee, ast.NameRef) and callee.name in BUILTINS:
                return max(latest, BUILTINS[callee.name].stage)
            return Stage.RUN
        case _:
            return scope.file.typing.latest(parts(expr))
