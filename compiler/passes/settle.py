"""Puts what a lock has pinned in the place of what the program says.

Digests for the tags of images, packages with hashes for lists of requirements.

Preserves: everything, for as long as the names mean what they did when the lock was written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from ...runtime.dataclass import replace
from ..ir.definitions import ContainerBody, Definition
from ..ir.graph import Graph
from ..ir.nodes import Task
from ..ir.settings import Environment
from .keys import PYTHON
from .pins import wants
from .tasks import each_task

Image = Callable[[str], str]
"""A reference with its digest where the lock knows it, else as it is."""
Packages = Callable[[tuple[str, ...], str], str | None]
"""The list with hashes that requirements came to on a Python, where the lock knows them."""


def settled(graph: Graph, image: Image, packages: Packages, name: str) -> Graph:
    """The graph with all that is pinned; `name` is that of the lock."""
    definitions: dict[int, Definition] = {}

    def task(node: Task) -> Task:
        known = definitions.get(id(node.definition))
        if known is None:
            known = definitions[id(node.definition)] = _definition(node.definition, image)
        old = node.settings.environment
        environment = _environment(old, image, packages, name)
        if environment is old:
            return node if known is node.definition else replace(node, definition=known)
        settings = replace(node.settings, environment=environment)
        return replace(node, definition=known, settings=settings)

    return each_task(graph, task)


def _definition(definition: Definition, image: Image) -> Definition:
    body = definition.body
    if not isinstance(body, ContainerBody) or image(body.image) == body.image:
        return definition
    return replace(definition, body=replace(body, image=image(body.image)))


def _environment(
    environment: Environment, image: Image, packages: Packages, name: str
) -> Environment:
    found = environment
    if found.image is not None and image(found.image) != found.image:
        found = replace(found, image=image(found.image))
    wanted = wants(found)
    listed = packages(wanted, found.python or PYTHON) if wanted else None
    if listed is None:
        return found
    # The list stays where a file says it: how to reach an index is said there, too.
    beside = PurePosixPath(found.requirements[0]).parent if found.requirements else PurePosixPath()
    return replace(found, lockfile=(str(beside / name), listed), packages=())
