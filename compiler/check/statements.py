"""Statements from top to bottom, in a pipeline and in the blocks inside of it."""

from __future__ import annotations

from typing import assert_never

from ...runtime.dataclass import dataclass, field
from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.relate import widen
from ..types.settings import Stage
from ..types.types import SECRET, UNKNOWN, Type, Unknown
from .after import needed
from .bindable import check_bindable
from .callees import called
from .finding import finding
from .fold import check_computes
from .gates import check_approve, check_expect, stops
from .infer import infer
from .loops import check_for
from .nodes import check_node, check_unnamed
from .partitions import check_partition
from .scope import Scope
from .secrets import report_misplaced_secret
from .values import Binding, Callee, Kind
from .whens import check_when
from .yields import Yielded, check_yield


@dataclass(slots=True)
class Progress:
    """What the statements of one block have come to: its `yield`, and the first gate that stops."""

    yielded: Yielded = field(default_factory=Yielded)
    stopped: ast.Expect | None = None


def check_block(body: ast.Block, scope: Scope) -> Yielded:
    """Checks the statements of a block; `scope` is the place where it begins."""
    progress = Progress()
    last = len(body.statements) - 1
    for index, item in enumerate(body.statements):
        scope.at = index
        check_statement(item, progress, scope, last=index == last)
    scope.forget(item.name for item in body.statements if isinstance(item, ast.Bind))
    return progress.yielded


def check_statement(item: ast.Statement, progress: Progress, scope: Scope, *, last: bool) -> None:
    """Checks one statement. `last` says that nothing in its block comes after it."""
    match item:
        case ast.Bind():
            _check_bind(item, scope)
        case ast.CallStatement(call=value):
            _check_bare(value, scope)
        case ast.Expect():
            check_expect(item, scope, last=last)
            if stops(item):
                progress.stopped = progress.stopped or item
        case ast.Approve():
            check_approve(item, scope, last=last)
        case ast.ForBlock() | ast.WhenBlock() | ast.PartitionBlock():
            _check_value(item, None, scope)
        case ast.Yield():
            progress.yielded = check_yield(item, progress.yielded, progress.stopped, scope)
        case _:
            assert_never(item)


def _check_bind(item: ast.Bind, scope: Scope) -> None:
    scope.defining = item.name.text
    value = item.value
    if isinstance(value, ast.Compute):
        binding = _computed(item.name, value, scope)
    else:
        found = _check_value(value, item.name, scope)
        type_ = UNKNOWN if found is None else found
        binding = _binding(item.name, Kind.BLOCK, type_, Stage.RUN, scope)
    scope.defining = None
    check_bindable(item.name, scope)
    scope.order.add(item.name.text, needed(value, scope))
    scope.bind(binding)


def _binding(
    name: ast.Name,
    kind: Kind,
    type_: Type,
    stage: Stage,
    scope: Scope,
    *,
    step: Callee | None = None,
    made: ast.Expr | None = None,
) -> Binding:
    here = scope.partitioned()
    partition = None if here is None else here.partition
    return Binding(name.text, name.span, kind, type_, stage, step, made, partition)


def _check_value(
    block: ast.ForBlock | ast.WhenBlock | ast.PartitionBlock, name: ast.Name | None, scope: Scope
) -> Type | None:
    """The type of a block's value, kept for lowering; None where it has none."""
    match block:
        case ast.ForBlock():
            type_ = check_for(block, name, scope, check_block)
        case ast.WhenBlock():
            type_ = check_when(block, name, scope, check_block)
        case ast.PartitionBlock():
            type_ = check_partition(block, name, scope, check_block)
        case _:
            assert_never(block)
    if type_ is not None and not isinstance(type_, Unknown):
        scope.file.typing.types[id(block)] = type_
    return type_


def _computed(name: ast.Name, value: ast.Compute, scope: Scope) -> Binding:
    """The binding of `name = expression`, with its clauses checked."""
    callee = called(value.value, scope)
    if callee is not None:
        type_ = check_node(value, callee, scope)
        return _binding(name, Kind.NODE, type_, Stage.RUN, scope, step=callee)
    type_ = infer(value.value, scope)
    check_computes(value.value, type_, scope)
    if type_ == SECRET:
        report_misplaced_secret(value.value.span, scope.file)
        type_ = UNKNOWN
    if not isinstance(type_, Unknown):
        _refuse_clauses(value, scope)
    stage = scope.file.typing.stage(value.value)
    # After a mistake nobody can tell; a node may stand where a value may and behind `after`.
    kind = Kind.NODE if isinstance(type_, Unknown) else Kind.VALUE
    return _binding(name, kind, widen(type_), stage, scope, made=value.value)


def _refuse_clauses(value: ast.Compute, scope: Scope) -> None:
    spans = [value.options.span] if value.options is not None else []
    spans += [value.after[0].span] if value.after else []
    for span in spans[:1]:
        scope.file.add(
            finding(
                "MLP0101",
                "expected the call of a step before this",
                span,
                "a value does not run, so it has no settings or order",
                labels=(Label(value.value.span, "this is a value"),),
            )
        )


def _check_bare(value: ast.Compute, scope: Scope) -> None:
    callee = called(value.value, scope)
    assert isinstance(value.value, ast.Call)
    if callee is not None:
        check_unnamed(value.value, callee, scope)
        check_node(value, callee, scope)
        return
    type_ = infer(value.value, scope)
    if isinstance(type_, Unknown):
        return
    span = value.value.callee.span
    text = scope.file.text(span)
    scope.file.add(
        finding(
            "MLP0201",
            f"no step here is called `{text}`",
            span,
            f"`{text}` is a function, and its value goes nowhere",
            help=(f"give the value a name: `x = {text}(…)`",),
        )
    )
