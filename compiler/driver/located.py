"""Values that name files: lists, maps and records of them, with what lies at each path."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ...runtime.descriptors import ValueMismatch
from ..ir.values import Json
from ..types.types import Artifact, Dataset, ListOf, MapOf, Optional, Row, Type, is_artifact

Find = Callable[[Type, str], Json]
"""The artifact of a type at a path or URL."""
Leaf = Callable[[Type, object], Json]
"""A value that holds no file, encoded."""


def located(type_: Type, value: object, find: Find, leaf: Leaf) -> Json:
    """The value with every path that stands for a file found, and all else encoded.

    What is an artifact already stays. Raises `ValueMismatch` where the value is not of the
    type.
    """
    if not is_artifact(type_):
        return leaf(type_, value)
    match type_:
        case Optional(inner):
            return None if value is None else located(inner, value, find, leaf)
        case Artifact() | Dataset() if isinstance(value, str):
            return find(type_, value)
        case Artifact() | Dataset() if isinstance(value, dict):
            return cast(Json, value)
        case ListOf(inner) if isinstance(value, list):
            return [located(inner, item, find, leaf) for item in cast("list[object]", value)]
        case MapOf(inner) if isinstance(value, dict):
            items = cast("dict[str, object]", value).items()
            return {name: located(inner, item, find, leaf) for name, item in items}
        case Row(_, columns) if isinstance(value, dict):
            given = cast("dict[str, object]", value)
            if given.keys() <= {column.name for column in columns}:
                return {c.name: located(c.type, given.get(c.name), find, leaf) for c in columns}
        case _:
            pass
    raise ValueMismatch("this does not say which files")
