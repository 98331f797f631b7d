"""Checks of the order of tasks: all that is read is waited for, and nothing waits for itself."""

from __future__ import annotations

from collections.abc import Iterator

from .reading import Object, Problem, mapping, text, texts


def check(where: str, tasks: dict[str, Object]) -> Iterator[Problem]:
    """The order of a DAG's tasks."""
    for name, task in tasks.items():
        place = f"{where}.dag.tasks.{name}.dependentTasks"
        waits = texts(task.get("dependentTasks"))
        for other in waits:
            if other not in tasks:
                yield place, f"there is no task `{other}` here"
        for other in sorted(_producers(task) - set(waits)):
            if other in tasks:
                yield place, f"reads `{other}` but does not wait for it"
    yield from _cycle(where, tasks)


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
