"""What comes from values and names, as text for a terminal that it cannot steer."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Control characters, separators of lines, and what turns the direction of writing around.
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    """The text with every control character written as in a string: `\\n`, `\\x1b`."""
    return _CONTROL.sub(_escaped, text)


def noise(node: str, outputs: Sequence[str]) -> str:
    """A line about a node whose work has given other bytes before, as `plan` and `run` print it."""
    named = ", ".join(f"`{name}`" for name in outputs)
    return f"noisy: {node} came out otherwise when made again: {named}"


def inert(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(map(one_line, text.split("\n")))


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
