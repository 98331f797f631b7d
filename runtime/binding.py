"""Bound text: how an engine's command line says which value an input gets.

`=TEXT` a literal, `@RESULT#output.field` a reference, `~` missing, `*[...]` a list of bound texts,
`*{...}` a map of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from .artifact import Artifact
from .descriptors import ARTIFACTS, Type, ValueMismatch, kind, part
from .digest import UnfitPathError
from .record import Record, UnknownOutputError
from .source import SourceError, find, nothing_at
from .store import Store, StoreUnreachableError
from .texts import parse
from .values import parse_json


class BindingError(Exception):
    """An argument does not give its input a value; names the input."""


def bind(
    types: Mapping[str, Type],
    optional: frozenset[str],
    arguments: Mapping[str, str],
    store: Store,
    files: Path,
) -> dict[str, object]:
    """The decoded value of every input; one in `optional` may be left out and then is.

    Relative paths of literal files are below `files`. Raises `BindingError`, and
    `StoreUnreachableError` where a reference cannot be followed now.
    """
    unknown = sorted(set(arguments) - set(types))
    if unknown:
        raise BindingError(f"there is no input called `{unknown[0]}`")
    reader = _Reader(store, files)
    bound: dict[str, object] = {}
    for name, type in types.items():
        try:
            if name in arguments:
                bound[name] = reader.value(type, arguments[name])
            elif kind(type) == "optional" and name not in optional:
                bound[name] = None
            elif name not in optional:
                raise BindingError("it has no value")
        except (ValueMismatch, UnknownOutputError, BindingError) as problem:
            raise BindingError(f"input `{name}`: {problem}") from None
    return bound


class _Reader:
    """Reads bound texts, each referenced record once."""

    def __init__(self, store: Store, files: Path) -> None:
        self._store = store
        self._files = files
        self._records: dict[str, Record] = {}

    def value(self, type: Type, text: str) -> object:
        sign, rest = text[:1], text[1:]
        if sign == "=":
            return self._literal(type, rest)
        if sign == "@":
            result, _, output = rest.partition("#")
            return self._record(result.strip()).value(output, type)
        if text == "~":
            if kind(type) != "optional":
                raise BindingError("it is missing")
            return None
        if sign == "*":
            return self._many(part(type) if kind(type) == "optional" else type, rest)
        raise BindingError(f"{text!r} is no bound text")

    def _record(self, result: str) -> Record:
        if result not in self._records:
            record = self._store.record(result)
            if record is None:
                raise StoreUnreachableError(f"result {result} is not in {self._store.url}")
            self._records[result] = record
        return self._records[result]

    def _many(self, type: Type, text: str) -> object:
        try:
            data = parse_json(text)
        except ValueError:
            data = None
        if isinstance(data, list) and kind(type) == "List":
            return [self.value(part(type), str(item)) for item in data]
        if isinstance(data, dict) and kind(type) == "Map":
            return {name: self.value(part(type), str(item)) for name, item in data.items()}
        raise BindingError(f"{text!r} is no JSON list of bound texts")

    def _literal(self, type: Type, text: str) -> object:
        inner = part(type) if kind(type) == "optional" else type
        return self._found(text) if kind(inner) in ARTIFACTS else parse(type, text)

    def _found(self, text: str) -> Artifact:
        """A file or folder that the user names by path, pattern or URL."""
        try:
            return find(text, self._files)
        except FileNotFoundError:
            raise BindingError(nothing_at(text)) from None
        except SourceError as problem:
            raise StoreUnreachableError(str(problem)) from problem
        except UnfitPathError as problem:
            raise BindingError(str(problem)) from None


def input_optional(rows: object) -> frozenset[str]:
    """The inputs of a step spec that have a default of their own."""
    return frozenset(
        cast(str, row[0]) for row in cast("list[list[object]]", rows) if len(row) > 2 and row[2]
    )
