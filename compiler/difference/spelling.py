"""How values and expressions are written for people."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from ...runtime.quantities import show_duration, show_size
from ..ir.text.spell import expression_text
from ..ir.values import Expr, Json
from .matching import stem
from .phrase import Phrase, Value, moved

_REFERENCE = re.compile(r'%"([^"]+)"|[%$](\w[\w.]*)')
_SIZES = ("memory", "disk", "shm")
_DURATIONS = ("timeout", "ttl")


def text(value: Json) -> str | None:
    """A JSON value as text, None for null."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def setting_text(name: str, value: Json) -> str | None:
    """A setting as a user writes it: `16GB`, `45m`."""
    last = name.rpartition(".")[2]
    match value:
        case bool() | None:
            return text(value)
        case int() if last in _SIZES:
            return show_size(value)
        case int() | float() if last in _DURATIONS:
            return _seconds(value)
        case [str(kind), int() | float() as first, *rest] if last == "backoff":
            most = rest[0] if rest else None
            more = f", max = {_seconds(most)}" if isinstance(most, int | float) else ""
            return f"{kind}({_seconds(first)}{more})"
        case list(items):
            return ", ".join(text(item) or "none" for item in items)
        case _:
            return text(value)


def _seconds(value: float) -> str:
    return show_duration(timedelta(seconds=value))


def became(was: str | None, now: str | None) -> Phrase:
    """` changed from 1 to 2`, ` is now 2`, ` is not set any more; it was 1`."""
    if was is None:
        return (" is now ", Value(now or "none"))
    if now is None:
        return (" is not set any more; it was ", Value(was))
    return (" changed", *moved(was, now))


def spelled(expression: Expr) -> str:
    """An expression as a user might write it."""
    return _REFERENCE.sub(lambda found: stem(found[1] or found[2]), expression_text(expression))
