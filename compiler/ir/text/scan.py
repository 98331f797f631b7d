"""Walks over the text form: white space, words, signs and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

from ...source import Span
from ..values import Json, NodeId

NOWHERE = Span("", 0, 0)
"""The span of everything that was read: the text form has none."""

T = TypeVar("T")

_SPACE = re.compile(r"(?:\s|#(?!\d)[^\n]*)*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECODER = json.JSONDecoder()


class TextFault(ValueError):  # noqa: N818  (texts are written by us)
    """A text is no graph."""


class Scanner:
    """A place in a text; every method that takes something moves past it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.skip()

    def skip(self) -> None:
        """Moves past white space and comments."""
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def fault(self, wanted: str) -> TextFault:
        line = self.text.count("\n", 0, self.at) + 1
        here = self.text[self.at : self.at + 40].partition("\n")[0]
        return TextFault(f"line {line}: {wanted} wanted before `{here}`")

    @property
    def ended(self) -> bool:
        return self.at == len(self.text)

    def sees(self, sign: str) -> bool:
        """Whether the sign, or the whole word, comes next."""
        if not self.text.startswith(sign, self.at):
            return False
        end = self.at + len(sign)
        inside = sign[-1].isalnum() and self.text[end : end + 1].isidentifier()
        return not inside

    def takes(self, *signs: str) -> str | None:
        """The first of the signs that comes next, taken; None where none does."""
        for sign in signs:
            if self.sees(sign):
                self.at += len(sign)
                self.skip()
                return sign
        return None

    def needs(self, *signs: str) -> str:
        """As `takes`, but one must come."""
        found = self.takes(*signs)
        if found is None:
            raise self.fault(" or ".join(f"`{sign}`" for sign in signs))
        return found

    def pattern(self, wanted: re.Pattern[str]) -> str | None:
        found = wanted.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        self.skip()
        return found[0]

    def json(self) -> Json:
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError:
            raise self.fault("JSON") from None
        self.skip()
        return value  # type: ignore[no-any-return]  # JSON by construction

    def string(self) -> str:
        value = self.json() if self.sees('"') else None
        if not isinstance(value, str):
            raise self.fault("quoted text")
        return value

    def word(self) -> str:
        """A name, bare or quoted."""
        found = self.pattern(_WORD)
        return self.string() if found is None else found

    def node(self) -> NodeId:
        self.needs("%")
        return NodeId(self.word())

    def listed(self, one: Callable[[], T], end: str) -> list[T]:
        """Items with commas between them up to `end`, which is taken too."""
        items: list[T] = []
        while self.takes(end) is None:
            if items:
                self.needs(",")
            items.append(one())
        return items

    def block(self) -> dict[str, Json]:
        """`{ name = JSON, … }`, or nothing."""
        pairs = self.listed(self._pair, "}") if self.takes("{") else []
        return dict(pairs)

    def _pair(self) -> tuple[str, Json]:
        name = self.pattern(re.compile(r"[a-z_.]+"))
        if name is None:
            raise self.fault("the name of a setting")
        self.needs("=")
        return name, self.json()
