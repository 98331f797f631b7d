"""Our own rules for a workflow's spec: what neither Argo's models nor its schemas look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..names import RULES
from .depends import STATES, STATES_OF_LOOPS, DependsError, needs
from .tree import Tree, items, mapping, names, text, texts
from .variables import NodeOutputs, Scope, trouble, variables

KINDS: Final = (
    "container", "script", "dag", "steps", "suspend", "http", "data", "plugin", "resource",
    "containerSet",
)  # fmt: skip
_GROUPS: Final = ("dag", "steps")
_RUNS_IMAGE: Final = ("container", "script")
_LOOPS: Final = ("withItems", "withParam", "withSequence")
_PARAMETER = re.compile(r"[-A-Za-z0-9_]+")

Fault = tuple[str, str]
"""Where, as a path inside the document, and what."""


@dataclass(frozen=True, slots=True)
class Templates:
    """A spec's templates by name, and the names of its parameters and volumes."""

    by_name: Mapping[str, Tree]
    parameters: frozenset[str]
    volumes: frozenset[str]


def check_spec(spec: Tree) -> Iterator[Fault]:
    """Everything wrong in the spec of a Workflow or WorkflowTemplate, top to bottom."""
    templates = items(spec, "templates")
    known = Templates(
        by_name={text(template, "name"): template for template in templates},
        parameters=frozenset(names(items(spec, "arguments", "parameters"))),
        volumes=frozenset(
            [
                *names(items(spec, "volumes")),
                *(text(claim, "metadata", "name") for claim in items(spec, "volumeClaimTemplates")),
            ]
        ),
    )
    for key in ("entrypoint", "onExit"):
        if (key == "entrypoint" or key in spec) and text(spec, key) not in known.by_name:
            yield f"spec.{key}", f"there is no template called `{text(spec, key)}`"
    yield from check_parameters(items(spec, "arguments", "parameters"), "spec.arguments")
    yield from _unique(names(templates), "spec.templates", "template")
    for index, template in enumerate(templates):
        where = f"spec.templates[{index}]"
        if not RULES["argo.template"].allows(text(template, "name")):
            yield where, f"`{text(template, 'name')}` cannot name a template"
        yield from _check_template(template, known, where)


def check_parameters(parameters: list[Tree], where: str) -> Iterator[Fault]:
    """Names are legal and unique, a closed set of values holds the value."""
    yield from _unique(names(parameters), f"{where}.parameters", "parameter")
    for index, parameter in enumerate(parameters):
        place = f"{where}.parameters[{index}]"
        if _PARAMETER.fullmatch(text(parameter, "name")) is None:
            yield place, f"`{text(parameter, 'name')}` cannot name a parameter"
        allowed, value = parameter.get("enum"), parameter.get("value")
        if isinstance(allowed, list) and value is not None and value not in allowed:
            yield f"{place}.value", f"`{value}` is not in the enum"


def check_cycles(edges: Mapping[str, list[str]]) -> list[str] | None:
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


def _check_template(template: Tree, known: Templates, where: str) -> Iterator[Fault]:
    kinds = [kind for kind in KINDS if kind in template]
    if len(kinds) != 1:
        found = " and ".join(f"`{kind}`" for kind in kinds) or "none"
        yield where, f"a template does exactly one thing, this one has {found}"
        return
    (kind,) = kinds
    if "parallelism" in template and kind not in _GROUPS:
        yield f"{where}.parallelism", f"only dag and steps can bound it, this is a {kind}"
    if "activeDeadlineSeconds" in template and kind in _GROUPS:
        yield f"{where}.activeDeadlineSeconds", f"only templates that run a pod have it, not {kind}"
    yield from check_parameters(items(template, "inputs", "parameters"), f"{where}.inputs")
    if kind in _RUNS_IMAGE:
        yield from _check_container(template, kind, known, f"{where}.{kind}")
    if kind == "dag":
        yield from _check_dag(template, known, where)
        return
    scope = _scope(template, known)
    if kind == "steps":
        yield from _check_steps(template, scope, known, where)
        return
    yield from _check_variables(template, scope, where)


def _check_container(template: Tree, kind: str, known: Templates, where: str) -> Iterator[Fault]:
    container = mapping(template, kind)
    if not text(container, "image"):
        yield f"{where}.image", "a container needs an image"
    if not container.get("command"):
        yield (
            f"{where}.command",
            "without a command Argo asks the registry what the image starts with",
        )
    volumes = known.volumes.union(names(items(template, "volumes")))
    for mount in items(container, "volumeMounts"):
        if text(mount, "name") not in volumes:
            yield f"{where}.volumeMounts", f"there is no volume called `{text(mount, 'name')}`"


