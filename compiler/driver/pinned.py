"""What `mlp.lock` pins, for commands that build: never asks anybody, and says what it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.dataclass import dataclass
from ...runtime.nested import leaves
from ..diagnostics.diagnostic import Diagnostic, Severity, error
from ..ir import meaning
from ..ir.definitions import ContainerBody
from ..ir.graph import Graph
from ..ir.nodes import Task
from ..ir.values import Literal
from ..lock import BrokenLockError, Lock, read
from ..manifest import name_beside
from ..passes.pins import wants
from ..passes.settle import settled
from ..project import LOCK, Project
from ..source import Source, Span
from ..types.image import flaw
from ..types.types import is_artifact


@dataclass(frozen=True, slots=True)
class Opened:
    """The lock of a project, with its text and what is wrong with it where it is broken."""

    lock: Lock | None
    source: Source | None = None
    problem: Diagnostic | None = None


def open_lock(project: Project, main: str = "") -> Opened:
    """Reads the lock; `main` is the name of the program's file, as messages name the lock like it.

    A project without one has pinned nothing.
    """
    place = project.root / LOCK
    name = name_beside(place, project.folder, main)
    try:
        text = place.read_text("utf-8")
    except FileNotFoundError:
        return Opened(None)
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        return Opened(None, None, error("MLP0001", f"cannot read `{name}`: {why}", None))
    try:
        return Opened(read(text))
    except BrokenLockError as problem:
        span = Span(name, problem.start, problem.end)
        found = error("MLP0001", str(problem), span, problem.label, help=[problem.way])
        return Opened(None, Source(name, text), found)


def settle(graph: Graph, lock: Lock | None) -> Graph:
    """The graph with everything that the lock has pinned."""
    if lock is None:
        return graph

    def packages(wanted: tuple[str, ...], python: str) -> str | None:
        found = lock.resolved(wanted, python)
        return None if found is None else found.text

    return settled(graph, lock.image, packages, LOCK)


def image_of(task: Task) -> str | None:
    """The image that a task names."""
    body = task.definition.body
    return body.image if isinstance(body, ContainerBody) else task.settings.environment.image


def doubtful_images(graph: Graph) -> Iterator[Diagnostic]:
    """An error for what names no image, once each, now that parameters have values; a lint for
    what is named by a tag alone: the lock does not say which one it is."""
    seen: set[str] = set()
    for node in graph.everything():
        image = image_of(node) if isinstance(node, Task) else None
        if image is None or image in seen:
            continue
        assert isinstance(node, Task)
        seen.add(image)
        place = node.settings.span("environment.image") or node.definition.span
        wrong = flaw(image)
        if wrong is not None:
            yield error("MLP0503", wrong, place, "what shall run?")
        elif "@" not in image:
            yield error(
                "MLP0509",
                f"nobody knows which image `{image}` will be tomorrow",
                place,
                "a tag can move",
                notes=["no result of such a step answers another run"],
                help=[f"`mlp lock` writes down in `{LOCK}` which one it is today"],
                severity=Severity.LINT,
            )


def lacking(graph: Graph, lock: Lock | None) -> str | None:
    """What a graph uses that the lock does not have, or has otherwise, in one line; None where
    there is no lock, or nothing lacks."""
    if lock is None:
        return None
    images: dict[str, None] = {}
    steps: dict[str, None] = {}
    for node in graph.everything():
        if not isinstance(node, Task):
            continue
        image = image_of(node)
        if image is None and wants(node.settings.environment):
            steps[node.definition.name] = None
        elif image and "@" not in image:
            images[image] = None
    moved = [url for url, digest in _sources(graph) if lock.sources.get(url, digest) != digest]
    if moved:
        return f"{LOCK} is stale: `{moved[0]}` has changed"
    said = [f"`{image}`" for image in images]
    said += [f"the packages of `{step}`" for step in steps]
    if not said:
        return None
    few = ", ".join(said[:3]) + (f" and {len(said) - 3} more" if len(said) > 3 else "")
    return f"{LOCK} is stale: it does not say what {few} {'is' if len(said) == 1 else 'are'}"


def _sources(graph: Graph) -> Iterator[tuple[str, str]]:
    """What tasks are given that lies at a URL, with its fingerprint."""
    for node in graph.everything():
        if not isinstance(node, Task):
            continue
        for (_, value), port in zip(node.arguments, node.definition.inputs, strict=True):
            if isinstance(value, Literal) and is_artifact(port.type):
                for artifact in leaves([meaning.value_of(value)]):
                    if artifact.source is not None:
                        yield artifact.source, artifact.digest
