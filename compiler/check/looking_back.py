"""What `previous(x)` reads where `x` is bound further down, or is the very node that asks."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..source import Span
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
    enclosing = {around.body for around in scope.enclosing()}
    if later.statement is None or later.body not in enclosing:
        return None
    if too_deep("previous", expr, name.name, later.span, scope):
        return UNKNOWN
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


def too_deep(word: str, expr: ast.Expr, name: str, bound: Span, scope: Scope) -> bool:
    """Whether a name is bound in a `for` or `when` of the partition; reports that.

    Another day may have other branches, so nobody could say which value is meant.
    """
    for around in scope.enclosing():
        if around.partition is not None:
            return False
        if around.body.start <= bound.start < around.body.end:
            label = f"`{name}` is bound in a `{around.word}` inside of it"
            scope.file.used.add(name)
            scope.file.add(
                finding(
                    "MLP0601",
                    f"`{word}` works on what the partition itself binds",
                    expr.span,
                    label if len(label) <= 60 else "this is bound in a block inside of it",
                    labels=(Label(around.keyword, f"this `{around.word}`"),),
                    help=(f"yield it, and give this `{around.word}` a name to look at",),
                )
            )
            return True
    return False
