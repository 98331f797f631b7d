"""The colours of messages in a terminal, and how wide text is there."""

from __future__ import annotations

import re
from collections.abc import Callable

from .diagnostic import Severity

Paint = Callable[[str, str], str]

_STYLES = {
    Severity.ERROR.value: "1;31",
    Severity.WARNING.value: "1;33",
    Severity.LINT.value: "1;36",
    "title": "1",
    "gutter": "34",
    "second": "34",
    "added": "32",
    "removed": "31",
}
_TAB = "    "
# Characters that would move the cursor, colour the screen or turn the direction of text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(_style: str, text: str) -> str:
    """Text as it is."""
    return text


def ansi(style: str, text: str) -> str:
    """Text in the colour of `style`."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else text


def shown(text: str) -> str:
    """A line of source as it is printed: tabs as four blanks, unprintable characters as `�`."""
    return _UNSAFE.sub("\ufffd", text.replace("\t", _TAB))


def width(text: str) -> int:
    """How many columns of a terminal `shown(text)` takes."""
    text = shown(text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0
        if combining(c) or c in "\u200b\u200c\u200d\ufeff\ufe0f"
        else 2
        if east_asian_width(c) in "WF"
        else 1
        for c in text
    )
