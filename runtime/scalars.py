"""Scalars: which numbers, texts and times are values of the language.

What is none raises `ValueMismatch`, in the user's words.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

from .descriptors import ValueMismatch, shown

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


def integer(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise ValueMismatch(f"{shown(value)} does not fit into 64 bits")
    return value


def number(value: float) -> float:
    try:
        return finite(float(value))
    except OverflowError:
        raise ValueMismatch(f"{shown(value)} is too large for Float") from None


def text(value: str) -> str:
    """The characters themselves, whatever a class of its own says that they are."""
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueMismatch(f"{shown(text)} holds half a character, which is no text") from None
    return text


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueMismatch(f"{value} is not a finite number")
    return value


def time(text: str) -> datetime:
    """A moment, in UTC. Raises `ValueError`, too, for what is written otherwise."""
    # Python 3.10 does not read the `Z`.
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueMismatch(f"the time {text} has no zone; write {text}Z for UTC")
    return moment.astimezone(timezone.utc)


def show_time(moment: datetime) -> str:
    """`2026-11-22T12:30:00Z`."""
    return moment.isoformat().replace("+00:00", "Z")


def seconds(value: timedelta) -> int | float:
    """A duration as JSON has it: whole where it can be."""
    whole, rest = divmod(value, timedelta(seconds=1))
    return whole if not rest else value.total_seconds()
