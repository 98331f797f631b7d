"""What of pyarrow is used here, and how it is told that it is missing or fails."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any, Protocol

from .descriptors import Type

Columns = Sequence[tuple[str, Type]]


class TableError(Exception):
    """A dataset cannot be read, written, or is not what was declared; in the user's words.

    `rows` are lines of an example, to be shown below the message.
    """

    def __init__(self, message: str, rows: str = "") -> None:
        super().__init__(message)
        self.rows = rows


class _Field(Protocol):
    name: str
    type: object


class Schema(Protocol):
    """The part of pyarrow.Schema used here."""

    names: list[str]

    def field(self, name: str) -> _Field: ...


class Table(Protocol):
    """The part of pyarrow.Table, and of pyarrow.RecordBatch, used here."""

    schema: Schema
    num_rows: int

    def column(self, name: str) -> Column: ...
    def to_pandas(self) -> object: ...


class Column(Protocol):
    """The part of pyarrow.ChunkedArray used here."""

    null_count: int
    type: object

    def unique(self) -> Column: ...
    def drop_null(self) -> Column: ...
    def to_pylist(self) -> list[object]: ...


def arrow(module: str, why: str) -> Any:
    """A module of pyarrow. Raises `TableError` where it is not installed."""
    # pyarrow is typed by what comes back from it, not by itself: it need not be installed.
    if importlib.util.find_spec("pyarrow") is None:
        raise TableError(
            f"{why} needs pyarrow in the environment of this step; install `millpond[data]`"
        )
    return importlib.import_module(module)
