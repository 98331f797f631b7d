"""Checks of a PipelineSpec that neither the protos nor the SDK's loader make.

Dangling references, unbound inputs, types that do not meet, cycles, names, leftovers. Each problem
is (path in the document, what is wrong).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from . import values
from .placeholders import RUN_FIELDS, Ports, inputs_in, problems, reads_everything
from .reading import mapping, text, texts
from .specification import SCHEMA_VERSION

Problem: TypeAlias = tuple[str, str]
Object: TypeAlias = dict[str, object]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CONDITION: Final = re.compile(r"inputs\.parameter_values\['([^']+)'\]")
_DRIVER: Final = "-driver"


def check(spec: Object) -> Iterator[Problem]:
    """Every problem of a PipelineSpec."""
    components = {name: mapping(body) for name, body in mapping(spec.get("components")).items()}
    executors = mapping(mapping(spec.get("deploymentSpec")).get("executors"))
    root = mapping(spec.get("root"))
    yield from _head(spec)
    if not mapping(mapping(root.get("dag")).get("tasks")):
        yield "root", "the pipeline has no tasks"
    dags = {"root": root} | {f"components.{name}": body for name, body in components.items()}
    used: set[str] = set()
    for where, component in dags.items():
        yield from _definitions(where, component)
        if "dag" in component:
            yield from _dag(where, component, components, executors)
            used |= _components_used(component)
        else:
            yield from _executor(where, component, executors)
    for name in components:
        if name not in used:
            yield f"components.{name}", "no task uses this component"
    labels = {text(component.get("executorLabel")) for component in components.values()}
    for label in executors:
        if label not in labels:
            yield f"deploymentSpec.executors.{label}", "no component uses this executor"


def _head(spec: Object) -> Iterator[Problem]:
    name = text(mapping(spec.get("pipelineInfo")).get("name"))
    if not _NAME.fullmatch(name) or len(name) > 63:
        yield "pipelineInfo.name", f"`{name}` is no name: small letters, digits and inner hyphens"
    if spec.get("schemaVersion") != SCHEMA_VERSION:
        yield "schemaVersion", f"Kubeflow takes {SCHEMA_VERSION} only"


def _components_used(component: Object) -> set[str]:
    tasks = mapping(mapping(component.get("dag")).get("tasks"))
    return {text(mapping(mapping(task).get("componentRef")).get("name")) for task in tasks.values()}


def _parameters(component: Object, part: str) -> dict[str, Object]:
    found = mapping(mapping(component.get(part)).get("parameters"))
    return {name: mapping(body) for name, body in found.items()}


def _artifacts(component: Object, part: str) -> Object:
    return mapping(mapping(component.get(part)).get("artifacts"))


def _definitions(where: str, component: Object) -> Iterator[Problem]:
    """Defaults and literals against the parameters' own types."""
    for name, parameter in _parameters(component, "inputDefinitions").items():
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


# ---- executors ------------------------------------------------------------------------------


def _executor(where: str, component: Object, executors: Object) -> Iterator[Problem]:
    label = text(component.get("executorLabel"))
    if label not in executors:
        yield where, f"there is no executor `{label}`"
        return
    place = f"deploymentSpec.executors.{label}"
    executor = mapping(executors[label])
    if "importer" in executor:
        yield from _importer(place, component, mapping(executor["importer"]))
    elif "container" in executor:
        yield from _container(place, component, mapping(executor["container"]))
    else:
        yield place, "neither a container nor an importer"


def _importer(place: str, component: Object, importer: Object) -> Iterator[Problem]:
    uri = mapping(importer.get("artifactUri"))
    constant = uri.get("constant")
    if "runtimeParameter" not in uri and not (isinstance(constant, str) and "://" in constant):
        yield place, "the importer has no URI"
    if len(_artifacts(component, "outputDefinitions")) != 1:
        yield place, "an importer makes exactly one artifact"


def _container(place: str, component: Object, container: Object) -> Iterator[Problem]:
    ports = Ports(
        inputs=_parameters(component, "inputDefinitions"),
        artifacts_in=_artifacts(component, "inputDefinitions"),
        outputs=_parameters(component, "outputDefinitions"),
        artifacts_out=_artifacts(component, "outputDefinitions"),
    )
    if not text(container.get("image")):
        yield place, "the container has no image"
    if not texts(container.get("command")):
        yield place, "the container has no command"
    words = [*texts(container.get("command")), *texts(container.get("args"))]
    env = container.get("env")
    if isinstance(env, list):
        words += [text(mapping(item).get("value")) for item in env]
    resources = mapping(container.get("resources"))
    said = [text(container.get("image")), *(text(value) for value in resources.values())]
    for word in [*words, *said]:
        for problem in problems(word, ports):
            yield place, problem
    if not any(reads_everything(word) for word in words):
        read = {name for word in [*words, *said] for name in inputs_in(word)}
        for name in ports.inputs:
            if name not in read:
                yield place, f"the input `{name}` is never used"
        written = " ".join(words)
        for name in ports.outputs:
            if f"$.outputs.parameters['{name}'].output_file" not in written:
                yield place, f"nothing writes the output `{name}`"


