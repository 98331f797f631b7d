"""Our own rules for a workflow's spec: what neither Argo's models nor its schemas look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..names import RULES
from .calls import Fault, Templates, check_parameters, check_variables, scope_of, unique
from .dag import check_dag, check_steps
from .tree import Tree, items, mapping, names, text

KINDS: Final = (
    "container", "script", "dag", "steps", "suspend", "http", "data", "plugin", "resource",
    "containerSet",
)  # fmt: skip
_GROUPS: Final = ("dag", "steps")
_RUNS_IMAGE: Final = ("container", "script")


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
    yield from unique(names(templates), "spec.templates", "template")
    for index, template in enumerate(templates):
        where = f"spec.templates[{index}]"
        if not RULES["argo.template"].allows(text(template, "name")):
            yield where, f"`{text(template, 'name')}` cannot name a template"
        yield from _check_template(template, known, where)


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
        yield from check_dag(template, known, where)
        return
    scope = scope_of(template, known)
    if kind == "steps":
        yield from check_steps(template, scope, known, where)
        return
    yield from check_variables(template, scope, where)


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
