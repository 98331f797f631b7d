"""Artifacts inside values: found, and changed where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from .artifact import Artifact
from .descriptors import ARTIFACTS, Type, fields, has_artifacts, kind, part

Label: TypeAlias = "tuple[str, ...]"


def map_artifacts(
    type: Type, value: object, change: Callable[[Label, Type, object], object], label: Label = ()
) -> object:
    """The same value with every artifact in it changed.

    `change` gets where the artifact lies (`("rows", "0")`), its type and what stands there now.
    """
    if value is None or not has_artifacts(type):
        return value
    head = kind(type)
    if head == "optional":
        return map_artifacts(part(type), value, change, label)
    if head == "List" and isinstance(value, (list, tuple)):
        return [
            map_artifacts(part(type), item, change, (*label, str(index)))
            for index, item in enumerate(value)
        ]
    if head == "Map" and isinstance(value, dict):
        return {
            name: map_artifacts(part(type), item, change, (*label, str(name)))
            for name, item in value.items()
        }
    if head == "record" and isinstance(value, dict):
        return {
            **value,
            **{
                name: map_artifacts(of, value[name], change, (*label, name))
                for name, of in fields(type)
                if name in value
            },
        }
    return change(label, type, value) if head in ARTIFACTS else value


def leaves(value: object) -> Iterator[Artifact]:
    """Every artifact inside a decoded value."""
    if isinstance(value, Artifact):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
