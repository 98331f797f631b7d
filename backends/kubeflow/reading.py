"""Reads parsed documents whose shape nobody has promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast

Object: TypeAlias = dict[str, object]
Problem: TypeAlias = tuple[str, str]
"""(path in the document, what is wrong there)."""


def mapping(value: object) -> Object:
    """The value if it is an object, else an empty one."""
    return cast("Object", value) if isinstance(value, dict) else {}


def texts(value: object) -> list[str]:
    """The strings in a list; nothing else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def parameters(component: Object, part: str) -> dict[str, Object]:
    """The parameters in a component's `inputDefinitions` or `outputDefinitions`."""
    found = mapping(mapping(component.get(part)).get("parameters"))
    return {name: mapping(body) for name, body in found.items()}


def artifacts(component: Object, part: str) -> Object:
    """The artifacts in a component's `inputDefinitions` or `outputDefinitions`."""
    return mapping(mapping(component.get(part)).get("artifacts"))


def component_of(task: Object) -> str:
    """The name of the component that a task calls."""
    return text(mapping(task.get("componentRef")).get("name"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a task of a DAG can see: the component around it, its sisters, all components."""

    around: Object
    tasks: dict[str, Object]
    components: dict[str, Object]

    def called(self, task: str) -> Object:
        """The component that a sister calls; empty where there is none."""
        return self.components.get(component_of(self.tasks[task]), {})
