"""Values as text: read from what people and shells write, and shown to them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from . import scalars
from .descriptors import Type, kind, mismatch, part
from .quantities import Size, parse_duration, parse_size, show_duration, show_size
from .values import decode, encode, parse_json


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
            return scalars.integer(int(bare))
        if head == "Float":
            share = bare.endswith("%")
            return scalars.finite(float(bare[:-1]) / 100 if share else float(bare))
        if head == "Bool" and bare in ("true", "false"):
            return bare == "true"
        if head == "Date":
            return date.fromisoformat(bare)
        if head == "Time":
            return scalars.time(bare)
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
    raise mismatch(type, text)


def show(value: object) -> str:
    """The text of a value inside an f-string: `true`, `2026-11-22`, `30m`, `16GB`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Size):
        return show_size(value)
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, datetime):
        return scalars.show_time(value)
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
