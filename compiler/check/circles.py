"""The order in which pipelines are checked: those first that others call, and none in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from .finding import finding
from .scope import FileScope
from .walk import statements


def calling_order(pipelines: Mapping[str, ast.Pipeline], scope: FileScope) -> list[str]:
    """The names of all pipelines, each after those that it calls.

    A circle is reported where it closes. Nothing more is said of calls of the pipelines in it.
    """
    order: list[str] = []
    done: set[str] = set()
    for start in pipelines:
        path = {start: _callees(pipelines[start], pipelines)} if start not in done else {}
        while path:
            name = next(reversed(path))
            call = next(path[name], None)
            if call is None:
                path.popitem()
                done.add(name)
                order.append(name)
            elif call.name in path:
                names = [*path]
                _report_circle(call, names[names.index(call.name) :], pipelines, scope)
            elif call.name not in done:
                path[call.name] = _callees(pipelines[call.name], pipelines)
    return order


def _callees(
    pipeline: ast.Pipeline, pipelines: Mapping[str, ast.Pipeline]
) -> Iterator[ast.NameRef]:
    """The pipelines of the file that the statements of one call, at any depth."""
    for item in statements(pipeline.items):
        if isinstance(item, ast.Compute) and isinstance(item.value, ast.Call):
            callee = item.value.callee
            if isinstance(callee, ast.NameRef) and callee.name in pipelines:
                yield callee


def _report_circle(
    call: ast.NameRef,
    circle: list[str],
    pipelines: Mapping[str, ast.Pipeline],
    scope: FileScope,
) -> None:
    name = call.name
    trail = "a pipeline cannot run itself"
    if len(circle) > 1:
        trail = f"`{name}` calls `{circle[1]}`, and so comes back here"
    scope.add(
        finding(
            "MLP0205",
            f"`{name}` is used before it is defined",
            call.span,
            trail if len(trail) <= 60 else "this comes back to where it started",
            labels=(Label(pipelines[name].name.span, f"`{name}` would need its own outputs"),),
            help=("to do one thing many times, go through a list: `for x in list { … }`",),
        )
    )
    scope.broken |= set(circle)
    for member in circle:
        scope.callables.pop(member, None)
        scope.used.add(member)
