"""JSON values as sentences say them, and where two of them differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import TypeAlias

from ..ir.values import Json

Text: TypeAlias = "Callable[[str], str | None]"
"""The text of a digest that an earlier run has kept, None where nobody has it."""

LONGEST = 60


def leaves(
    was: Json, now: Json, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    """The places where two JSON values differ, deepest first named, with both sides."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(was.keys() | now.keys()):
            yield from leaves(was.get(name), now.get(name), (*path, name))
    elif was != now:
        yield path, was, now


def said(value: Json) -> str:
    """A value as a sentence says it."""
    if isinstance(value, str):
        return value
    return "nothing" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def moved(was: str, now: str) -> str:
    """`from 1 to 2`; of long texts only where they begin to differ."""
    if max(len(was), len(now)) > LONGEST:
        start = 0
        while start < min(len(was), len(now)) and was[start] == now[start]:
            start += 1
        start = max(0, start - LONGEST // 3)
        was, now = (f"{'… ' if start else ''}{text[start:]}" for text in (was, now))
    return f"from {_cut(was)} to {_cut(now)}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def table(value: Json) -> dict[str, Json]:
    """A value that is an object, an empty one for all else."""
    return value if isinstance(value, dict) else {}


def size(count: int) -> str:
    """Bytes as people say them: `1.2 MB`."""
    amount, unit = float(count), 0
    units = ("B", "KB", "MB", "GB", "TB")
    while amount >= 999.5 and unit < len(units) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{1 if unit and amount < 9.95 else 0}f} {units[unit]}"


def first_difference(was: str, now: str) -> tuple[str | None, str | None]:
    """The first line in which two texts differ, on either side: None where it is not there."""
    old, new = ([line.strip() for line in text.splitlines()] for text in (was, now))
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone = next((line for line in old[i:i_end] if line), None)
            come = next((line for line in new[j:j_end] if line), None)
            if gone is not None or come is not None:
                return gone, come
    return None, None
