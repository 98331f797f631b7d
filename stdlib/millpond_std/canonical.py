"""The text that stands for a value of a column wherever rows are spread by it."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timezone


def text_of(value: object) -> str:
    """The text of a value as an f-string of the language shows it; `none` where it is missing.

    Times without a zone are taken for UTC. Raises `TypeError` for what is no text, number, truth
    value, day or time.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, float):
        # Two zeros are equal, and what is equal stands at one place.
        return repr(value + 0.0)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return aware.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot say where its row belongs")


def number_of(value: object, salt: str = "") -> int:
    """sha256 of the text of a value as one number of 256 bits."""
    return int.from_bytes(hashlib.sha256((salt + text_of(value)).encode()).digest(), "big")
