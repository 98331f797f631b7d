"""Dags and steps: what waits for what, and what each call may see of those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..names import RULES
from .calls import (
    LOOPS,
    Fault,
    Templates,
    check_call,
    check_variables,
    outputs_of,
    scope_of,
    unique,
)
from .depends import STATES, STATES_OF_LOOPS, DependsError, needs
from .tree import Tree, items, mapping, names, text
from .variables import NodeOutputs, Scope


def check_dag(template: Tree, known: Templates, where: str) -> Iterator[Fault]:
    """Tasks, what they wait for, and what they are given."""
    tasks = items(template, "dag", "tasks")
    by_name = {text(task, "name"): task for task in tasks}
    edges: dict[str, list[str]] = {}
    place = f"{where}.dag"
    if not tasks:
        yield place, "a dag needs at least one task"
    yield from unique(names(tasks), f"{place}.tasks", "task")
    for index, task in enumerate(tasks):
        here = f"{place}.tasks[{index}]"
        name = text(task, "name")
        if not RULES["argo.task"].allows(name):
            yield here, f"`{name}` cannot name a task"
        yield from _check_depends(task, by_name, edges, here)
    circle = _circle(edges)
    if circle is not None:
        yield f"{place}.tasks", "these wait for one another: " + " -> ".join(circle)
        return
    ancestors = _ancestors(edges)
    scope = scope_of(template, known)
    outputs = {name: outputs_of(task, known) for name, task in by_name.items()}
    for index, task in enumerate(tasks):
        here = f"{place}.tasks[{index}]"
        before = {name: outputs[name] for name in ancestors[text(task, "name")]}
        loops = any(loop in task for loop in LOOPS)
        yield from check_call(task, known, here)
        yield from check_variables(task, replace(scope, nodes=before, in_loop=loops), here)


def check_steps(template: Tree, scope: Scope, known: Templates, where: str) -> Iterator[Fault]:
    """Groups of steps one after another; a step sees those of earlier groups."""
    groups = template.get("steps")
    before: dict[str, NodeOutputs] = {}
    for index, group in enumerate(groups if isinstance(groups, list) else []):
        steps = [mapping(step) for step in group] if isinstance(group, list) else []
        for position, step in enumerate(steps):
            here = f"{where}.steps[{index}][{position}]"
            loops = any(loop in step for loop in LOOPS)
            yield from check_call(step, known, here)
            yield from check_variables(step, replace(scope, nodes=before, in_loop=loops), here)
        before = before | {text(step, "name"): outputs_of(step, known) for step in steps}


def _check_depends(
    task: Tree, by_name: Mapping[str, Tree], edges: dict[str, list[str]], where: str
) -> Iterator[Fault]:
    waits = edges.setdefault(text(task, "name"), [])
    if "dependencies" in task and "depends" in task:
        yield where, "`dependencies` and `depends` exclude one another"
    listed = task.get("dependencies")
    waits.extend(str(name) for name in (listed if isinstance(listed, list) else []))
    if "depends" in task:
        try:
            found = needs(text(task, "depends"))
        except DependsError as problem:
            yield f"{where}.depends", str(problem)
            return
        for need in found:
            waits.append(need.task)
            if need.state and need.state not in STATES:
                yield f"{where}.depends", f"no task is ever `{need.state}`"
            loops = any(loop in by_name.get(need.task, {}) for loop in LOOPS)
            if need.state in STATES_OF_LOOPS and not loops:
                yield f"{where}.depends", f"`{need.state}` is for loops; `{need.task}` is none"
    for name in waits:
        if name not in by_name:
            yield f"{where}.depends", f"this dag has no task called `{name}`"


def _circle(edges: Mapping[str, list[str]]) -> list[str] | None:
    """Names along a circle, the first one again at the end; None where there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        stack = [(start, iter(edges[start]))] if start not in done else []
        path.extend(name for name, _ in stack)
        while stack:
            name, rest = stack[-1]
            after = next((other for other in rest if other in edges and other not in done), None)
            if after is None:
                stack.pop()
                path.pop()
                done.add(name)
            elif after in path:
                return [*path[path.index(after) :], after]
            else:
                stack.append((after, iter(edges[after])))
                path.append(after)
    return None


def _ancestors(edges: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """All that comes before each task, in a graph without circles."""
    found: dict[str, set[str]] = {}
    for start in edges:
        stack = [start]
        while stack:
            name = stack[-1]
            missing = [other for other in edges[name] if other in edges and other not in found]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            direct = [other for other in edges[name] if other in edges]
            found[name] = set(direct).union(*(found[other] for other in direct))
    return found
