"""Argo's variables: which `{{…}}` a text holds, and whether they mean anything where they stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_INDEX = re.compile(r"\[\s*['\"]([-\w.]+)['\"]\s*\]")
_PATH = re.compile(r"\b(?:workflow|inputs|outputs|tasks|steps|item|pod|node)\b(?:\.[-\w]+)*")

# What the controller takes for variables of its own; other tags it leaves as they are
# (`GlobalVarValidWorkflowVariablePrefix` in workflow/common).
_ROOTS: Final = ("item", "steps", "inputs", "outputs", "pod", "workflow", "tasks", "node")
_OF_WORKFLOW: Final = frozenset(
    {
        "name", "namespace", "uid", "mainEntrypoint", "serviceAccountName", "status", "failures",
        "duration", "priority", "scheduledTime", "creationTimestamp",
    }
)  # fmt: skip
_JSON_OF: Final = ("parameters", "labels", "annotations")
_OF_NODE: Final = frozenset(
    {"id", "ip", "status", "exitCode", "startedAt", "finishedAt", "hostNodeName"}
)


@dataclass(frozen=True, slots=True)
class NodeOutputs:
    """What a task or step gives to those after it."""

    parameters: frozenset[str] = frozenset()
    artifacts: frozenset[str] = frozenset()
    known: bool = True
    """False for a template of another document: its outputs cannot be seen from here."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What variables may stand for at one place."""

    workflow_parameters: Collection[str]
    inputs: Collection[str] = ()
    input_artifacts: Collection[str] = ()
    outputs: Collection[str] = ()
    output_artifacts: Collection[str] = ()
    nodes: dict[str, NodeOutputs] = field(default_factory=dict)
    """Tasks or steps whose outputs can be read, by name."""
    in_loop: bool = False


def variables(text: str) -> Iterator[str]:
    """The variables that a text names, expressions read through; raises ValueError at a fault."""
    for match in _TAG.finditer(text):
        tag = match[1]
        if not tag.startswith("="):
            yield tag.strip()
            continue
        code = _INDEX.sub(r".\1", tag[1:])
        yield from _PATH.findall(_QUOTED.sub("''", code))
    rest = _TAG.sub("", text)
    if "{{" in rest:
        raise ValueError("`{{` is never closed")


def trouble(variable: str, scope: Scope) -> str | None:
    """Why a variable means nothing in a scope; None where it does."""
    parts = variable.split(".")
    if parts[0] not in _ROOTS:
        return None
    match parts:
        case ["workflow", *rest]:
            fine = _is_workflow_variable(rest, scope)
        case ["inputs", "parameters", *name]:
            fine = not name or ".".join(name) in scope.inputs
        case ["inputs", "artifacts", name, *_]:
            fine = name in scope.input_artifacts
        case ["outputs", "parameters", name, "path"]:
            fine = name in scope.outputs
        case ["outputs", "artifacts", name, "path"]:
            fine = name in scope.output_artifacts
        case ["outputs", *_] | ["pod", "name"] | ["node", "name"]:
            fine = True
        case ["item", *_]:
            fine = scope.in_loop
        case ["tasks" | "steps", "name"]:
            fine = True
        case ["tasks" | "steps", name, *rest]:
            return _node_trouble(name, rest, scope)
        case _:
            fine = False
    return None if fine else f"nothing here is called `{variable}`"


def _is_workflow_variable(rest: list[str], scope: Scope) -> bool:
    match rest:
        case [name] | ["creationTimestamp" as name, _] if name in _OF_WORKFLOW:
            return True
        case [group] | [group, "json"] if group in _JSON_OF:
            return True
        case ["parameters", name]:
            return name in scope.workflow_parameters
        case ["labels" | "annotations", *_] | ["outputs", "parameters" | "artifacts", _]:
            return True
        case _:
            return False


def _node_trouble(name: str, rest: list[str], scope: Scope) -> str | None:
    outputs = scope.nodes.get(name)
    if outputs is None:
        return f"`{name}` does not come before this, so nothing of it can be read"
    match rest:
        case ["outputs", "parameters", parameter]:
            given = parameter in outputs.parameters
        case ["outputs", "artifacts", artifact, *_]:
            given = artifact in outputs.artifacts
        case ["outputs", "parameters" | "result" | "exitCode"]:
            return None
        case [word]:
            given = word in _OF_NODE
        case _:
            given = False
    return None if given or not outputs.known else f"`{name}` has no `{'.'.join(rest)}`"
