"""Pipelines: parameters, statements from top to bottom, gates and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import widen
from ..types.settings import Stage
from ..types.types import SECRET, UNKNOWN, Column, Row, Type, Unknown
from .after import check_after, needed
from .bindable import check_bindable
from .blocks import check_options
from .callees import called
from .calls import check_call
from .circles import calling_order
from .finding import finding, unbuilt
from .gates import check_expect, keyword_span
from .infer import infer
from .later import BLOCKS, later_names
from .outputs import check_output
from .ports import parameter_ports, report_taken
from .scope import Binding, FileScope, Kind, Scope, names_of
from .secrets import report_misplaced_secret
from .settings import CALL_OPTIONS, PIPELINE_OPTIONS
from .unused import lint_unused
from .values import CheckedPipeline, CheckedStep, Port
from .walk import mentions


def check_pipelines(
    pipelines: Mapping[str, ast.Pipeline], file: FileScope
) -> dict[str, CheckedPipeline]:
    """Checks all pipelines of a file, those first that others call."""
    for name in calling_order(pipelines, file):
        file.checked[name] = _check_pipeline(pipelines[name], file)
    return {name: file.checked[name] for name in pipelines}


def _check_pipeline(pipeline: ast.Pipeline, file: FileScope) -> CheckedPipeline:
    """Checks one pipeline; its bindings are known to nobody else."""
    outside, file.used = file.used, set()
    file.unknown.clear()
    parameters = parameter_ports(pipeline.parameters, file)
    for parameter in pipeline.parameters:
        check_bindable(parameter.name, Scope(file))
    names = names_of(
        Binding(port.name, _name_span(port), Kind.PARAMETER, port.type, Stage.SUBMIT)
        for port in parameters
    )
    if pipeline.options is not None:
        place = Scope(file, dict(names), in_pipeline=True)
        check_options(pipeline.options, PIPELINE_OPTIONS, f"pipeline {pipeline.name.text}", place)
        _check_concurrency(pipeline.options, file)
    scope = Scope(
        file, names, later=dict(later_names(pipeline)), in_pipeline=True, items=pipeline.items
    )
    outputs = _check_items(pipeline, scope)
    lint_unused(scope.names.values(), file)
    file.used |= outside
    return CheckedPipeline(file.source.name, pipeline, pipeline.name.text, parameters, outputs)


def _check_concurrency(options: ast.WithClause, file: FileScope) -> None:
    """Scheduled runs do not overlap; nothing reads a wish for it yet."""
    for option in options.arguments:
        if option.name is not None and option.name.text == "concurrency":
            way_out = "leave it out: a target's own scheduler says what runs at one time"
            file.add(unbuilt("the option `concurrency` is", option.name.span, way_out))


def _name_span(port: Port) -> Span:
    return Span(port.span.file, port.span.start, port.span.start + len(port.name))


def _check_items(pipeline: ast.Pipeline, scope: Scope) -> tuple[tuple[ast.Output, Type], ...]:
    outputs: dict[str, tuple[ast.Output, Type]] = {}
    bare: dict[str, Span] = {}
    stopped: ast.Expect | None = None
    for index, item in enumerate(pipeline.items):
        scope.at = index
        match item:
            case ast.Bind():
                _check_bind(item, scope, bare)
            case ast.CallStatement():
                _check_bare(item, scope, bare)
            case ast.Expect():
                check_expect(item, scope, last=index == len(pipeline.items) - 1)
                if item.policy is not None and item.policy.text == "stop":
                    stopped = stopped or item
            case ast.Output():
                if item.name.text in outputs:
                    first = outputs[item.name.text][0].name.span
                    report_taken(item.name, first, "the first output of this name", scope.file)
                    infer(item.value, scope)
                    continue
                outputs[item.name.text] = (item, check_output(item, scope, stopped))
            case ast.ForBlock(keyword=keyword) | ast.WhenBlock(keyword=keyword):
                _leave_out(item, f"`{BLOCKS[type(item)]}` blocks are", keyword, scope)
            case ast.PartitionBlock(keyword=keyword):
                _leave_out(item, "`partition` blocks are", keyword, scope)
            case ast.Approve():
                _leave_out(item, "`approve` is", keyword_span(item.span, "approve"), scope)
            case ast.Hook(event=event):
                word = "finally" if event.text == "finally" else f"on {event.text}"
                _leave_out(item, f"`{word}` hooks are", event.span, scope)
            case ast.Yield():
                infer(item.value, scope)
                scope.file.add(
                    finding(
                        "MLP0703",
                        "`yield` belongs in `for`, `when` or `partition`",
                        keyword_span(item.span, "yield"),
                        "a pipeline hands out values with `output`",
                        help=("write `output name = …`",),
                    )
                )
            case _:
                assert_never(item)
    return tuple(outputs.values())


def _leave_out(item: object, construct: str, keyword: Span, scope: Scope) -> None:
    """A construct of a later version: said once, and all it mentions counts as used."""
    words = set(mentions(item))
    scope.file.used |= words
    scope.file.used_types |= words
    scope.file.add(unbuilt(construct, keyword))


def _check_bind(item: ast.Bind, scope: Scope, bare: dict[str, Span]) -> None:
    value = item.value
    binding = Binding(item.name.text, item.name.span, Kind.UNBUILT, UNKNOWN, Stage.RUN)
    waits = 0
    match value:
        case ast.Compute():
            binding = _computed(item.name, value, scope, bare)
            waits = needed(value, scope)
        case ast.ForBlock(keyword=keyword) | ast.WhenBlock(keyword=keyword):
            _leave_out(value, f"`{BLOCKS[type(value)]}` blocks are", keyword, scope)
        case ast.PartitionBlock(keyword=keyword):
            _leave_out(value, "`partition` blocks are", keyword, scope)
        case _:
            assert_never(value)
    check_bindable(item.name, scope)
    # The first binding of a name stands; a second one is reported and forgotten.
    scope.names.setdefault(item.name.text, binding)
    scope.order.add(item.name.text, waits)


def node_type(step: CheckedStep) -> Row:
    """The outputs of a node as a record."""
    return Row(None, tuple(Column(port.name, port.type) for port in step.outputs))


def _computed(name: ast.Name, value: ast.Compute, scope: Scope, bare: dict[str, Span]) -> Binding:
    """The binding of `name = expression`, with its clauses checked."""
    step = called(value.value, scope)
    if isinstance(step, CheckedStep):
        _check_node(value, step, scope, bare)
        typing = scope.file.typing
        typing.types[id(value.value)] = node_type(step)
        typing.stages[id(value.value)] = Stage.RUN
        return Binding(name.text, name.span, Kind.NODE, node_type(step), Stage.RUN, step)
    if step is not None:
        _check_sub_pipeline(value, scope)
        return Binding(name.text, name.span, Kind.UNBUILT, UNKNOWN, Stage.RUN)
    type_ = infer(value.value, scope)
    if type_ == SECRET:
        report_misplaced_secret(value.value.span, scope.file)
        type_ = UNKNOWN
    if not isinstance(type_, Unknown):
        _refuse_clauses(value, scope)
    stage = scope.file.typing.stage(value.value)
    kind = Kind.UNBUILT if isinstance(type_, Unknown) else Kind.VALUE
    return Binding(name.text, name.span, kind, widen(type_), stage)


def _check_node(value: ast.Compute, step: CheckedStep, scope: Scope, bare: dict[str, Span]) -> None:
    assert isinstance(value.value, ast.Call)
    check_call(value.value, step, scope)
    if value.options is not None:
        check_options(value.options, CALL_OPTIONS, f"with of {step.name}", scope)
    if value.after:
        check_after(value, bare, scope)


def _check_sub_pipeline(value: ast.Compute, scope: Scope) -> None:
    assert isinstance(value.value, ast.Call)
    for argument in value.value.arguments:
        infer(argument.value, scope)
    scope.file.add(unbuilt("pipelines called as steps are", value.value.callee.span))


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


def _check_bare(item: ast.CallStatement, scope: Scope, bare: dict[str, Span]) -> None:
    value = item.call
    step = called(value.value, scope)
    assert isinstance(value.value, ast.Call)
    callee = value.value.callee
    if isinstance(step, CheckedStep):
        if step.name in bare:
            _report_two_nodes(step.name, callee.span, bare[step.name], scope)
        bare.setdefault(step.name, callee.span)
        _check_node(value, step, scope, bare)
        scope.file.typing.types[id(value.value)] = node_type(step)
        scope.file.typing.stages[id(value.value)] = Stage.RUN
        return
    if step is not None:
        _check_sub_pipeline(value, scope)
        return
    type_ = infer(value.value, scope)
    if not isinstance(type_, Unknown):
        text = scope.file.text(callee.span)
        scope.file.add(
            finding(
                "MLP0201",
                f"no step here is called `{text}`",
                callee.span,
                f"`{text}` is a function, and its value goes nowhere",
                help=(f"give the value a name: `x = {text}(…)`",),
            )
        )


def _report_two_nodes(name: str, second: Span, first: Span, scope: Scope) -> None:
    other = f"{name}_2"
    fix = Fix(f"name it `{other}`", (Edit(second.at_start(), f"{other} = "),), safe=True)
    scope.file.add(
        finding(
            "MLP0215",
            f"two nodes would be called `{name}`",
            second,
            "a call without a name is called like its step",
            labels=(Label(first, "the first one"),),
            help=(f"give them names: `{other} = {name}(…)`",),
            fixes=(fix,),
        )
    )
