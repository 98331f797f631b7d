"""Documents as bytes: YAML and JSON, the same on every machine and safe for every reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from .yaml_text import Line, document

__all__ = ["Document", "Line", "to_json", "to_yaml"]

Document: TypeAlias = (
    "None | bool | int | float | str | list[Document] | tuple[Document, ...] | dict[str, Document]"
)


def to_yaml(*documents: Mapping[str, object]) -> bytes:
    """Block style, keys in the order given, no aliases; `---` sets several documents apart.

    They hold nothing but what JSON knows; keys are short texts of one line.
    """
    return "---\n".join(map(document, documents)).encode()


def to_json(document: object, *, compact: bool = False) -> bytes:
    """Keys in the order given, UTF-8, a newline at the end; `compact` has no white space."""
    text = json.dumps(
        document,
        ensure_ascii=False,
        allow_nan=False,
        indent=None if compact else 2,
        separators=(",", ":") if compact else None,
    )
    return (text if compact else text + "\n").encode()
