"""What is lowered for a test: its pipeline, or one around its step, with all that is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.dataclass import replace
from ..check.values import Binding, Callee, CheckedPipeline, CheckedStep, Kind, Port, Program
from ..syntax import ast
from ..types.types import Per, Row, Type

LOOKED_AT = "="
"""Begins the names of outputs that stand for what a test looks at; no output is called so."""


def pipeline_of(subject: Callee, home: Program) -> CheckedPipeline:
    """The pipeline that a test interprets; what is new in it is entered into the typing of its
    file, `home`, and stays alive with it."""
    if isinstance(subject, CheckedStep):
        return _around(subject, home)
    top = {item.name.text for item in subject.syntax.items if isinstance(item, ast.Bind)}
    bound = [binding for name, binding in subject.bindings.items() if name in top]
    more = [output for binding in bound for output in _looked_at(binding, home)]
    hooks = [item for item in subject.syntax.items if isinstance(item, ast.Hook)]
    items = [item for item in subject.syntax.items if not isinstance(item, ast.Hook)]
    return replace(
        subject,
        syntax=replace(subject.syntax, items=(*items, *(item for item, _ in more), *hooks)),
        outputs=(*subject.outputs, *more),
    )


def _looked_at(binding: Binding, home: Program) -> Iterator[tuple[ast.Output, Type]]:
    """Values and outputs of called pipelines have no node that a test could ask for them."""
    span, name = binding.span, binding.name
    if binding.kind is Kind.VALUE and not isinstance(binding.type, Per):
        yield _output(name, _name(binding, home), binding.type)
    elif isinstance(binding.step, CheckedPipeline):
        for port in binding.step.ports:
            if not isinstance(port.type, Per):
                field = ast.FieldOf(span, _name(binding, home), ast.Name(port.name, span), False)
                home.typing.types[id(field)] = port.type
                yield _output(f"{name}.{port.name}", field, port.type)


def _name(binding: Binding, home: Program) -> ast.NameRef:
    found = ast.NameRef(binding.span, binding.name)
    home.typing.types[id(found)] = binding.type
    return found


def _output(name: str, value: ast.Expr, type_: Type) -> tuple[ast.Output, Type]:
    return ast.Output(value.span, ast.Name(f"{LOOKED_AT}{name}", value.span), None, value), type_


def _around(step: CheckedStep, home: Program) -> CheckedPipeline:
    """A pipeline that calls a step with its own parameters, and hands out all that it gives."""
    span, typing = step.syntax.name.span, home.typing

    def named(text: str, type_: Type) -> ast.NameRef:
        found = ast.NameRef(span, text)
        typing.types[id(found)] = type_
        return found

    def given(port: Port) -> ast.Argument:
        return ast.Argument(span, ast.Name(port.name, span), named(port.name, port.type))

    call = ast.Call(span, ast.NameRef(span, step.name), tuple(given(p) for p in step.inputs))
    typing.calls[id(call)] = step
    outputs: list[tuple[ast.Output, Type]] = []
    for port in step.outputs:
        owner = named(step.name, Row(None, ()))
        value = ast.FieldOf(span, owner, ast.Name(port.name, span), False)
        typing.types[id(value)] = port.type
        outputs.append((ast.Output(span, ast.Name(port.name, span), None, value), port.type))
    bound = ast.Bind(span, step.syntax.name, ast.Compute(span, call, None, ()))
    items: tuple[ast.PipelineItem, ...] = (bound, *(item for item, _ in outputs))
    syntax = ast.Pipeline(span, step.syntax.name, (), None, items)
    return CheckedPipeline(
        step.module, syntax, step.name, step.inputs, tuple(outputs), step.outputs
    )
