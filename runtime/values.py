"""Values between steps: Python objects of the language, and the JSON that travels."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Protocol, cast

from . import scalars
from .artifact import Artifact, Json
from .descriptors import ARTIFACTS, Type, ValueMismatch, fields, kind, mismatch, part, spell
from .quantities import Size

_EXACT_IN_JSON = 2**53
# Python reads and writes no number that is much longer.
_LONGEST_NUMBER = 12_000


class _Scalar(Protocol):
    def item(self) -> object: ...


def decode(type: Type, data: Json) -> object:
    """The Python object for JSON between steps. Raises `ValueMismatch`."""
    head = kind(type)
    if head == "optional":
        return None if data is None else decode(part(type), data)
    if isinstance(data, bool):
        if head in ("Bool", "Json"):
            return data
    elif isinstance(data, str):
        if head in ("String", "Json", "Secret"):
            return data
        if head == "enum" and data in cast("list[Json]", part(type)):
            return data
        try:
            if head == "Int":
                return scalars.integer(int(data))
            if head == "Size":
                return Size(int(data))
            if head == "Date":
                return date.fromisoformat(data)
            if head == "Time":
                return scalars.time(data)
        except ValueError:
            pass
    elif isinstance(data, (int, float)):
        if head == "Float":
            return scalars.finite(float(data))
        if head == "Duration":
            return timedelta(microseconds=round(data * 1_000_000))
        if isinstance(data, int) and head in ("Int", "Size"):
            return scalars.integer(data) if head == "Int" else Size(data)
        if head == "Json":
            return data
    elif isinstance(data, list):
        if head == "List":
            return [decode(part(type), item) for item in data]
        if head == "Json":
            return data
    elif isinstance(data, dict):
        return _decode_object(type, head, data)
    elif head == "Json":
        return data
    raise mismatch(type, data)


def _decode_object(type: Type, head: str, data: dict[str, Json]) -> object:
    if head == "Json":
        return data
    if head == "Map":
        return {name: decode(part(type), item) for name, item in data.items()}
    if head == "Metrics":
        declared = dict(fields(type))
        given = {name: decode(declared.get(name, "Float"), item) for name, item in data.items()}
        return _with_missing(declared, given)
    if head == "record":
        declared = dict(fields(type))
        given = {name: decode(of, data[name]) for name, of in declared.items() if name in data}
        return _with_missing(declared, given)
    if head in ARTIFACTS:
        try:
            return Artifact.from_json(data)
        except ValueError:
            pass
    raise mismatch(type, data)


def _with_missing(declared: dict[str, Type], given: dict[str, object]) -> dict[str, object]:
    for name, of in declared.items():
        if name not in given:
            if kind(of) != "optional":
                raise ValueMismatch(f"`{name}` is missing")
            given[name] = None
    return given


def encode(type: Type, value: object) -> Json:
    """The JSON for a Python object, checked against its type. Raises `ValueMismatch`."""
    head = kind(type)
    if value.__class__.__module__ == "numpy" and hasattr(value, "item"):
        # A numpy scalar (or an array of one element, refused below as a list is).
        value = value if getattr(value, "ndim", 0) else cast(_Scalar, value).item()
    if head == "optional":
        return None if value is None else encode(part(type), value)
    if isinstance(value, bool):
        if head in ("Bool", "Json"):
            return value
    elif isinstance(value, (int, float)):
        if head == "Float":
            return scalars.number(value)
        if isinstance(value, int) and head in ("Int", "Size"):
            number = scalars.integer(int(value))
            return number if abs(number) <= _EXACT_IN_JSON else str(number)
        if head == "Json":
            if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
                raise ValueMismatch("it holds a number of more than 3,600 digits")
            return int(value) if isinstance(value, int) else scalars.finite(float(value))
    elif isinstance(value, str):
        if head in ("String", "Json", "Secret") or (
            head == "enum" and value in cast("list[Json]", part(type))
        ):
            return scalars.text(value)
    elif isinstance(value, datetime):
        if head == "Time":
            if value.tzinfo is None:
                raise ValueMismatch(f"the time {value} has no zone; make it aware (UTC)")
            return scalars.show_time(value.astimezone(timezone.utc))
    elif isinstance(value, date):
        if head == "Date":
            return value.isoformat()
    elif isinstance(value, timedelta):
        if head == "Duration":
            return scalars.seconds(value)
    elif isinstance(value, (list, tuple)):
        if head in ("List", "Json"):
            return [encode("Json" if head == "Json" else part(type), item) for item in value]
    elif isinstance(value, dict):
        return _encode_object(type, head, value)
    elif isinstance(value, Artifact):
        if head in ARTIFACTS:
            return value.to_json()
    elif value is None and head == "Json":
        return None
    raise mismatch(type, value)


def _encode_object(type: Type, head: str, value: dict[object, object]) -> Json:
    if not all(isinstance(name, str) for name in value):
        raise ValueMismatch(f"{spell(type)} has text for keys, {list(value)[:3]} given")
    named = cast("dict[str, object]", value)
    if head in ("Json", "Map"):
        of: Type = "Json" if head == "Json" else part(type)
        return {scalars.text(name): encode(of, item) for name, item in named.items()}
    if head in ("Metrics", "record"):
        declared = dict(fields(type))
        whole = _with_missing(declared, dict(named))
        if head == "record":
            return {name: _encode_field(name, of, whole[name]) for name, of in declared.items()}
        return {
            scalars.text(name): _encode_field(name, declared.get(name, "Float"), item)
            for name, item in whole.items()
        }
    raise mismatch(type, value)


def _encode_field(name: str, type: Type, value: object) -> Json:
    try:
        return encode(type, value)
    except ValueMismatch as problem:
        raise ValueMismatch(f"`{name}`: {problem}") from None


def _no_constant(word: str) -> object:
    raise ValueMismatch(f"{word} is not a finite number")


def parse_json(text: str | bytes) -> Json:
    """JSON without NaN and infinities. Raises `ValueError` or `ValueMismatch`."""
    try:
        return cast(Json, json.loads(text, parse_constant=_no_constant))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
