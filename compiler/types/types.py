"""The types of the language as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from ...runtime.dataclass import dataclass, field

Descriptor: TypeAlias = "str | list[object]"
"""A type as the runtime reads it: structural JSON, without schema names."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """`Int Float String Bool Date Time Duration Size`."""

    name: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """`File Dir Model`: passed by path."""

    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """A named field of a schema or record."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Row:
    """A schema (named) or a record written in place (`name` is None).

    `source` is the file that declares the schema: its checks stand there. Types are compared
    without it.
    """

    name: str | None
    columns: tuple[Column, ...]
    source: str = field(default_factory=str, repr=False, compare=False)

    def column(self, name: str) -> Type | None:
        """The type of a column, or None where there is no such column."""
        for column in self.columns:
            if column.name == name:
                return column.type
        return None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows in files; `row` is None where the columns are not declared."""

    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Named numbers; `row` is None where the names are not declared."""

    row: Row | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """Keys are always String."""

    item: Type


@dataclass(frozen=True, slots=True)
class EnumOf:
    """`"gold" | "standard"`, in the order written."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """`T?`: may be missing."""

    inner: Type


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a block divides its work: `kind` is `hour day week month year key hash`.

    `zone` is None for kinds without days, and where it is not known when compiling. `block` is the
    name that the block is bound to, for messages.
    """

    kind: str
    zone: str | None = None
    block: str | None = None


@dataclass(frozen=True, slots=True)
class Per:
    """`T per day`: one value for each partition. Nobody can write it; only blocks yield it."""

    item: Type
    partition: Partitioning


@dataclass(frozen=True, slots=True)
class Json:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that may only be handed to `secrets { }`."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The type of `none`."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The type of a mistake: it fits everywhere and causes no second message."""


Type: TypeAlias = (
    Scalar
    | Artifact
    | Row
    | Dataset
    | Metrics
    | ListOf
    | MapOf
    | EnumOf
    | Optional
    | Per
    | Json
    | Secret
    | Missing
    | Unknown
)

INT = Scalar("Int")
FLOAT = Scalar("Float")
STRING = Scalar("String")
BOOL = Scalar("Bool")
DATE = Scalar("Date")
TIME = Scalar("Time")
DURATION = Scalar("Duration")
SIZE = Scalar("Size")
FILE = Artifact("File")
DIR = Artifact("Dir")
MODEL = Artifact("Model")
JSON = Json()
SECRET = Secret()
MISSING = Missing()
UNKNOWN = Unknown()

SCALARS: dict[str, Scalar] = {
    t.name: t for t in (INT, FLOAT, STRING, BOOL, DATE, TIME, DURATION, SIZE)
}
ARTIFACTS: dict[str, Artifact] = {t.name: t for t in (FILE, DIR, MODEL)}
NAMES: tuple[str, ...] = (
    *SCALARS, "File", "Dir", "Dataset", "Model", "Metrics", "Json", "Secret", "List", "Map",
)  # fmt: skip


def show(type_: Type) -> str:
    """The type as a user writes it."""
    match type_:
        case Scalar(name) | Artifact(name):
            return name
        case Row(name, columns):
            if name is not None:
                return name
            return "{ " + ", ".join(f"{c.name}: {show(c.type)}" for c in columns) + " }"
        case Dataset(row):
            return "Dataset" if row is None else f"Dataset[{show(row)}]"
        case Metrics(row):
            return "Metrics" if row is None else f"Metrics[{show(row)}]"
        case ListOf(item):
            return f"List[{show(item)}]"
        case MapOf(item):
            return f"Map[String, {show(item)}]"
        case EnumOf(values):
            return " | ".join(f'"{value}"' for value in values)
        case Optional(inner):
            text = show(inner)
            return f"({text})?" if isinstance(inner, EnumOf) else f"{text}?"
        case Per(item, partition):
            return f"{show(item)} per {partition.kind}"
        case Json():
            return "Json"
        case Secret():
            return "Secret"
        case Missing():
            return "none"
        case Unknown():
            return "_"
        case _:
            assert_never(type_)


def keyed(item: Type) -> ListOf:
    """What `T per day` is as a plain value: a list of keys and values."""
    return ListOf(Row(None, (Column("key", STRING), Column("value", item))))


def descriptor(type_: Type) -> Descriptor:
    """The runtime's form of the type; see `runtime/descriptors.py`."""
    match type_:
        case Scalar(name) | Artifact(name):
            return name
        case Row(_, columns):
            return ["record", _columns(columns)]
        case Dataset(row):
            return ["Dataset", None if row is None else _columns(row.columns)]
        case Metrics(row):
            return ["Metrics", None if row is None else _columns(row.columns)]
        case ListOf(item):
            return ["List", descriptor(item)]
        case MapOf(item):
            return ["Map", descriptor(item)]
        case EnumOf(values):
            return ["enum", list(values)]
        case Optional(inner):
            return ["optional", descriptor(inner)]
        case Per(item):
            return descriptor(keyed(item))
        case Json():
            return "Json"
        case Secret():
            return "Secret"
        case Missing():
            return ["optional", "Json"]
        case Unknown():
            # In a program without mistakes only the items of an empty list are unknown.
            return "Json"
        case _:
            assert_never(type_)


def _columns(columns: tuple[Column, ...]) -> list[object]:
    return [[c.name, descriptor(c.type)] for c in columns]


def is_artifact(type_: Type) -> bool:
    """Whether values of the type travel by path (also inside List, Map and `?`)."""
    match type_:
        case Artifact() | Dataset():
            return True
        case ListOf(inner) | MapOf(inner) | Optional(inner) | Per(inner):
            return is_artifact(inner)
        case Row(_, columns):
            return any(is_artifact(c.type) for c in columns)
        case _:
            return False


def schemas_of(type_: Type) -> Iterator[Row]:
    """The schemas whose checks a value of this type is held to."""
    match type_:
        case Dataset(Row(name=str()) as row) | Metrics(Row(name=str()) as row):
            yield row
        case ListOf(inner) | MapOf(inner) | Optional(inner):
            yield from schemas_of(inner)
        case Row(name=name, columns=columns):
            if name is not None:
                yield type_
            for column in columns:
                yield from schemas_of(column.type)
        case _:
            return
