"""Writes YAML in block style: the bytes that PyYAML's emitter writes, in a tenth of its time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

# What may stand without quotes: YAML 1.1, YAML 1.2 and Go's readers all see a string in it.
# Numbers, dates and times begin with a digit, a sign or a dot; the words below are the rest that
# one of them reads as something else.
_PLAIN = re.compile(r"(?:--)?[A-Za-z/_](?:[\w./@+%$()=&-]|:(?=[\w/])| (?=[\w(&]))*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_ESCAPED = re.compile(r'["\\]|[^\x20-\x7e]')
_SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


class Line(dict[str, object]):
    """A mapping that YAML shows on one line."""


def document(content: Mapping[str, object]) -> str:
    """One document. It holds nothing but what JSON knows; keys are short texts of one line."""
    return "".join(_mapping(content, "\n"))[1:] + "\n" if content else "{}\n"


def _mapping(content: Mapping[str, object], margin: str) -> Iterator[str]:
    """Every entry on a line of its own; `margin` is a line break and the indentation."""
    for key, value in content.items():
        yield f"{margin}{_scalar(key, margin)}:"
        if isinstance(value, dict) and value and not isinstance(value, Line):
            yield from _mapping(value, margin + "  ")
        elif isinstance(value, (list, tuple)) and value:
            yield from _items(value, margin)
        else:
            yield f" {_inline(value, margin)}"


def _items(items: list[object] | tuple[object, ...], margin: str) -> Iterator[str]:
    """Every item behind a dash, as far to the left as the key they belong to."""
    for item in items:
        yield f"{margin}-"
        inner = margin + "  "
        if isinstance(item, dict) and item and not isinstance(item, Line):
            parts = _mapping(item, inner)
        elif isinstance(item, (list, tuple)) and item:
            parts = _items(item, inner)
        else:
            yield f" {_inline(item, margin)}"
            continue
        # the first entry stands on the line of the dash
        yield " " + next(parts).removeprefix(inner)
        yield from parts


def _inline(value: object, margin: str) -> str:
    """A scalar, or a collection between braces or brackets."""
    if isinstance(value, dict):
        inside = (f"{_scalar(k, None)}: {_inline(v, '')}" for k, v in value.items())
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_inline(item, '') for item in value)}]"
    return _scalar(value, margin or None)


def _scalar(value: object, margin: str | None) -> str:
    """One value; a text in several lines is a block where `margin` says how far in it stands."""
    if isinstance(value, str):
        return _text(value, margin)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        written = repr(value)
        return written.replace("e", ".0e", 1) if "." not in written else written
    return str(value)


def _text(text: str, margin: str | None) -> str:
    """A string as it may stand, as a block, or in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if "\n" in text and margin is not None and _is_block(text):
        lines = text.removesuffix("\n").split("\n")
        return ("|" if text.endswith("\n") else "|-") + "".join(
            f"{margin}  {line}" if line else "\n" for line in lines
        )
    ascii_only = text.isascii() and text.isprintable()
    if ascii_only and "'" not in text and ('"' in text or "\\" in text):
        return f"'{text}'"
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if 0xA0 <= code <= 0xFFFD and code != 0xFEFF:
        return character
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _is_block(text: str) -> bool:
    """Whether a literal block shows the text exactly."""
    lines = text.removesuffix("\n").split("\n")
    return (
        text.isascii()
        and not text.endswith("\n\n")
        and lines[0] != ""
        and not lines[0].startswith(" ")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )
