"""Parsed documents read without trust: a missing or odd part reads as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

Tree = Mapping[str, object]


def mapping(value: object, *path: str) -> Tree:
    """The mapping at a path; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return cast("Tree", value) if isinstance(value, Mapping) else {}


def items(value: object, *path: str) -> list[Tree]:
    """The mappings in the list at a path."""
    *before, last = path
    found = mapping(value, *before).get(last)
    return [mapping(item) for item in found] if isinstance(found, list) else []


def text(value: object, *path: str) -> str:
    """The text at a path; "" where there is none."""
    *before, last = path
    found = mapping(value, *before).get(last)
    return found if isinstance(found, str) else ""


def names(found: Sequence[Tree]) -> list[str]:
    """The `name` of each."""
    return [text(item, "name") for item in found]


def texts(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a value, with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(inner, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{where}[{index}]")


def difference(before: object, after: object, where: str = "") -> Iterator[tuple[str, str]]:
    """What a value lost or changed on its way: path and what happened."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before:
            inner = f"{where}.{key}" if where else str(key)
            if key not in after:
                yield inner, f"nobody knows a field called `{key}` here"
            else:
                yield from difference(before[key], after[key], inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from difference(old, new, f"{where}[{index}]")
    elif before != after or type(before) is not type(after):
        yield where, f"`{before}` is read as `{after}`"
