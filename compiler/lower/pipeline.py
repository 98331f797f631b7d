"""Lowers a pipeline: its statements become nodes in the order written."""

from __future__ import annotations

from ..check.values import CheckedPipeline, Program
from ..check.values import Port as CheckedPort
from ..ir.graph import Graph
from ..ir.nodes import Output, Parameter
from ..ir.values import Expr, Json, ParameterRef
from ..source import Span
from ..syntax import ast
from ..types.types import Per, Type, is_artifact, keyed
from .blocks import limit_of, options_of
from .definitions import default_of
from .frame import Choice, Frame, Shared
from .hooks import lower_hooks
from .reader import Reader
from .statements import lower_statements
from .windows import lower_window


def lower(program: Program, choice: Choice, read: Reader) -> Graph:
    """The graph of a checked program without errors; call it on nothing else."""
    shared = Shared(program, choice, read, lower_statements, lower_window)
    checked = program.pipelines[choice.pipeline]
    frame = Frame(program, shared, read)
    frame.number(checked)
    parameters = tuple(_parameter(port, checked, frame) for port in checked.parameters)
    for parameter in parameters:
        frame.names[parameter.name] = ParameterRef(parameter.type, parameter.name)
    frame.variables = frozenset(parameter.name for parameter in parameters)
    lower_statements(frame, checked.syntax.items)
    lower_hooks(frame)
    types = {output.name.text: type_ for output, type_ in checked.outputs}
    outputs = tuple(
        _output(item, value, types[name]) for name, (item, value) in frame.outputs.items()
    )
    options = options_of(frame, checked.syntax.options)
    timeout, owner, labels = (options.get(name) for name in ("timeout", "owner", "labels"))
    return Graph(
        name=checked.name,
        parameters=parameters,
        nodes=tuple(frame.nodes),
        outputs=outputs,
        doc=checked.syntax.doc,
        max_parallel=limit_of(options),
        timeout=float(timeout) if isinstance(timeout, int | float) else None,
        schedule=_schedule(options.get("schedule")),
        labels=tuple(sorted((k, str(v)) for k, v in labels.items()))
        if isinstance(labels, dict)
        else (),
        owner=owner if isinstance(owner, str) else None,
        hooks=tuple(shared.hooks),
        spans=_option_spans(checked.syntax),
    )


def _schedule(value: Json) -> tuple[str, str] | None:
    return (str(value["cron"]), str(value["timezone"])) if isinstance(value, dict) else None


def _parameter(port: CheckedPort, checked: CheckedPipeline, frame: Frame) -> Parameter:
    docs = {p.name.text: p.doc for p in checked.syntax.parameters}
    # A default that is not asked for may be out of reach: a file on another machine.
    elsewhere = frame.shared.choice.kind != "local" and is_artifact(port.type)
    given = port.name in frame.values or elsewhere
    default = None if given else default_of(port, frame.module(frame.source.name))
    return Parameter(port.name, port.type, default, port.span, docs.get(port.name))


def _output(item: ast.Output, value: Expr, type_: Type) -> Output:
    plain = keyed(type_.item) if isinstance(type_, Per) else type_
    return Output(item.name.text, plain, value, item.span)


def _option_spans(pipeline: ast.Pipeline) -> tuple[tuple[str, Span], ...]:
    """Where each option of a pipeline was written, and the pipeline's own name."""
    named = pipeline.options.arguments if pipeline.options is not None else ()
    options = ((a.name.text, a.span) for a in named if a.name is not None)
    return (("", pipeline.name.span), *options)
