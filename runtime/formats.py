"""The formats of datasets: known by content, read in batches, texts as what is declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from .arrow import Columns, Table, TableError, arrow
from .descriptors import Type, kind, part, spell

_ROWS_PER_BATCH = 1 << 16
_GZIP = b"\x1f\x8b"


def format_of(path: Path) -> str:
    """`parquet`, `arrow`, `stream` (of Arrow), `jsonl` or `csv`, by the first bytes."""
    with opened(path) as file:
        head = file.read(6)
    if head[:4] == b"PAR1":
        return "parquet"
    if head == b"ARROW1":
        return "arrow"
    if head[:4] == b"\xff\xff\xff\xff":
        return "stream"
    return "jsonl" if head.lstrip()[:1] == b"{" else "csv"


def opened(path: Path) -> IO[bytes]:
    """A file for reading, unpacked where it is packed by gzip."""
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP
    if not packed:
        return open(path, "rb")
    import gzip

    return cast("IO[bytes]", gzip.open(path, "rb"))


def batches(path: Path, columns: list[str] | None, declared: Columns) -> Iterator[Table]:
    """The rows of one file, some thousands at a time; at least one batch, which may be empty."""
    format = format_of(path)
    with blamed(path, format, declared):
        yield from _READERS[format](path, columns, declared)


def parquet(path: Path) -> Any:
    """A file of Parquet, of which the footer is read."""
    return arrow("pyarrow.parquet", "reading parquet").ParquetFile(path)


def _parquet_batches(path: Path, columns: list[str] | None, _: Columns) -> Iterator[Table]:
    file = parquet(path)
    schema = file.schema_arrow
    if columns is not None:
        pa = arrow("pyarrow", "reading parquet")
        schema = pa.schema([schema.field(name) for name in columns])
    yield from _selected(file.iter_batches(_ROWS_PER_BATCH, columns=columns), schema, None)


def _ipc(path: Path, columns: list[str] | None, _: Columns) -> Iterator[Table]:
    ipc = arrow("pyarrow.ipc", "reading Arrow")
    with opened(path) as source:
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
    with opened(path) as source:
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
        with opened(path) as source:
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
def blamed(path: Path, format: str, declared: Columns) -> Iterator[None]:
    """Turn what pyarrow says about a file into a `TableError`."""
    try:
        yield
    except (ValueError, KeyError, EOFError, OSError) as problem:
        if isinstance(problem, FileNotFoundError):
            raise
        bad = _BAD_TEXT.search(str(problem))
        if bad is not None and format == "csv":
            import csv

            with opened(path) as file:
                names = next(csv.reader([file.readline().decode("utf-8-sig", "replace")]), [])
            name = names[int(bad[1])] if int(bad[1]) < len(names) else f"number {bad[1]}"
            held = next((spell(of) for of_name, of in declared if of_name == name), "")
            text = f"column `{name}` holds {bad[2]!r}, {held} is declared"
            raise TableError(text) from None
        text = str(problem).strip()
        raise TableError(f"`{path.name}` cannot be read as {format}: {text}") from None
