"""What `previous(x)` reads where `x` is bound further down, or is the very node that asks."""

from __future__ import annotations

from ..syntax import ast
from ..types.relate import widen
from ..types.types import UNKNOWN, Type
from .callees import called
from .fields import field_type
from .finding import finding
from .nodes import node_type
from .scope import Scope


def type_of_later(expr: ast.Expr, scope: Scope) -> Type | None:
    """The type of a path that begins with a name of the same partition that is not bound yet.

    None where it begins with something else. Only a call says its type before it is checked.
    """
    name, members = expr, []
    while isinstance(name, ast.FieldOf):
        members.append(name)
        name = name.base
    if not isinstance(name, ast.NameRef) or name.name not in scope.later:
        return None
    later = scope.later[name.name]
    if later.statement is None or later.body not in {a.body for a in scope.enclosing()}:
        return None
    scope.file.used.add(name.name)
    value = later.statement.value
    callee = called(value.value, scope) if isinstance(value, ast.Compute) else None
    if callee is None:
        scope.file.add(
            finding(
                "MLP0205",
                f"`{name.name}` is used before it is defined",
                name.span,
                "its type is not known here yet",
                help=("only the output of a step says its type beforehand: make it one",),
            )
        )
        return UNKNOWN
    typing = scope.file.typing
    type_: Type = node_type(callee)
    typing.types[id(name)] = type_
    for member in reversed(members):
        type_ = field_type(member, type_, scope)
        typing.types[id(member)] = type_
    return widen(type_)
