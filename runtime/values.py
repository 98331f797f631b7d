"""Values of the language: Python objects, the JSON that travels between steps, and text.

A type descriptor is JSON: a name (`"Int"`) or a list (`["List", "Int"]`, `["optional", T]`,
`["enum", ["a", "b"]]`, `["Map", T]`, `["record", [[name, T], ...]]`, `["Dataset", columns | null]`,
`["Metrics", fields | null]`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Protocol, TypeAlias, cast

from .artifact import Artifact, Json
from .quantities import Size, parse_duration, parse_size, show_duration, show_size

Type: TypeAlias = Json

ARTIFACTS = frozenset({"File", "Dir", "Dataset", "Model"})
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
_EXACT_IN_JSON = 2**53
# Python reads and writes no number that is much longer.
_LONGEST_NUMBER = 12_000


class _Scalar(Protocol):
    def item(self) -> object: ...


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


def _wrong(type: Type, value: object) -> ValueMismatch:
    return ValueMismatch(f"{spell(type)} wanted, {_shown(value)} given")


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except Exception:  # an object's own way to show itself, or a number of too many digits
        return "a value that cannot be shown"
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _integer(type: Type, value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise ValueMismatch(f"{_shown(value)} does not fit into 64 bits")
    return value


def _number(value: float) -> float:
    try:
        return _finite(float(value))
    except OverflowError:
        raise ValueMismatch(f"{_shown(value)} is too large for Float") from None


def _text(value: str) -> str:
    """The characters themselves, whatever a class of its own says that they are."""
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueMismatch(f"{_shown(text)} holds half a character, which is no text") from None
    return text


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueMismatch(f"{value} is not a finite number")
    return value


def _time(text: str) -> datetime:
    # Python 3.10 does not read the `Z`.
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueMismatch(f"the time {text} has no zone; write {text}Z for UTC")
    return moment.astimezone(timezone.utc)


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
                return _integer(type, int(data))
            if head == "Size":
                return Size(int(data))
            if head == "Date":
                return date.fromisoformat(data)
            if head == "Time":
                return _time(data)
        except ValueError:
            pass
    elif isinstance(data, (int, float)):
        if head == "Float":
            return _finite(float(data))
        if head == "Duration":
            return timedelta(microseconds=round(data * 1_000_000))
        if isinstance(data, int) and head in ("Int", "Size"):
            return _integer(type, data) if head == "Int" else Size(data)
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
    raise _wrong(type, data)


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
    raise _wrong(type, data)


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
            return _number(value)
        if isinstance(value, int) and head in ("Int", "Size"):
            number = _integer(type, int(value))
            return number if abs(number) <= _EXACT_IN_JSON else str(number)
        if head == "Json":
            if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
                raise ValueMismatch("it holds a number of more than 3,600 digits")
            return int(value) if isinstance(value, int) else _finite(float(value))
    elif isinstance(value, str):
        if head in ("String", "Json", "Secret") or (
            head == "enum" and value in cast("list[Json]", part(type))
        ):
            return _text(value)
    elif isinstance(value, datetime):
        if head == "Time":
            if value.tzinfo is None:
                raise ValueMismatch(f"the time {value} has no zone; make it aware (UTC)")
            return show(value.astimezone(timezone.utc))
    elif isinstance(value, date):
        if head == "Date":
            return value.isoformat()
    elif isinstance(value, timedelta):
        if head == "Duration":
            return _seconds(value)
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
    raise _wrong(type, value)


def _encode_object(type: Type, head: str, value: dict[object, object]) -> Json:
    if not all(isinstance(name, str) for name in value):
        raise ValueMismatch(f"{spell(type)} has text for keys, {list(value)[:3]} given")
    named = cast("dict[str, object]", value)
    if head in ("Json", "Map"):
        of: Type = "Json" if head == "Json" else part(type)
        return {_text(name): encode(of, item) for name, item in named.items()}
    if head in ("Metrics", "record"):
        declared = dict(fields(type))
        whole = _with_missing(declared, dict(named))
        if head == "record":
            return {name: _encode_field(name, of, whole[name]) for name, of in declared.items()}
        return {
            _text(name): _encode_field(name, declared.get(name, "Float"), item)
            for name, item in whole.items()
        }
    raise _wrong(type, value)


def _encode_field(name: str, type: Type, value: object) -> Json:
    try:
        return encode(type, value)
    except ValueMismatch as problem:
        raise ValueMismatch(f"`{name}`: {problem}") from None


def _seconds(value: timedelta) -> int | float:
    whole, rest = divmod(value, timedelta(seconds=1))
    return whole if not rest else value.total_seconds()


def parse(type: Type, text: str) -> object:
    """The value that a text stands for: parameters, bound literals, what shell steps write."""
    head = kind(type)
    try:
        if head == "optional":
            return parse(part(type), text)
        if head in ("String", "Secret"):
            return text
        bare = text.strip()
        if head == "Int":
            return _integer(type, int(bare))
        if head == "Float":
            share = bare.endswith("%")
            return _finite(float(bare[:-1]) / 100 if share else float(bare))
        if head == "Bool" and bare in ("true", "false"):
            return bare == "true"
        if head == "Date":
            return date.fromisoformat(bare)
        if head == "Time":
            return _time(bare)
        if head == "Duration":
            return parse_duration(bare)
        if head == "Size":
            return parse_size(bare)
        if head == "enum":
            return decode(type, bare)
        if head in ("List", "Map", "record", "Json", "Metrics"):
            return decode(type, parse_json(bare))
    except ValueError:
        pass
    raise _wrong(type, text)


def _no_constant(word: str) -> object:
    raise ValueMismatch(f"{word} is not a finite number")


def parse_json(text: str | bytes) -> Json:
    """JSON without NaN and infinities. Raises `ValueError` or `ValueMismatch`."""
    try:
        return cast(Json, json.loads(text, parse_constant=_no_constant))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def show(value: object) -> str:
    """The text of a value inside an f-string: `true`, `2026-11-22`, `30m`, `16GB`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Size):
        return show_size(value)
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(float(value))
    return str(value)


def shell_text(type: Type, value: object) -> str:
    """The text of a value in a shell step's variable: seconds, bytes, JSON of lists."""
    head = kind(type)
    if head == "optional":
        return shell_text(part(type), value)
    if head in ("Duration", "Size"):
        return str(encode(type, value))
    if head in ("List", "Map", "record", "Json", "Metrics"):
        return json.dumps(encode(type, value), ensure_ascii=False)
    return show(value)
