"""Nodes: calls of steps and pipelines on a line of their own, with their settings and order."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import Column, Row, Type
from .after import check_after
from .blocks import check_options
from .calls import check_call
from .effects import is_cached
from .finding import finding
from .infer import infer
from .nesting import check_called
from .paths import STEPS, refuse_path
from .scope import Scope
from .settings import CALL_OPTIONS
from .values import Callee, CheckedPipeline, CheckedStep


def node_type(callee: Callee) -> Row:
    """The outputs of a node as a record."""
    return Row(None, tuple(Column(port.name, port.type) for port in callee.ports))


def check_node(value: ast.Compute, callee: Callee, scope: Scope) -> Type:
    """Checks a call with its clauses; the type is what the node hands out."""
    assert isinstance(value.value, ast.Call)
    check_call(value.value, callee, scope)
    if value.options is not None:
        if isinstance(callee, CheckedStep):
            check_options(value.options, CALL_OPTIONS, f"with of {callee.name}", scope)
        else:
            _refuse_options(value.options, callee.name, scope)
    if value.after:
        check_after(value, scope)
    if not isinstance(callee, CheckedStep):
        check_called(value.value, callee, scope)
        _report_limits(value.value, callee, scope)
    _keep_paths_out(value.value, value.options, callee, scope)
    typing = scope.file.typing
    typing.types[id(value.value)] = node_type(callee)
    typing.stages[id(value.value)] = Stage.RUN
    return node_type(callee)


def _keep_paths_out(
    call: ast.Call, options: ast.WithClause | None, callee: Callee, scope: Scope
) -> None:
    """The arguments of what may be cached are parts of keys."""
    if isinstance(callee, CheckedStep) and not is_cached(callee, options):
        return
    for argument in call.arguments:
        if argument.name is not None:
            place = f"`{argument.name.text}` of `{callee.name}`"
            refuse_path(argument.value, place, scope, STEPS)


def _report_limits(call: ast.Call, callee: CheckedPipeline, scope: Scope) -> None:
    """What a pipeline says of its own runs is not said of the run that a call is part of."""
    options = callee.syntax.options
    limits = [
        argument
        for argument in (() if options is None else options.arguments)
        if argument.name is not None and argument.name.text in _LIMITS
    ]
    if not limits:
        return
    words = " and ".join(f"`{limit.name.text}`" for limit in limits if limit.name is not None)
    do = "does" if len(limits) == 1 else "do"
    scope.file.add(
        finding(
            "MLP1015",
            f"the {words} of `{callee.name}` {do} not hold for a call",
            call.callee.span,
            "called, it is a part of this pipeline's run",
            labels=tuple(Label(limit.span, "this is for runs of its own") for limit in limits),
            help=tuple(_LIMITS[limit.name.text] for limit in limits if limit.name is not None),
        )
    )


_LIMITS = {
    "timeout": "say `timeout` at its steps, where it always holds, or at the pipeline that is run",
    "max_parallel": "say `max_parallel` at a `for`, where it always holds, or at what is run",
}
"""The options of a pipeline that limit a run, with what limits a call."""


def _refuse_options(options: ast.WithClause, name: str, scope: Scope) -> None:
    """A pipeline has steps, and those have settings."""
    for argument in options.arguments:
        infer(argument.value, scope)
    named = [a.name for a in options.arguments if a.name is not None]
    if not named:
        return
    scope.file.add(
        finding(
            "MLP0502",
            f"there is no setting called `{named[0].text}` in `with of {name}`",
            named[0].span,
            f"`{name}` is a pipeline: its steps have settings",
            help=(
                f"set it at the steps of `{name}`, or let `{name}` take it as a parameter",
                "a target sets it for all steps: `defaults { … }`",
            ),
        )
    )


def check_unnamed(call: ast.Call, callee: Callee, scope: Scope) -> None:
    """A call without a name is called like what it runs, once in each block."""
    bare, name = scope.bare[0], callee.name
    if name in bare:
        _report_two_nodes(name, call.callee.span, bare[name], callee, scope)
    bare.setdefault(name, call.callee.span)


def _report_two_nodes(name: str, second: Span, first: Span, callee: Callee, scope: Scope) -> None:
    number = 2
    while f"{name}_{number}" in scope.taken or f"{name}_{number}" in scope.later:
        number += 1
    other = f"{name}_{number}"
    fix = Fix(f"name it `{other}`", (Edit(second.at_start(), f"{other} = "),), safe=True)
    scope.file.add(
        finding(
            "MLP0215",
            f"two nodes would be called `{name}`",
            second,
            f"a call without a name is called like its {callee.noun}",
            labels=(Label(first, "the first one"),),
            help=(f"give them names: `{other} = {scope.file.text(second)}(…)`",),
            fixes=(fix,),
        )
    )
