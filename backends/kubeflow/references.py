"""Checks of a PipelineSpec that neither the protos nor the SDK's loader make.

Dangling references, unbound inputs, types that do not meet, cycles, names, leftovers. Each problem
is (path in the document, what is wrong).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from . import bindings, executors, order, values
from .reading import (
    Object,
    Problem,
    Scope,
    artifacts,
    component_of,
    mapping,
    parameters,
    text,
)
from .specification import SCHEMA_VERSION

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CONDITION: Final = re.compile(r"inputs\.parameter_values\['([^']+)'\]")
_DRIVER: Final = "-driver"


def check(spec: Object) -> Iterator[Problem]:
    """Every problem of a PipelineSpec."""
    components = {name: mapping(body) for name, body in mapping(spec.get("components")).items()}
    known = mapping(mapping(spec.get("deploymentSpec")).get("executors"))
    root = mapping(spec.get("root"))
    yield from _head(spec)
    if not _tasks(root):
        yield "root", "the pipeline has no tasks"
    places = {"root": root} | {f"components.{name}": body for name, body in components.items()}
    for where, component in places.items():
        yield from _definitions(where, component)
        if "dag" in component:
            yield from _dag(where, Scope(component, _tasks(component), components), known)
        else:
            yield from executors.check(where, component, known)
    used = {component_of(task) for body in places.values() for task in _tasks(body).values()}
    for name in components:
        if name not in used:
            yield f"components.{name}", "no task uses this component"
    labels = {text(component.get("executorLabel")) for component in components.values()}
    for label in known:
        if label not in labels:
            yield f"deploymentSpec.executors.{label}", "no component uses this executor"


def _tasks(component: Object) -> dict[str, Object]:
    found = mapping(mapping(component.get("dag")).get("tasks"))
    return {name: mapping(body) for name, body in found.items()}


def _head(spec: Object) -> Iterator[Problem]:
    name = text(mapping(spec.get("pipelineInfo")).get("name"))
    if not _NAME.fullmatch(name) or len(name) > 63:
        yield "pipelineInfo.name", f"`{name}` is no name: small letters, digits and inner hyphens"
    if spec.get("schemaVersion") != SCHEMA_VERSION:
        yield "schemaVersion", f"Kubeflow takes {SCHEMA_VERSION} only"


def _definitions(where: str, component: Object) -> Iterator[Problem]:
    """Defaults and literals against the parameters' own types."""
    for name, parameter in parameters(component, "inputDefinitions").items():
        place = f"{where}.inputDefinitions.parameters.{name}"
        kind = text(parameter.get("parameterType"))
        if not kind:
            yield place, "the parameter has no type"
        default = parameter.get("defaultValue")
        if default is not None and not values.fits(default, kind):
            yield place, f"the default {default!r} is no {kind}"
        literals = parameter.get("literals")
        if isinstance(literals, list):
            if default is not None and default not in literals:
                yield place, f"the default {default!r} is not one of {literals}"
            if any(not values.fits(literal, kind) for literal in literals):
                yield place, f"the literals {literals} are no {kind}"


def _dag(where: str, scope: Scope, known: Object) -> Iterator[Problem]:
    for name, task in scope.tasks.items():
        place = f"{where}.dag.tasks.{name}"
        if not _NAME.fullmatch(name) or len(name) > 63:
            yield place, "no name for a task: small letters, digits and inner hyphens"
        plain = name.removesuffix(_DRIVER)
        if plain != name and plain in scope.tasks:
            yield place, f"Kubeflow adds a task of this name beside `{plain}`"
        reference = component_of(task)
        component = scope.components.get(reference)
        if component is None:
            yield place, f"there is no component `{reference}`"
            continue
        yield from _task(place, name, task, component, known)
        yield from bindings.check(place, task, component, scope)
    yield from order.check(where, scope.tasks)
    yield from _outputs(where, scope)


def _task(
    place: str, name: str, task: Object, component: Object, known: Object
) -> Iterator[Problem]:
    label = mapping(task.get("taskInfo")).get("name")
    if not label:
        yield place, "the task has no taskInfo.name"
    if "dag" not in component:
        if not isinstance(task.get("cachingOptions"), dict):
            yield place, "say `cachingOptions`: Kubeflow's cache is on by default"
        executor = mapping(known.get(text(component.get("executorLabel"))))
        if "importer" in executor and label != name:
            yield place, "an importer's taskInfo.name must be the task's own name"
    bound = mapping(mapping(task.get("inputs")).get("parameters"))
    condition = text(mapping(task.get("triggerPolicy")).get("condition"))
    for read in _CONDITION.findall(condition):
        if read not in bound:
            yield f"{place}.triggerPolicy", f"the condition reads `{read}`, which is not bound"


def _outputs(where: str, scope: Scope) -> Iterator[Problem]:
    """What a DAG hands out, against what its tasks make."""
    outputs = mapping(mapping(scope.around["dag"]).get("outputs"))
    for part, key_name in (
        ("parameters", "outputParameterKey"),
        ("artifacts", "outputArtifactKey"),
    ):
        for name, body in mapping(outputs.get(part)).items():
            place = f"{where}.dag.outputs.{part}.{name}"
            for selector in _selectors(mapping(body)):
                producer, key = text(selector.get("producerSubtask")), text(selector.get(key_name))
                if producer not in scope.tasks:
                    yield place, f"there is no task `{producer}` here"
                    continue
                component = scope.called(producer)
                made: Object = {**parameters(component, "outputDefinitions")}
                if part == "artifacts":
                    made = artifacts(component, "outputDefinitions")
                if key not in made:
                    yield place, f"`{producer}` has no output `{key}`"


def _selectors(body: Object) -> Iterator[Object]:
    if "valueFromParameter" in body:
        yield mapping(body["valueFromParameter"])
    several = mapping(body.get("valueFromOneof")).get("parameterSelectors")
    for group in (several, body.get("artifactSelectors")):
        if isinstance(group, list):
            yield from (mapping(item) for item in group)
