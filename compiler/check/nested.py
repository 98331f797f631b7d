"""A step called inside an expression: its call gets a line and a name of its own."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from .callees import called
from .finding import finding
from .scope import Scope
from .values import CheckedStep


def report_nested(call: ast.Call, scope: Scope, *, followed: bool) -> None:
    """A step called inside an expression: fix lifts it to its own line."""
    name = scope.file.text(call.callee.span)
    fixes = []
    step = called(call, scope)
    if scope.items and isinstance(step, CheckedStep) and (followed or len(step.outputs) == 1):
        source = scope.file.source
        here = scope.items[scope.at].span
        fresh = f"{step.name}_result"
        while fresh in scope.names or fresh in scope.later:
            fresh += "_"
        indent = " " * (source.position(here.start).column - 1)
        member = "" if followed else f".{step.outputs[0].name}"
        edits = (
            Edit(here.at_start(), f"{fresh} = {source.slice(call.span)}\n{indent}"),
            Edit(call.span, f"{fresh}{member}"),
        )
        fixes.append(Fix(f"lift it to `{fresh} = …`", edits, safe=True))
    scope.file.add(
        finding(
            "MLP0213",
            f"give the call to `{name}` its own line and a name",
            call.span,
            "a call makes a node, and a node has a name",
            help=(f"write `x = {name}(…)` on a line above, and use `x` here",),
            fixes=fixes,
        )
    )
