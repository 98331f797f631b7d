"""Reads types: `Int`, `"a" | "b"`, `List[T]`, `{ a: Int }`, schema names, `T?`."""

from __future__ import annotations

from collections.abc import Mapping

from ...types.types import (
    ARTIFACTS,
    JSON,
    MISSING,
    SCALARS,
    SECRET,
    UNKNOWN,
    Column,
    Dataset,
    EnumOf,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
)
from .scan import Scanner

_SINGLE: dict[str, Type] = {
    **SCALARS, **ARTIFACTS, "Json": JSON, "Secret": SECRET, "none": MISSING, "_": UNKNOWN,
}  # fmt: skip


def parse_type(scanner: Scanner, schemas: Mapping[str, Row]) -> Type:
    """The type that comes next. Raises `TextFault`."""
    found = _base(scanner, schemas)
    while scanner.takes("?"):
        found = Optional(found)
    return found


def parse_row(scanner: Scanner, schemas: Mapping[str, Row], name: str | None) -> Row:
    """`{ a: Int, b: Float? }` as the columns of a schema, or of a record without a name."""

    def column() -> Column:
        title = scanner.word()
        scanner.needs(":")
        return Column(title, parse_type(scanner, schemas))

    scanner.needs("{")
    return Row(name, tuple(scanner.listed(column, "}")))


def _base(scanner: Scanner, schemas: Mapping[str, Row]) -> Type:
    if scanner.sees("{"):
        return parse_row(scanner, schemas, None)
    if scanner.sees('"'):
        choices = [scanner.string()]
        while scanner.takes("|"):
            choices.append(scanner.string())
        return EnumOf(tuple(choices))
    if scanner.takes("("):
        inner = parse_type(scanner, schemas)
        scanner.needs(")")
        return inner
    word = scanner.word()
    if word in ("Dataset", "Metrics"):
        return _rows(word, scanner, schemas)
    if word in ("List", "Map"):
        scanner.needs("[")
        if word == "Map":
            scanner.needs("String")
            scanner.needs(",")
        item = parse_type(scanner, schemas)
        scanner.needs("]")
        return ListOf(item) if word == "List" else MapOf(item)
    if word in schemas:
        return schemas[word]
    if word not in _SINGLE:
        raise scanner.fault(f"a type instead of `{word}`")
    return _SINGLE[word]


def _rows(word: str, scanner: Scanner, schemas: Mapping[str, Row]) -> Type:
    row: Type | None = None
    if scanner.takes("["):
        row = parse_type(scanner, schemas)
        scanner.needs("]")
    if not isinstance(row, Row | None):
        raise scanner.fault("a schema or a record")
    return Dataset(row) if word == "Dataset" else Metrics(row)