def _check_dag(template: Tree, known: Templates, where: str) -> Iterator[Fault]:
    tasks = items(template, "dag", "tasks")
    by_name = {text(task, "name"): task for task in tasks}
    edges: dict[str, list[str]] = {}
    place = f"{where}.dag"
    if not tasks:
        yield place, "a dag needs at least one task"
    yield from _unique(names(tasks), f"{place}.tasks", "task")
    for index, task in enumerate(tasks):
        here = f"{place}.tasks[{index}]"
        name = text(task, "name")
        if not RULES["argo.task"].allows(name):
            yield here, f"`{name}` cannot name a task"
        yield from _check_depends(task, by_name, edges, here)
    circle = check_cycles(edges)
    if circle is not None:
        yield f"{place}.tasks", "these wait for one another: " + " -> ".join(circle)
        return
    ancestors = _ancestors(edges)
    scope = _scope(template, known)
    outputs = {name: _outputs(task, known) for name, task in by_name.items()}
    for index, task in enumerate(tasks):
        here = f"{place}.tasks[{index}]"
        before = {name: outputs[name] for name in ancestors[text(task, "name")]}
        loops = any(loop in task for loop in _LOOPS)
        yield from _check_call(task, known, here)
        yield from _check_variables(task, replace(scope, nodes=before, in_loop=loops), here)


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
            loops = any(loop in by_name.get(need.task, {}) for loop in _LOOPS)
            if need.state in STATES_OF_LOOPS and not loops:
                yield f"{where}.depends", f"`{need.state}` is for loops; `{need.task}` is none"
    for name in waits:
        if name not in by_name:
            yield f"{where}.depends", f"this dag has no task called `{name}`"


def _check_steps(template: Tree, scope: Scope, known: Templates, where: str) -> Iterator[Fault]:
    groups = template.get("steps")
    before: dict[str, NodeOutputs] = {}
    for index, group in enumerate(groups if isinstance(groups, list) else []):
        # A group is written as a list; hera writes it as a mapping that holds the list.
        steps = [mapping(step) for step in group] if isinstance(group, list) else []
        for position, step in enumerate(steps):
            here = f"{where}.steps[{index}][{position}]"
            loops = any(loop in step for loop in _LOOPS)
            yield from _check_call(step, known, here)
            yield from _check_variables(step, replace(scope, nodes=before, in_loop=loops), here)
        before = before | {text(step, "name"): _outputs(step, known) for step in steps}


def _check_call(call: Tree, known: Templates, where: str) -> Iterator[Fault]:
    """A task or step names a template, and gives it what it wants and nothing else."""
    if "templateRef" in call or "inline" in call:
        return
    template = known.by_name.get(text(call, "template"))
    if template is None:
        yield f"{where}.template", f"there is no template called `{text(call, 'template')}`"
        return
    for group in ("parameters", "artifacts"):
        wanted = items(template, "inputs", group)
        given = names(items(call, "arguments", group))
        optional = ("value", "default", "valueFrom", "optional", "raw", "s3", "gcs", "http")
        for input_ in wanted:
            name = text(input_, "name")
            if name not in given and not any(key in input_ for key in optional):
                yield f"{where}.arguments", f"`{text(call, 'template')}` also needs `{name}`"
        for name in given:
            if name not in names(wanted):
                yield (
                    f"{where}.arguments",
                    f"`{text(call, 'template')}` takes nothing called `{name}`",
                )
        yield from _unique(given, f"{where}.arguments.{group}", "argument")


def _check_variables(part: Tree, scope: Scope, where: str) -> Iterator[Fault]:
    for inner, found in texts(part):
        try:
            read = list(variables(found))
        except ValueError as problem:
            yield f"{where}.{inner}", str(problem)
            continue
        for variable in read:
            what = trouble(variable, scope)
            if what is not None:
                yield f"{where}.{inner}", what


def _scope(template: Tree, known: Templates) -> Scope:
    return Scope(
        workflow_parameters=known.parameters,
        inputs=names(items(template, "inputs", "parameters")),
        input_artifacts=names(items(template, "inputs", "artifacts")),
        outputs=names(items(template, "outputs", "parameters")),
        output_artifacts=names(items(template, "outputs", "artifacts")),
    )


def _outputs(call: Tree, known: Templates) -> NodeOutputs:
    template = known.by_name.get(text(call, "template"))
    if template is None:
        return NodeOutputs(known=False)
    return NodeOutputs(
        frozenset(names(items(template, "outputs", "parameters"))),
        frozenset(names(items(template, "outputs", "artifacts"))),
    )


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


def _unique(found: list[str], where: str, what: str) -> Iterator[Fault]:
    for name in dict.fromkeys(name for name in found if found.count(name) > 1):
        yield where, f"two are called `{name}`: a {what}'s name is its own"
