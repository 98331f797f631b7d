"""Checks of a task's inputs: bound, to something that exists, of a type that fits."""

from __future__ import annotations

from collections.abc import Iterator

from . import values
from .placeholders import RUN_FIELDS, Ports, inputs_in, problems
from .reading import Object, Problem, Scope, artifacts, mapping, parameters, text


def check(place: str, task: Object, component: Object, scope: Scope) -> Iterator[Problem]:
    """The inputs of a task against those of the component that it calls."""
    inputs = mapping(task.get("inputs"))
    bound = {name: mapping(body) for name, body in mapping(inputs.get("parameters")).items()}
    wanted = parameters(component, "inputDefinitions")
    iterator = mapping(task.get("parameterIterator"))
    item = text(iterator.get("itemInput"))
    for name, definition in wanted.items():
        given = name in bound or name == item
        if not given and not definition.get("isOptional") and "defaultValue" not in definition:
            yield place, f"the input `{name}` is not bound"
    # A task may bind more than its component takes: what its constants' placeholders read.
    read = {inner for body in bound.values() for inner in inputs_in(text(_constant(body)))}
    for name, body in bound.items():
        if name not in wanted and name not in read:
            yield place, f"the component has no input `{name}`"
        kind = text(wanted.get(name, {}).get("parameterType"))
        for what in _parameter(body, kind, Ports(inputs=bound), scope):
            yield f"{place}.inputs.parameters.{name}", what
    items = mapping(iterator.get("items"))
    if iterator and "raw" not in items and text(items.get("inputParameter")) not in bound:
        yield f"{place}.parameterIterator", "the list to go through is not bound"
    yield from _artifacts(place, mapping(inputs.get("artifacts")), component, scope)


def _constant(body: Object) -> object:
    return mapping(body.get("runtimeValue")).get("constant")


def _parameter(body: Object, kind: str, ports: Ports, scope: Scope) -> Iterator[str]:
    if "runtimeValue" in body:
        constant = _constant(body)
        if isinstance(constant, str) and constant not in RUN_FIELDS:
            yield from problems(constant, ports)
        if not values.fits(constant, kind):
            yield f"the constant {constant!r} is no {kind}"
    elif "componentInputParameter" in body:
        name = text(body["componentInputParameter"])
        given = parameters(scope.around, "inputDefinitions").get(name)
        if given is None:
            yield f"there is no parameter `{name}` around this task"
        else:
            yield from _meets(name, given, kind)
    elif "taskOutputParameter" in body:
        output = mapping(body["taskOutputParameter"])
        producer, key = text(output.get("producerTask")), text(output.get("outputParameterKey"))
        if producer not in scope.tasks:
            yield f"there is no task `{producer}` here"
            return
        made = parameters(scope.called(producer), "outputDefinitions").get(key)
        if made is None:
            yield f"`{producer}` has no output parameter `{key}`"
        else:
            yield from _meets(key, made, kind)
    elif "taskFinalStatus" not in body:
        yield "bound to nothing"


def _meets(name: str, definition: Object, wanted: str) -> Iterator[str]:
    given = text(definition.get("parameterType"))
    if not values.meets(given, wanted):
        yield f"`{name}` is {given}, {wanted} is wanted"


def _artifacts(place: str, bound: Object, component: Object, scope: Scope) -> Iterator[Problem]:
    wanted = artifacts(component, "inputDefinitions")
    for name, artifact in wanted.items():
        if name not in bound and not mapping(artifact).get("isOptional"):
            yield place, f"the input artifact `{name}` is not bound"
    for name, body in bound.items():
        if name not in wanted:
            yield place, f"the component has no input artifact `{name}`"
        for what in _artifact(mapping(body), scope):
            yield f"{place}.inputs.artifacts.{name}", what


def _artifact(body: Object, scope: Scope) -> Iterator[str]:
    if "componentInputArtifact" in body:
        name = text(body["componentInputArtifact"])
        if name not in artifacts(scope.around, "inputDefinitions"):
            yield f"there is no artifact `{name}` around this task"
    elif "taskOutputArtifact" in body:
        output = mapping(body["taskOutputArtifact"])
        producer, key = text(output.get("producerTask")), text(output.get("outputArtifactKey"))
        if producer not in scope.tasks:
            yield f"there is no task `{producer}` here"
        elif key not in artifacts(scope.called(producer), "outputDefinitions"):
            yield f"`{producer}` has no output artifact `{key}`"
    else:
        yield "bound to nothing"
