"""The language of `depends`: which tasks a task waits for, and in which state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

STATES: Final = frozenset(
    {"Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned", "AnySucceeded"}
    | {"AllFailed"}
)
STATES_OF_LOOPS: Final = frozenset({"AnySucceeded", "AllFailed"})

_TOKEN = re.compile(
    r"\s*(?:(?P<mark>&&|\|\||!|\(|\))|(?P<task>[A-Za-z0-9][-A-Za-z0-9]*)(?:\.(?P<state>\w+))?)"
)


class DependsError(ValueError):
    """The text is no `depends` expression; the message says where it stops being one."""


@dataclass(frozen=True, slots=True)
class Need:
    """One task named in the expression, and the state asked for ("" for the usual ones)."""

    task: str
    state: str


def needs(text: str) -> list[Need]:
    """The tasks that an expression names, in order. Raises `DependsError`."""
    found: list[Need] = []
    depth = 0
    wants_operand = True
    for mark, need in _tokens(text):
        if need is not None:
            if not wants_operand:
                raise DependsError(f"`{need.task}` follows another task without `&&` or `||`")
            found.append(need)
            wants_operand = False
        elif mark in ("!", "("):
            if not wants_operand:
                raise DependsError(f"`{mark}` follows a task without `&&` or `||`")
            depth += mark == "("
        elif wants_operand:
            raise DependsError(f"a task is missing before `{mark}`")
        elif mark == ")":
            depth -= 1
            if depth < 0:
                raise DependsError("`)` closes nothing")
        else:
            wants_operand = True
    if wants_operand:
        raise DependsError("a task is missing at the end")
    if depth:
        raise DependsError("`(` is never closed")
    return found


def _tokens(text: str) -> Iterator[tuple[str, Need | None]]:
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise DependsError(f"`{text[position:].strip()}` is neither a task nor an operator")
        position = match.end()
        if match["task"] is None:
            yield match["mark"], None
        else:
            yield "", Need(match["task"], match["state"] or "")
