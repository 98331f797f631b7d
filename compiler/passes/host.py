"""Takes steps out of their images, for a local target that says `containers = "host"`.

Preserves: nothing about results. A step without its image is another step: its key names what
executes then, and never the image, so that no result of the host is taken for one of the image.
"""

from __future__ import annotations

from ...runtime.dataclass import replace
from ..ir.definitions import ContainerBody, Definition
from ..ir.graph import Graph
from ..ir.nodes import Task
from .tasks import each_task

HOST = ""
"""The image of a container step whose command runs without one."""


def on_host(graph: Graph) -> Graph:
    """The graph with every step on the host."""
    definitions: dict[int, Definition] = {}

    def task(node: Task) -> Task:
        known = definitions.get(id(node.definition))
        if known is None:
            known = definitions[id(node.definition)] = _without_image(node.definition)
        environment = replace(node.settings.environment, image=None, launcher=None)
        settings = replace(node.settings, environment=environment)
        return replace(node, definition=known, settings=settings)

    return each_task(graph, task)


def _without_image(definition: Definition) -> Definition:
    body = definition.body
    if not isinstance(body, ContainerBody):
        return definition
    return replace(definition, body=replace(body, image=HOST))
