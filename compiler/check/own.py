"""A node in a partition that needs its own output: the day before is meant."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.types import Type, Unknown, show
from .callees import called
from .finding import finding
from .origin import shortened
from .scope import Scope

_TIMES = ("hour", "day", "week", "month", "year")


def needs_itself(expr: ast.Expr, scope: Scope, window: str | None = None) -> bool:
    """Whether a path in a partition begins with the name that is being bound; reports that.

    `window` is the function around it that would reach up to this very partition.
    """
    name = expr
    while isinstance(name, ast.FieldOf):
        name = name.base
    if not isinstance(name, ast.NameRef) or name.name != scope.defining:
        return False
    here = scope.partitioned()
    if here is None or name.name in scope.names:
        return False
    text = scope.file.text(expr.span)
    statement = scope.items[scope.at]
    assert isinstance(statement, ast.Bind)
    kind = here.partition.kind
    previous = f"previous({text})"
    argument = _argument(expr, statement)
    written = previous if argument is None else f"{argument} = {previous}"
    wanted = shortened(show(own_type(expr, statement, scope)))
    taker = "what reads it" if argument is None else f"`{argument}`"
    help_ = (
        f"to carry a value from one {kind} to the next, ask for the {kind} before; on the"
        f" first {kind} it is missing, so {taker} must accept {wanted}?",
    )
    why = f"the {kind}s then run one after another"
    fixes: tuple[Fix, ...] = (
        Fix(f"write `{written}`", (Edit(expr.span, previous),), safe=False, why=why),
    )
    if kind not in _TIMES:
        help_, fixes = ("make two nodes of it",), ()
    elif window is not None:
        help_ = (f"`{window}` goes up to this {kind}: ask for the one before with `{previous}`",)
        fixes = ()
    scope.file.used.add(name.name)
    scope.file.add(
        finding(
            "MLP0604",
            f"`{name.name}` needs its own output from the same {kind}",
            expr.span,
            "... waits for itself here",
            labels=(Label(statement.name.span, "this node ..."),),
            help=help_,
            fixes=fixes,
        )
    )
    return True


def _argument(expr: ast.Expr, statement: ast.Bind) -> str | None:
    """The argument that a path was given for."""
    value = statement.value
    if isinstance(value, ast.Compute) and isinstance(value.value, ast.Call):
        for argument in value.value.arguments:
            if argument.value is expr and argument.name is not None:
                return argument.name.text
    return None


def own_type(expr: ast.Expr, statement: ast.Bind, scope: Scope) -> Type:
    """The type of a path that begins with a node whose call is not checked yet."""
    value = statement.value
    callee = called(value.value, scope) if isinstance(value, ast.Compute) else None
    fields: list[str] = []
    while isinstance(expr, ast.FieldOf):
        fields.append(expr.field.text)
        expr = expr.base
    port = callee.output(fields[0]) if callee is not None and len(fields) == 1 else None
    return Unknown() if port is None else port.type