# ---- tasks ----------------------------------------------------------------------------------


def _dag(
    where: str, component: Object, components: dict[str, Object], executors: Object
) -> Iterator[Problem]:
    found = mapping(mapping(component["dag"]).get("tasks"))
    tasks = {name: mapping(body) for name, body in found.items()}
    for name, task in tasks.items():
        place = f"{where}.dag.tasks.{name}"
        if not _NAME.fullmatch(name) or len(name) > 63:
            yield place, "no name for a task: small letters, digits and inner hyphens"
        if name.endswith(_DRIVER) and name.removesuffix(_DRIVER) in tasks:
            yield place, f"Kubeflow adds a task of this name beside `{name.removesuffix(_DRIVER)}`"
        reference = text(mapping(task.get("componentRef")).get("name"))
        called = components.get(reference)
        if called is None:
            yield place, f"there is no component `{reference}`"
            continue
        yield from _task(place, name, task, called, executors)
        yield from _inputs(place, task, called, component, tasks, components)
        yield from _order(place, task, tasks)
    yield from _cycle(where, tasks)
    yield from _outputs(where, component, tasks, components)


def _task(
    place: str, name: str, task: Object, called: Object, executors: Object
) -> Iterator[Problem]:
    label = mapping(task.get("taskInfo")).get("name")
    if not label:
        yield place, "the task has no taskInfo.name"
    if "dag" not in called:
        if not isinstance(task.get("cachingOptions"), dict):
            yield place, "say `cachingOptions`: Kubeflow's cache is on by default"
        executor = mapping(executors.get(text(called.get("executorLabel"))))
        if "importer" in executor and label != name:
            yield place, "an importer's taskInfo.name must be the task's own name"
    bound = mapping(mapping(task.get("inputs")).get("parameters"))
    condition = text(mapping(task.get("triggerPolicy")).get("condition"))
    for read in _CONDITION.findall(condition):
        if read not in bound:
            yield f"{place}.triggerPolicy", f"the condition reads `{read}`, which is not bound"


def _inputs(
    place: str,
    task: Object,
    called: Object,
    outer: Object,
    tasks: dict[str, Object],
    components: dict[str, Object],
) -> Iterator[Problem]:
    parameters = mapping(mapping(task.get("inputs")).get("parameters"))
    artifacts = mapping(mapping(task.get("inputs")).get("artifacts"))
    wanted = _parameters(called, "inputDefinitions")
    iterator = mapping(task.get("parameterIterator"))
    item = text(iterator.get("itemInput"))
    for name, definition in wanted.items():
        given = name in parameters or name == item
        if not given and not definition.get("isOptional") and "defaultValue" not in definition:
            yield place, f"the input `{name}` is not bound"
    for name, artifact in _artifacts(called, "inputDefinitions").items():
        if name not in artifacts and not mapping(artifact).get("isOptional"):
            yield place, f"the input artifact `{name}` is not bound"
    read = {
        inner for body in parameters.values() for inner in inputs_in(_constant_text(mapping(body)))
    }
    for name, body in parameters.items():
        if name not in wanted and name not in read:
            yield place, f"the component has no input `{name}`"
        kind = text(wanted.get(name, {}).get("parameterType"))
        yield from _bound(
            f"{place}.inputs.parameters.{name}",
            mapping(body), kind, parameters, outer, tasks, components,
        )  # fmt: skip
    for name, body in artifacts.items():
        if name not in _artifacts(called, "inputDefinitions"):
            yield place, f"the component has no input artifact `{name}`"
        where = f"{place}.inputs.artifacts.{name}"
        yield from _bound_artifact(where, mapping(body), outer, tasks, components)
    items = mapping(iterator.get("items"))
    if iterator and "raw" not in items and text(items.get("inputParameter")) not in parameters:
        yield f"{place}.parameterIterator", "the list to go through is not bound"


def _constant_text(body: Object) -> str:
    return text(mapping(body.get("runtimeValue")).get("constant"))


