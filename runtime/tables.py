"""Datasets on disk: formats known by content, read whole or in batches, Parquet written stably."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

from .values import Type, kind, part, spell

# Fixed, so that equal tables are equal bytes.
_ROWS_PER_GROUP = 1 << 20
_WRITER = {"version": "2.6", "compression": "snappy", "write_statistics": True}
_ROWS_PER_BATCH = 1 << 16
_GZIP = b"\x1f\x8b"

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


def format_of(path: Path) -> str:
    """`parquet`, `arrow`, `stream` (of Arrow), `jsonl` or `csv`, by the first bytes."""
    with _opened(path) as file:
        head = file.read(6)
    if head[:4] == b"PAR1":
        return "parquet"
    if head == b"ARROW1":
        return "arrow"
    if head[:4] == b"\xff\xff\xff\xff":
        return "stream"
    return "jsonl" if head.lstrip()[:1] == b"{" else "csv"


def _opened(path: Path) -> IO[bytes]:
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP
    if not packed:
        return open(path, "rb")
    import gzip

    return cast("IO[bytes]", gzip.open(path, "rb"))


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
        format = format_of(file)
        with _blamed(file, format, declared):
            yield from _READERS[format](file, columns, declared)


def schemas_of(path: Path, declared: Columns) -> Iterator[Schema]:
    """The schema of every file of a dataset, of which no more than the head is read."""
    for file in files_of(path):
        if format_of(file) == "parquet":
            with _blamed(file, "parquet", ()):
                yield cast(Schema, _parquet(file).schema_arrow)
        else:
            yield next(read_batches(file, None, declared)).schema


def footers_of(path: Path) -> list[Any] | None:
    """The metadata of every file of Parquet, None for other formats."""
    files = files_of(path)
    if format_of(files[0]) != "parquet":
        return None
    return [_parquet(file).metadata for file in files]


def row_count(path: Path) -> int:
    """How many rows a dataset has: from the footers of Parquet, others are counted.

    Raises `TableError`.
    """
    return sum(_count(file) for file in files_of(path))


def _count(path: Path) -> int:
    format = format_of(path)
    with _blamed(path, format, ()):
        if format == "parquet":
            return cast(int, _parquet(path).metadata.num_rows)
        if format in ("arrow", "stream"):
            return sum(batch.num_rows for batch in _ipc(path, None, ()))
        rows, quoted = 0, False
        with _opened(path) as file:
            for line in file:
                quoted ^= format == "csv" and line.count(b'"') % 2 == 1
                rows += not quoted and bool(line.strip())
    return max(0, rows - (format == "csv"))


def _read_file(path: Path, columns: list[str] | None, declared: Columns) -> Table:
    if format_of(path) == "parquet":
        with _blamed(path, "parquet", ()):
            return cast(Table, _parquet(path).read(columns=columns))
    pa = arrow("pyarrow", "reading a dataset")
    return cast(Table, pa.Table.from_batches(list(read_batches(path, columns, declared))))


def _parquet(path: Path) -> Any:
    return arrow("pyarrow.parquet", "reading parquet").ParquetFile(path)


def _parquet_batches(path: Path, columns: list[str] | None, _: Columns) -> Iterator[Table]:
    file = _parquet(path)
    schema = file.schema_arrow
    if columns is not None:
        pa = arrow("pyarrow", "reading parquet")
        schema = pa.schema([schema.field(name) for name in columns])
    yield from _selected(file.iter_batches(_ROWS_PER_BATCH, columns=columns), schema, None)


def _ipc(path: Path, columns: list[str] | None, _: Columns) -> Iterator[Table]:
    ipc = arrow("pyarrow.ipc", "reading Arrow")
    with _opened(path) as source:
        if format_of(path) == "stream":
            reader = ipc.open_stream(source)
            batches = iter(reader)
        else:
            reader = ipc.open_file(source)
            batches = (reader.get_batch(at) for at in range(reader.num_record_batches))
        yield from _selected(batches, reader.schema, columns)


def _csv(path: Path, columns: list[str] | None, declared: Columns) -> Iterator[Table]:
    pa, texts = arrow("pyarrow", "reading CSV"), arrow("pyarrow.csv", "reading CSV")
    held = {name: _IN_TEXT.get(kind(_present(of))) for name, of in declared}
    types = {name: getattr(pa, word)() for name, word in held.items() if word is not None}
    with _opened(path) as source:
        reader = texts.open_csv(
            source,
            parse_options=texts.ParseOptions(newlines_in_values=True),
            convert_options=texts.ConvertOptions(column_types=types),
        )
        for batch in _selected(reader, reader.schema, columns):
            yield _settled(_without_empty(batch, declared), declared)


def _json(path: Path, columns: list[str] | None, declared: Columns) -> Iterator[Table]:
    pa, texts = arrow("pyarrow", "reading JSON"), arrow("pyarrow.json", "reading JSON")

    def read(types: dict[str, Any]) -> Any:
        options = texts.ParseOptions(explicit_schema=pa.schema(list(types.items())))
        with _opened(path) as source:
            return texts.read_json(source, parse_options=options)

    table = read({})
    # What looks like a time of day is taken for one, unless it has fractions of a second.
    wanted: dict[str, Any] = {}
    for name, of in declared:
        if name not in table.schema.names:
            continue
        stored, head = str(table.schema.field(name).type), kind(_present(of))
        if head in ("String", "enum") and stored.startswith("timestamp"):
            wanted[name] = pa.string()
        elif head == "Time" and stored == "string":
            wanted[name] = pa.timestamp("us", "UTC")
    table = read(wanted) if wanted else table
    for batch in _selected(table.to_batches(), table.schema, columns):
        yield _settled(batch, declared)


_READERS: dict[str, Callable[[Path, list[str] | None, Columns], Iterator[Table]]] = {
    "parquet": _parquet_batches,
    "arrow": _ipc,
    "stream": _ipc,
    "csv": _csv,
    "jsonl": _json,
}
# What a column of CSV is read as; the others are what they look like.
_IN_TEXT = {
    "Int": "int64",
    "Float": "float64",
    "Bool": "bool_",
    "String": "string",
    "enum": "string",
    "Date": "date32",
    "Duration": "float64",
    "Size": "int64",
}


def _selected(batches: Iterable[Any], schema: Any, columns: list[str] | None) -> Iterator[Table]:
    """Some columns of every batch; one batch without rows where there is none."""
    pa = arrow("pyarrow", "reading a dataset")
    found = False
    for batch in batches:
        found = True
        yield batch if columns is None else batch.select(columns)
    if not found:
        empty = pa.RecordBatch.from_pylist([], schema=schema)
        yield empty if columns is None else empty.select(columns)


def _without_empty(batch: Any, declared: Columns) -> Any:
    """Empty texts are missing values where these may be."""
    compute = arrow("pyarrow.compute", "reading CSV")
    maybe = {name for name, of in declared if kind(of) == "optional"}
    for at, field in enumerate(batch.schema):
        if field.name in maybe and str(field.type) == "string":
            texts = batch.column(at)
            filled = compute.if_else(compute.equal(texts, ""), None, texts)
            batch = batch.set_column(at, field, filled)
    return batch


def _settled(batch: Any, declared: Columns) -> Table:
    """Durations in texts are numbers of seconds."""
    pa, compute = arrow("pyarrow", "reading texts"), arrow("pyarrow.compute", "reading texts")
    for name, of in declared:
        if kind(_present(of)) != "Duration" or name not in batch.schema.names:
            continue
        at = batch.schema.get_field_index(name)
        if str(batch.schema.field(at).type) in ("double", "int64", "null"):
            seconds = batch.column(at).cast(pa.float64())
            whole = compute.round(compute.multiply(seconds, 1e6)).cast(pa.int64())
            batch = batch.set_column(at, name, whole.cast(pa.duration("us")))
    return cast(Table, batch)


def _present(type: Type) -> Type:
    return part(type) if kind(type) == "optional" else type


_BAD_TEXT = re.compile(r"In CSV column #(\d+): .*invalid value '(.*)'", re.DOTALL)


@contextmanager
def _blamed(path: Path, format: str, declared: Columns) -> Iterator[None]:
    """Turn what pyarrow says about a file into a `TableError`."""
    try:
        yield
    except (ValueError, KeyError, EOFError, OSError) as problem:
        if isinstance(problem, FileNotFoundError):
            raise
        bad = _BAD_TEXT.search(str(problem))
        if bad is not None and format == "csv":
            import csv

            with _opened(path) as file:
                names = next(csv.reader([file.readline().decode("utf-8-sig", "replace")]), [])
            name = names[int(bad[1])] if int(bad[1]) < len(names) else f"number {bad[1]}"
            held = next((spell(of) for of_name, of in declared if of_name == name), "")
            text = f"column `{name}` holds {bad[2]!r}, {held} is declared"
            raise TableError(text) from None
        text = str(problem).strip()
        raise TableError(f"`{path.name}` cannot be read as {format}: {text}") from None


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
    except (ValueError, TypeError) as problem:
        raise TableError(f"the table cannot be written as Parquet: {problem}") from None
    write_table(table, path)
