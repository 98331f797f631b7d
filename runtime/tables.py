"""Datasets on disk: one file or a folder of one format, Parquet written stably."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from .arrow import Columns, Schema, Table, arrow
from .arrow import TableError as TableError
from .formats import batches, blamed, format_of, opened, parquet

# Fixed, so that equal tables are equal bytes.
_ROWS_PER_GROUP = 1 << 20
_WRITER = {"version": "2.6", "compression": "snappy", "write_statistics": True}


def files_of(path: Path) -> list[Path]:
    """The files of a dataset in reading order, all of one format.

    In a folder, what is empty or has a name in `_` or `.` is a marker of some tool, not data.
    Raises `TableError` where nothing is left.
    """
    if not path.is_dir():
        return [path]
    files = [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and file.stat().st_size
        and not any(word.startswith(("_", ".")) for word in file.relative_to(path).parts)
    ]
    if not files:
        raise TableError("the folder holds no files")
    formats: dict[str, str] = {}
    for file in files:
        formats.setdefault(format_of(file), file.name)
    if len(formats) > 1:
        held = " and ".join(f"{format} (`{name}`)" for format, name in formats.items())
        raise TableError(f"the folder holds {held}; a dataset is of one format")
    return files


def read_table(path: Path, columns: list[str] | None = None, declared: Columns = ()) -> Table:
    """A dataset, or some of its columns, as one pyarrow.Table.

    `declared` says what the columns are: text (CSV, JSON) does not say so itself.
    """
    pa = arrow("pyarrow", "reading a dataset")
    tables = [_read_file(file, columns, declared) for file in files_of(path)]
    if len(tables) == 1:
        return tables[0]
    try:
        return cast(Table, pa.concat_tables(tables))
    except ValueError as problem:
        raise TableError(f"the files of `{path.name}` differ: {problem}") from None


def read_batches(path: Path, columns: list[str] | None, declared: Columns) -> Iterator[Table]:
    """The same rows, some thousands at a time."""
    for file in files_of(path):
        yield from batches(file, columns, declared)


def schemas_of(path: Path, declared: Columns) -> Iterator[Schema]:
    """The schema of every file of a dataset, of which no more than the head is read."""
    for file in files_of(path):
        if format_of(file) == "parquet":
            with blamed(file, "parquet", ()):
                yield cast(Schema, parquet(file).schema_arrow)
        else:
            yield next(read_batches(file, None, declared)).schema


def footers_of(path: Path) -> list[Any] | None:
    """The metadata of every file of Parquet, None for other formats."""
    files = files_of(path)
    if format_of(files[0]) != "parquet":
        return None
    return [parquet(file).metadata for file in files]


def row_count(path: Path) -> int:
    """How many rows a dataset has: from the footers of Parquet, others are counted.

    Raises `TableError`.
    """
    return sum(_count(file) for file in files_of(path))


def _count(path: Path) -> int:
    format = format_of(path)
    with blamed(path, format, ()):
        if format == "parquet":
            return cast(int, parquet(path).metadata.num_rows)
        if format in ("arrow", "stream"):
            return sum(batch.num_rows for batch in batches(path, None, ()))
        rows, quoted = 0, False
        with opened(path) as file:
            for line in file:
                quoted ^= format == "csv" and line.count(b'"') % 2 == 1
                rows += not quoted and bool(line.strip())
    return max(0, rows - (format == "csv"))


def _read_file(path: Path, columns: list[str] | None, declared: Columns) -> Table:
    if format_of(path) == "parquet":
        with blamed(path, "parquet", ()):
            return cast(Table, parquet(path).read(columns=columns))
    pa = arrow("pyarrow", "reading a dataset")
    return cast(Table, pa.Table.from_batches(list(read_batches(path, columns, declared))))


def write_table(table: object, path: Path) -> None:
    """Write a pyarrow.Table as Parquet."""
    parquet = arrow("pyarrow.parquet", "writing a dataset")
    parquet.write_table(table, path, row_group_size=_ROWS_PER_GROUP, **_WRITER)


def write_pandas(frame: Any, path: Path) -> None:
    """Write a pandas.DataFrame as Parquet: its columns, and a named index as columns.

    Row numbers are not data and are left out; any other index without a name is refused.
    """
    pa = arrow("pyarrow", "writing a pandas table")
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
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (ValueError, TypeError, NotImplementedError) as problem:
        raise TableError(f"the table cannot be written as Parquet: {problem}") from None
    write_table(table, path)
