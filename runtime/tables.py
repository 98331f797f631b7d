"""Datasets on disk: formats known by content, Parquet written stably, columns checked."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from .values import Type, kind, part, spell

# Fixed, so that equal tables are equal bytes.
_ROWS_PER_GROUP = 1 << 20
_WRITER = {"version": "2.6", "compression": "snappy", "write_statistics": True}


class TableError(Exception):
    """A dataset cannot be read, written, or is not what was declared; in the user's words."""


class _Field(Protocol):
    name: str
    type: object


class Schema(Protocol):
    """The part of pyarrow.Schema used here."""

    names: list[str]

    def field(self, name: str) -> _Field: ...


class Table(Protocol):
    """The part of pyarrow.Table used here."""

    schema: Schema
    num_rows: int

    def column(self, name: str) -> Column: ...
    def to_pandas(self) -> object: ...


class Column(Protocol):
    """The part of pyarrow.ChunkedArray used here."""

    null_count: int

    def unique(self) -> Column: ...
    def drop_null(self) -> Column: ...
    def to_pylist(self) -> list[object]: ...


def _arrow(module: str, why: str) -> Any:
    # pyarrow is typed by what comes back from it, not by itself: it need not be installed.
    if importlib.util.find_spec("pyarrow") is None:
        raise TableError(f"{why} needs pyarrow in the environment of this step")
    return importlib.import_module(module)


def format_of(path: Path) -> str:
    """`parquet`, `arrow`, `jsonl` or `csv`, by the first bytes."""
    with open(path, "rb") as file:
        head = file.read(6)
    if head[:4] == b"PAR1":
        return "parquet"
    if head == b"ARROW1":
        return "arrow"
    return "jsonl" if head[:1] == b"{" else "csv"


