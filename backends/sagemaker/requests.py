"""Holds a step's arguments against the shape of the request that they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, TypeAlias

from .limits import length
from .reading import Problem, is_function, items, record
from .service import Shape

KindOf: TypeAlias = Callable[[Mapping[str, object]], str | None]
"""What a function's value is: `string`, `integer`, `float`, `boolean`, or None for any."""

_NUMBERS: Final = frozenset({"integer", "long", "float", "double"})


def check_request(
    value: object, shape: Shape, where: str, kind_of: KindOf, left_out: str = ""
) -> Iterator[Problem]:
    """Everything in a value that the shape does not allow; a function stands for any scalar.

    `left_out` is a required member that Pipelines fills in and that must not be there.
    """
    if is_function(value):
        yield from _function(record(value), shape, where, kind_of)
        return
    match shape.type_name:
        case "structure":
            yield from _structure(value, shape, where, kind_of, left_out)
        case "list":
            yield from _list(value, shape, where, kind_of)
        case "map":
            yield from _map(value, shape, where, kind_of)
        case "string":
            yield from _string(value, shape, where)
        case "boolean":
            if not isinstance(value, bool):
                yield where, f"true or false is wanted, not {value!r}"
        case kind if kind in _NUMBERS:
            yield from _number(value, shape, where)
        case _:
            return


def _structure(
    value: object, shape: Shape, where: str, kind_of: KindOf, left_out: str
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield where, f"an object ({shape.name}) is wanted, not {value!r}"
        return
    for name in shape.required_members:
        if name not in value and name != left_out:
            yield where, f"`{name}` is missing"
    for name, part in value.items():
        if name not in shape.members:
            yield f"{where}.{name}", f"{shape.name} has no `{name}`"
        elif name == left_out:
            yield f"{where}.{name}", "Pipelines makes this up itself"
        else:
            yield from check_request(part, shape.members[name], f"{where}.{name}", kind_of)


def _list(value: object, shape: Shape, where: str, kind_of: KindOf) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield where, f"a list ({shape.name}) is wanted, not {value!r}"
        return
    yield from _within(len(value), shape, where, "entries")
    for number, part in enumerate(value):
        yield from check_request(part, shape.member, f"{where}[{number}]", kind_of)


def _map(value: object, shape: Shape, where: str, kind_of: KindOf) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield where, f"an object ({shape.name}) is wanted, not {value!r}"
        return
    yield from _within(len(value), shape, where, "entries")
    for name, part in value.items():
        yield from _string(name, shape.key, f"{where}.{name}")
        yield from check_request(part, shape.value, f"{where}.{name}", kind_of)


def _string(value: object, shape: Shape, where: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield where, f"a text ({shape.name}) is wanted, not {value!r}"
        return
    allowed = items(shape.metadata.get("enum"))
    if allowed and value not in allowed:
        yield where, f"`{value}` is not a {shape.name}"
    yield from _within(length(value), shape, where, "characters")
    pattern = shape.metadata.get("pattern")
    if isinstance(pattern, str) and not _pattern(pattern).fullmatch(value):
        yield where, f"{value!r} does not match {pattern}"


def _number(value: object, shape: Shape, where: str) -> Iterator[Problem]:
    whole = shape.type_name in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        yield where, f"a number ({shape.name}) is wanted, not {value!r}"
        return
    yield from _within(value, shape, where, "")


def _within(value: float, shape: Shape, where: str, unit: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    words = f"{value:,} {unit}".strip()
    if isinstance(least, int | float) and value < least:
        yield where, f"{words}: {least:,} is the least"
    if isinstance(most, int | float) and value > most:
        yield where, f"{words}: {most:,} is the most"


def _function(
    value: Mapping[str, object], shape: Shape, where: str, kind_of: KindOf
) -> Iterator[Problem]:
    kind = shape.type_name
    if kind in ("structure", "list", "map"):
        yield where, f"{shape.name} cannot come from the run"
        return
    found = kind_of(value)
    fits = {"string": {"string"}, "boolean": {"boolean"}, "integer": {"integer"}}.get(
        kind, {"integer", "float"}
    )
    if found is not None and found not in fits:
        yield where, f"{shape.name} is a {kind}, this gives a {found}"
    most = shape.metadata.get("max")
    fixed = sum(
        length(part)
        for part in items(record(value.get("Std:Join")).get("Values"))
        if isinstance(part, str)
    )
    if kind == "string" and isinstance(most, int) and fixed > most:
        yield where, f"the fixed part alone has {fixed} characters: {most} is the most"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of the model; one that Python's expressions cannot say allows everything."""
    if r"\p{" in pattern or r"\uD800" in pattern:
        return re.compile("(?s:.*)")
    return re.compile(pattern)
