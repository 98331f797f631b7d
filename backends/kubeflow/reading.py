"""Reads parsed documents whose shape nobody has promised."""

from __future__ import annotations

from typing import cast


def mapping(value: object) -> dict[str, object]:
    """The value if it is an object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def texts(value: object) -> list[str]:
    """The strings in a list; nothing else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""
