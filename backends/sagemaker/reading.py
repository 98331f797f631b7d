"""A definition read back: its steps with those inside others, and the functions in its values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Problem: TypeAlias = tuple[str, str]
"""Where in the document, and what is wrong."""

FUNCTIONS: Final = frozenset({"Get", "Std:Join", "Std:JsonGet"})
_NESTED: Final = {"Condition": ("IfSteps", "ElseSteps"), "ForEach": ("ForEachBody",)}


class UnreadableError(Exception):
    """The bytes are no JSON document; says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `inside` names the Condition or ForEach around it, `loop` the nearest ForEach."""

    name: str
    kind: str
    where: str
    body: Mapping[str, object]
    inside: str | None
    loop: str | None

    @property
    def arguments(self) -> Mapping[str, object]:
        return record(self.body.get("Arguments"))


def read(content: bytes) -> dict[str, object]:
    """The document. Raises `UnreadableError`."""
    try:
        document = json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant)
    except ValueError as problem:
        raise UnreadableError(str(problem)) from None
    if not isinstance(document, dict):
        raise UnreadableError("the document is not an object")
    return document


def steps_of(document: Mapping[str, object]) -> Iterator[Step]:
    """Every step, outer ones before those in them; what is no object is left out."""
    yield from _steps(document.get("Steps"), "Steps", None, None)


def record(value: object) -> Mapping[str, object]:
    """The value where it is an object, else an empty one: its shape is checked elsewhere."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def is_function(value: object) -> bool:
    """Whether a value is something that SageMaker works out during the run."""
    return isinstance(value, dict) and not FUNCTIONS.isdisjoint(value)


def functions_in(value: object, where: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every function in a value, outer ones first, without those of steps inside it."""
    if isinstance(value, dict):
        if is_function(value):
            yield where, value
        for name, part in value.items():
            if name not in ("IfSteps", "ElseSteps", "ForEachBody"):
                yield from functions_in(part, f"{where}.{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from functions_in(part, f"{where}[{number}]")


def _steps(value: object, where: str, inside: str | None, loop: str | None) -> Iterator[Step]:
    for number, body in enumerate(items(value)):
        if not isinstance(body, dict):
            continue
        name, kind = str(body.get("Name", "")), str(body.get("Type", ""))
        place = f"{where}[{number}]"
        step = Step(name, kind, place, body, inside, loop)
        yield step
        for part in _NESTED.get(kind, ()):
            within = name if kind == "ForEach" else loop
            yield from _steps(step.arguments.get(part), f"{place}.Arguments.{part}", name, within)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{twice}` is there twice in one object")
    return document


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON number")
