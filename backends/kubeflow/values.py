"""Kubeflow's six parameter types: which constants belong to each, and which types meet."""

from __future__ import annotations

from typing import Final

_NUMBERS: Final = frozenset({"NUMBER_INTEGER", "NUMBER_DOUBLE"})


def fits(value: object, kind: str) -> bool:
    """Whether a constant is of a type; everything is of a type that is not known ("")."""
    match kind:
        case "STRING":
            return isinstance(value, str)
        case "BOOLEAN":
            return isinstance(value, bool)
        case "NUMBER_INTEGER":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case "NUMBER_DOUBLE":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "LIST":
            return isinstance(value, list)
        case "STRUCT":
            return isinstance(value, dict)
        case _:
            return True


def meets(given: str, wanted: str) -> bool:
    """Whether the driver takes a value of one type for the other: all of them become text."""
    return given == wanted or wanted in ("STRING", "") or {given, wanted} <= _NUMBERS
