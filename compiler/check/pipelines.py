"""Pipelines: parameters, options, statements, outputs and hooks."""

from __future__ import annotations

from collections.abc import Mapping

from ..source import Span
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import Type
from .bindable import check_bindable
from .blocks import check_options
from .circles import calling_order
from .effects import last_effect
from .hooks import check_hook, check_places
from .infer import infer
from .later import later_names
from .outputs import check_output
from .ports import parameter_ports, report_taken
from .scope import FileScope, Scope
from .settings import PIPELINE_OPTIONS
from .statements import Progress, check_block, check_statement
from .unused import lint_unused
from .values import Binding, CheckedPipeline, Kind, Port, names_of
from .windows import WINDOWS


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
    scope = Scope(
        file,
        names,
        later=later_names(pipeline),
        in_pipeline=True,
        items=pipeline.items,
        taken=dict(names),
        bare=({},),
        functions=WINDOWS,
    )
    scope.last_effect = last_effect(pipeline, scope)
    outputs = _check_items(pipeline, scope)
    # Loop variables are looked at where their block ends: blocks side by side may use one name.
    lint_unused((b for b in scope.taken.values() if b.kind is not Kind.VARIABLE), file)
    file.used |= outside
    return CheckedPipeline(
        file.source.name,
        pipeline,
        pipeline.name.text,
        parameters,
        tuple(outputs.values()),
        tuple(_port(item, type_) for item, type_ in outputs.values()),
        scope.taken,
        scope.holds,
    )


def _name_span(port: Port) -> Span:
    return Span(port.span.file, port.span.start, port.span.start + len(port.name))


def _port(item: ast.Output, type_: Type) -> Port:
    """An output as those see it who call the pipeline."""
    written = item.name.span if item.type is None else item.type.span
    return Port(item.name.text, type_, item.span, None, written)


def _check_items(pipeline: ast.Pipeline, scope: Scope) -> dict[str, tuple[ast.Output, Type]]:
    """Checks the items from top to bottom; the outputs by name."""
    outputs: dict[str, tuple[ast.Output, Type]] = {}
    hooks: dict[str, Span] = {}
    progress = Progress()
    check_places(pipeline, scope)
    items = pipeline.items
    last = max((i for i, item in enumerate(items) if not isinstance(item, ast.Hook)), default=-1)
    for index, item in enumerate(items):
        scope.at = index
        match item:
            case ast.Output():
                if item.name.text in outputs:
                    first = outputs[item.name.text][0].name.span
                    report_taken(item.name, first, "the first output of this name", scope.file)
                    infer(item.value, scope)
                    continue
                outputs[item.name.text] = (item, check_output(item, scope, progress.stopped))
            case ast.Hook():
                check_hook(item, hooks, scope, check_block)
            case _:
                check_statement(item, progress, scope, last=index == last)
    return outputs
