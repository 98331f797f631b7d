"""Sentences in which the user's words are told apart from ours, so that each form quotes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ...runtime.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """What the user calls something: it stands in quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """What the user says that something is: a number, a text, a type."""

    text: str


Phrase: TypeAlias = "tuple[str | Name | Value, ...]"

LONGEST = 60


def plain(phrase: Phrase) -> str:
    """The sentence for a terminal or a machine."""
    return "".join(
        f"`{part.text}`" if isinstance(part, Name) else part if isinstance(part, str) else part.text
        for part in phrase
    )


def short(text: str) -> Value:
    """A value on one line, its middle left out where it is long."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return Value(line)
    half = LONGEST // 2
    return Value(f"{line[: half - 1].rstrip()} … {line[2 - half :].lstrip()}")


def moved(was: str, now: str) -> Phrase:
    """`from 1 to 2`; of long texts only where they differ."""
    old, new = " ".join(was.split()), " ".join(now.split())
    if max(len(old), len(new)) > LONGEST:
        start = 0
        while start < min(len(old), len(new)) and old[start] == new[start]:
            start += 1
        start = max(0, start - LONGEST // 3)
        old, new = (f"{'… ' if start else ''}{text[start:]}" for text in (old, new))
    return (" from ", _cut(old), " to ", _cut(new))


def _cut(text: str) -> Value:
    return Value(text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …")


def listed(names: Sequence[str], most: int = 4) -> Phrase:
    """`a`, `b` and `c`; of many only the first."""
    shown: list[str | Name | Value] = [Name(name) for name in names]
    if len(names) > most + 1:
        shown = [*shown[:most], f"{len(names) - most} more"]
    found: list[str | Name | Value] = []
    for number, part in enumerate(shown):
        if number:
            found.append(" and " if number == len(shown) - 1 else ", ")
        found.append(part)
    return tuple(found)


def counted(number: int, noun: str) -> str:
    """`1 step`, `2 steps`, `no steps`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    amount = f"{number:,}" if number else "no"
    return f"{amount} {noun if number == 1 else plural}"
