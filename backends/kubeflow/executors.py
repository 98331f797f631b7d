"""Checks of executors: containers whose every placeholder can be filled, and importers."""

from __future__ import annotations

from collections.abc import Iterator

from .placeholders import Ports, inputs_in, problems, reads_everything
from .reading import Object, Problem, artifacts, mapping, parameters, text, texts


def check(where: str, component: Object, executors: Object) -> Iterator[Problem]:
    """The executor of a component, with the component's inputs and outputs."""
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
    if len(artifacts(component, "outputDefinitions")) != 1:
        yield place, "an importer makes exactly one artifact"


def _container(place: str, component: Object, container: Object) -> Iterator[Problem]:
    ports = Ports(
        inputs=parameters(component, "inputDefinitions"),
        artifacts_in=artifacts(component, "inputDefinitions"),
        outputs=parameters(component, "outputDefinitions"),
        artifacts_out=artifacts(component, "outputDefinitions"),
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
