"""Type descriptors: what values of the language may be, as JSON, and what is said of others.

A descriptor is a name (`"Int"`) or a list (`["List", "Int"]`, `["Map", T]`, `["optional", T]`,
`["enum", ["a", "b"]]`, `["record", [[name, T], ...]]`, `["Dataset", columns | null]`,
`["Metrics", fields | null]`).
"""

from __future__ import annotations

import json
from typing import TypeAlias, cast

from .artifact import Json

Type: TypeAlias = Json

ARTIFACTS = frozenset({"File", "Dir", "Dataset", "Model"})


class ValueMismatch(Exception):  # noqa: N818 - the word of the contract
    """A value is not of the declared type; the message is in the user's words."""


def kind(type: Type) -> str:
    """The head of a descriptor: `Int`, `List`, `Dataset`, ..."""
    return cast(str, type[0] if isinstance(type, list) else type)


def part(type: Type, index: int = 1) -> Type:
    """An argument of a descriptor, None where it has none."""
    return type[index] if isinstance(type, list) and len(type) > index else None


def fields(type: Type) -> list[tuple[str, Type]]:
    """The named parts of a record, `Dataset[S]` or `Metrics[S]`."""
    return [(cast(str, name), of) for name, of in cast("list[tuple[Json, Type]]", part(type) or [])]


def spell(type: Type) -> str:
    """The type as a user would write it."""
    head = kind(type)
    if head == "optional":
        return f"{spell(part(type))}?"
    if head == "enum":
        return " | ".join(json.dumps(choice) for choice in cast("list[Json]", part(type)))
    if head == "List":
        return f"List[{spell(part(type))}]"
    if head == "Map":
        return f"Map[String, {spell(part(type))}]"
    if head == "record":
        return "{" + ", ".join(f"{name}: {spell(of)}" for name, of in fields(type)) + "}"
    return head


def has_artifacts(type: Type) -> bool:
    """Whether a value of this type can hold bytes of files."""
    head = kind(type)
    if head in ("optional", "List", "Map"):
        return has_artifacts(part(type))
    if head == "record":
        return any(has_artifacts(of) for _, of in fields(type))
    return head in ARTIFACTS


def mismatch(type: Type, value: object) -> ValueMismatch:
    """What is said of a value that is not of a type."""
    return ValueMismatch(f"{spell(type)} wanted, {shown(value)} given")


def shown(value: object) -> str:
    """A value as Python shows it, cut short."""
    try:
        text = repr(value)
    except Exception:  # an object's own way to show itself, or a number of too many digits
        return "a value that cannot be shown"
    return text if len(text) <= 80 else f"{text[:77]}..."