def files_of(path: Path) -> list[Path]:
    """The files of a dataset in reading order. Raises `TableError` for an empty folder."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    if not files:
        raise TableError("the folder holds no files")
    return files


def read_table(path: Path, columns: list[str] | None = None) -> Table:
    """A dataset, or some of its columns, as one pyarrow.Table."""
    tables = [_read_file(file, columns) for file in files_of(path)]
    if len(tables) == 1:
        return tables[0]
    arrow = _arrow("pyarrow", "reading a dataset")
    return cast(Table, arrow.concat_tables(tables))


def _read_file(path: Path, columns: list[str] | None) -> Table:
    format = format_of(path)
    module = {
        "parquet": "pyarrow.parquet",
        "arrow": "pyarrow.feather",
        "jsonl": "pyarrow.json",
        "csv": "pyarrow.csv",
    }[format]
    arrow = _arrow(module, f"reading {format}")
    try:
        if format == "parquet":
            return cast(Table, arrow.ParquetFile(path).read(columns=columns))
        if format == "arrow":
            return cast(Table, arrow.read_table(str(path), columns=columns))
        table = arrow.read_json(str(path)) if format == "jsonl" else arrow.read_csv(str(path))
        return cast(Table, table if columns is None else table.select(columns))
    except (ValueError, KeyError) as problem:
        raise TableError(f"`{path.name}` cannot be read as {format}: {problem}") from None


def write_table(table: object, path: Path) -> None:
    """Write a pyarrow.Table as Parquet."""
    parquet = _arrow("pyarrow.parquet", "writing a dataset")
    parquet.write_table(table, path, row_group_size=_ROWS_PER_GROUP, **_WRITER)


def write_pandas(frame: Any, path: Path) -> None:
    """Write a pandas.DataFrame as Parquet: its columns, and a named index as columns.

    Row numbers are not data and are left out; any other index without a name is refused.
    """
    arrow = _arrow("pyarrow", "writing a pandas table")
    index = frame.index
    if all(name is not None for name in index.names):
        frame = frame.reset_index()
    elif index.nlevels > 1 or index.dtype.kind not in "iu":
        raise TableError("the table's index has no name; name it, or drop it by `reset_index`")
    names = list(frame.columns)
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise TableError(f"columns have names, {odd[0]!r} is none")
    if len(set(names)) < len(names):
        raise TableError("two columns have the same name")
    try:
        table = arrow.Table.from_pandas(frame, preserve_index=False)
    except (ValueError, TypeError) as problem:
        raise TableError(f"the table cannot be written as Parquet: {problem}") from None
    write_table(table, path)


def check_columns(path: Path, columns: Iterable[tuple[str, Type]]) -> None:
    """Raise `TableError` unless every declared column is there, of its type and without nulls."""
    declared = list(columns)
    schema, nulls = _summary(path)
    problems = []
    for name, type in declared:
        if name not in schema.names:
            problems.append(f"column `{name}` is missing; there are {_listed(schema.names)}")
            continue
        optional = kind(type) == "optional"
        inner = part(type) if optional else type
        stored = schema.field(name).type
        if not _fits(inner, str(stored)):
            problems.append(f"column `{name}` holds {stored}, {spell(inner)} is declared")
            continue
        if not optional and (count := nulls(name)):
            problems.append(f"column `{name}` has {count} missing values; declare {spell(type)}?")
        problems.extend(_odd_values(path, name, inner, str(stored)))
    if problems:
        raise TableError("; ".join(problems))


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:12]) + (" ..." if len(names) > 12 else "")


class _Nulls:
    """How many values of a column are missing: from the footers where they say so."""

    def __init__(self, path: Path, footers: list[Any]) -> None:
        self._path, self._footers = path, footers

    def __call__(self, name: str) -> int:
        counts = list(self._from_footers(name))
        if counts and None not in counts:
            return sum(cast("list[int]", counts))
        return read_table(self._path, [name]).column(name).null_count

    def _from_footers(self, name: str) -> Iterator[int | None]:
        for footer in self._footers:
            for group in range(footer.num_row_groups):
                row_group = footer.row_group(group)
                for at in range(row_group.num_columns):
                    column = row_group.column(at)
                    if column.path_in_schema == name:
                        known = column.is_stats_set and column.statistics.has_null_count
                        yield column.statistics.null_count if known else None


def _summary(path: Path) -> tuple[Schema, _Nulls]:
    files = files_of(path)
    if format_of(files[0]) != "parquet":
        return read_table(path).schema, _Nulls(path, [])
    parquet = _arrow("pyarrow.parquet", "checking the columns of a dataset")
    opened = [parquet.ParquetFile(file) for file in files]
    return cast(Schema, opened[0].schema_arrow), _Nulls(path, [file.metadata for file in opened])


_STORED = {
    "Int": ("int", "uint"),
    "Float": ("float", "double", "halffloat", "decimal", "int", "uint"),
    "String": ("string", "large_string", "dictionary<values=string", "dictionary<values=large_s"),
    "Bool": ("bool",),
    "Date": ("date", "timestamp"),
    "Time": ("timestamp",),
    "Duration": ("duration",),
    "Size": ("int", "uint"),
    "enum": ("string", "large_string", "dictionary<values=string", "dictionary<values=large_s"),
    "List": ("list", "large_list", "fixed_size_list"),
    "record": ("struct",),
    "Map": ("map", "struct"),
}


def _fits(type: Type, stored: str) -> bool:
    families = _STORED.get(kind(type))
    # A column that is null throughout has no type; whether it may be is asked elsewhere.
    return families is None or stored == "null" or stored.startswith(families)


def _odd_values(path: Path, name: str, type: Type, stored: str) -> Iterator[str]:
    head = kind(type)
    if head == "enum":
        allowed = set(cast("list[str]", part(type)))
        present = read_table(path, [name]).column(name).unique().drop_null().to_pylist()
        odd = sorted(set(cast("list[str]", present)) - allowed)
        if odd:
            yield f"column `{name}` holds {odd[0]!r}, {spell(type)} is declared"
    elif head == "Date" and stored.startswith("timestamp"):
        column = read_table(path, [name]).column(name)
        days = column.unique().drop_null().to_pylist()
        if any(getattr(day, "time", None) is None or any(_clock(day)) for day in days):
            yield f"column `{name}` holds times of day, Date is declared"


def _clock(moment: object) -> tuple[int, ...]:
    return tuple(getattr(moment, unit) for unit in ("hour", "minute", "second", "microsecond"))
