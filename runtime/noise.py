"""Noise: a pure step that gave other bytes for the same key; the first result stands."""

from __future__ import annotations

from typing import cast

from .artifact import Json
from .descriptors import ARTIFACTS, Type, fields, kind, part
from .record import Record

_CANONICAL = (".joblib", ".pkl")


def differing(one: Record, other: Record) -> tuple[str, ...]:
    """The outputs of which two results of one key have other bytes, sorted.

    A model counts only in the form that our own codec writes: equal objects have equal bytes then.
    """
    types = dict(cast("list[tuple[str, Type]]", one.parts["outputs"]))
    return tuple(
        name
        for name in sorted(one.outputs.keys() & other.outputs.keys())
        if _content(types.get(name), one.outputs[name])
        != _content(types.get(name), other.outputs[name])
    )


def _content(type: Type, entry: dict[str, Json]) -> Json:
    if "value" in entry:
        return _compared(entry["type"], entry["value"])
    return _compared(part(type) if kind(type) == "optional" else type, entry)


def _compared(type: Type, data: Json) -> Json:
    """What tells one value from another: of artifacts the digest, of foreign models nothing."""
    head = kind(type)
    if data is None:
        return None
    if head in ARTIFACTS:
        found = cast("dict[str, Json]", data)
        canonical = head != "Model" or str(found["name"]).endswith(_CANONICAL)
        return found["digest"] if canonical else None
    if head == "optional":
        return _compared(part(type), data)
    if head == "List":
        return [_compared(part(type), item) for item in cast("list[Json]", data)]
    if head == "Map":
        of = part(type)
        return {name: _compared(of, item) for name, item in cast("dict[str, Json]", data).items()}
    if head == "record":
        held = cast("dict[str, Json]", data)
        return {name: _compared(of, held[name]) for name, of in fields(type)}
    return data