def _bound(
    place: str,
    body: Object,
    kind: str,
    siblings: Object,
    outer: Object,
    tasks: dict[str, Object],
    components: dict[str, Object],
) -> Iterator[Problem]:
    if "runtimeValue" in body:
        constant = mapping(body["runtimeValue"]).get("constant")
        if isinstance(constant, str) and constant in RUN_FIELDS:
            return
        if isinstance(constant, str):
            for problem in problems(constant, Ports(inputs=siblings)):
                yield place, problem
        if not values.fits(constant, kind):
            yield place, f"the constant {constant!r} is no {kind}"
    elif "componentInputParameter" in body:
        name = text(body["componentInputParameter"])
        given = _parameters(outer, "inputDefinitions").get(name)
        if given is None:
            yield place, f"there is no parameter `{name}` around this task"
        elif not values.meets(text(given.get("parameterType")), kind):
            yield place, f"`{name}` is {given.get('parameterType')}, {kind} is wanted"
    elif "taskOutputParameter" in body:
        output = mapping(body["taskOutputParameter"])
        producer, key = text(output.get("producerTask")), text(output.get("outputParameterKey"))
        if producer not in tasks:
            yield place, f"there is no task `{producer}` here"
            return
        given = _parameters(_called(tasks[producer], components), "outputDefinitions").get(key)
        if given is None:
            yield place, f"`{producer}` has no output parameter `{key}`"
        elif not values.meets(text(given.get("parameterType")), kind):
            yield place, f"`{key}` is {given.get('parameterType')}, {kind} is wanted"
    elif "taskFinalStatus" not in body:
        yield place, "bound to nothing"


def _bound_artifact(
    place: str, body: Object, outer: Object, tasks: dict[str, Object], components: dict[str, Object]
) -> Iterator[Problem]:
    if "componentInputArtifact" in body:
        name = text(body["componentInputArtifact"])
        if name not in _artifacts(outer, "inputDefinitions"):
            yield place, f"there is no artifact `{name}` around this task"
    elif "taskOutputArtifact" in body:
        output = mapping(body["taskOutputArtifact"])
        producer, key = text(output.get("producerTask")), text(output.get("outputArtifactKey"))
        if producer not in tasks:
            yield place, f"there is no task `{producer}` here"
        elif key not in _artifacts(_called(tasks[producer], components), "outputDefinitions"):
            yield place, f"`{producer}` has no output artifact `{key}`"
    else:
        yield place, "bound to nothing"


def _called(task: Object, components: dict[str, Object]) -> Object:
    return components.get(text(mapping(task.get("componentRef")).get("name")), {})


# ---- order ----------------------------------------------------------------------------------


def _producers(task: Object) -> set[str]:
    inputs = mapping(task.get("inputs"))
    return {
        text(mapping(mapping(body).get(kind)).get("producerTask"))
        for part, kind in (
            ("parameters", "taskOutputParameter"),
            ("artifacts", "taskOutputArtifact"),
        )
        for body in mapping(inputs.get(part)).values()
        if kind in mapping(body)
    }


def _order(place: str, task: Object, tasks: dict[str, Object]) -> Iterator[Problem]:
    waits = texts(task.get("dependentTasks"))
    for name in waits:
        if name not in tasks:
            yield f"{place}.dependentTasks", f"there is no task `{name}` here"
    for name in sorted(_producers(task) - set(waits)):
        if name in tasks:
            yield f"{place}.dependentTasks", f"reads `{name}` but does not wait for it"


def _cycle(where: str, tasks: dict[str, Object]) -> Iterator[Problem]:
    """The tasks that can never start, found by starting all that can."""
    waits = {
        name: ({*texts(task.get("dependentTasks"))} | _producers(task)) & tasks.keys()
        for name, task in tasks.items()
    }
    followers: dict[str, list[str]] = {name: [] for name in tasks}
    for name, before in waits.items():
        for other in before:
            followers[other].append(name)
    ready = [name for name, before in waits.items() if not before]
    while ready:
        done = ready.pop()
        for name in followers[done]:
            waits[name].discard(done)
            if not waits[name]:
                ready.append(name)
    stuck = sorted(name for name, before in waits.items() if before)
    if stuck:
        yield f"{where}.dag.tasks", f"these wait for each other: {', '.join(stuck)}"


def _outputs(
    where: str, component: Object, tasks: dict[str, Object], components: dict[str, Object]
) -> Iterator[Problem]:
    outputs = mapping(mapping(component["dag"]).get("outputs"))
    for part, keys in (("parameters", "outputParameterKey"), ("artifacts", "outputArtifactKey")):
        for name, body in mapping(outputs.get(part)).items():
            for selector in _selectors(mapping(body)):
                place = f"{where}.dag.outputs.{part}.{name}"
                producer, key = text(selector.get("producerSubtask")), text(selector.get(keys))
                if producer not in tasks:
                    yield place, f"there is no task `{producer}` here"
                    continue
                made = mapping(_called(tasks[producer], components).get("outputDefinitions"))
                if key not in mapping(made.get(part)):
                    yield place, f"`{producer}` has no output `{key}`"


def _selectors(body: Object) -> Iterator[Object]:
    if "valueFromParameter" in body:
        yield mapping(body["valueFromParameter"])
    several = mapping(body.get("valueFromOneof")).get("parameterSelectors")
    for group in (several, body.get("artifactSelectors")):
        if isinstance(group, list):
            yield from (mapping(item) for item in group)
