"""Columns of a dataset held against those of its schema: there, of the type, nothing missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from .arrow import Column, Columns, Schema, Table, TableError, arrow
from .descriptors import Type, kind, part, spell
from .tables import footers_of, read_batches, schemas_of

_NEED = "checking the columns of a dataset"


def check_columns(path: Path, columns: Iterable[tuple[str, Type]]) -> None:
    """Raise `TableError` unless every declared column is there, of its type and without nulls."""
    declared = list(columns)
    problems: dict[str, None] = {}
    for schema in schemas_of(path, declared):
        problems |= dict.fromkeys(_misfits(schema, declared))
    if not problems:
        problems |= dict.fromkeys(_odd_rows(path, declared))
    if problems:
        raise TableError("; ".join(problems))


def check_schema(path: Path, columns: Iterable[tuple[str, Type]]) -> None:
    """The half of `check_columns` that reads no rows: every column there and of its type."""
    declared = list(columns)
    problems = dict.fromkeys(p for s in schemas_of(path, declared) for p in _misfits(s, declared))
    if problems:
        raise TableError("; ".join(problems))


def _misfits(schema: Schema, declared: Columns) -> Iterator[str]:
    for name, type in declared:
        if name not in schema.names:
            yield f"column `{name}` is missing; there are {_listed(schema.names)}"
            continue
        inner, stored = present(type), str(schema.field(name).type)
        if not _fits(inner, stored):
            yield f"column `{name}` holds {stored}, {spell(inner)} is declared"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:12]) + (" ..." if len(names) > 12 else "")


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


def present(type: Type) -> Type:
    """The type of a value that is there."""
    return part(type) if kind(type) == "optional" else type


def _odd_rows(path: Path, declared: Columns) -> Iterator[str]:
    """What only the rows tell: values missing, not of the enum, with a time of day."""
    known = _nulls_of_footers(path, [name for name, _ in declared])
    counted = [name for name, type in declared if kind(type) != "optional" and name not in known]
    looked_at = {name: present(type) for name, type in declared if kind(present(type)) in _ODD}
    counts, odd = dict.fromkeys(counted, 0), dict[str, str]()
    wanted = list(dict.fromkeys((*counted, *looked_at)))
    for batch in read_batches(path, wanted, declared) if wanted else ():
        for name in counted:
            counts[name] += batch.column(name).null_count
        for name, type in looked_at.items():
            if name not in odd and (words := _ODD[kind(type)](name, type, batch.column(name))):
                odd[name] = words
    for name, type in declared:
        count = counts.get(name, known.get(name, 0))
        if count and kind(type) != "optional":
            yield f"column `{name}` has {count} missing values; declare {spell(type)}?"
        if name in odd:
            yield odd[name]


def _nulls_of_footers(path: Path, names: list[str]) -> dict[str, int]:
    """How many values are missing, of the columns for which all footers say so."""
    footers = footers_of(path)
    if footers is None:
        return {}
    counts: dict[str, int] = dict.fromkeys(names, 0)
    for footer in footers:
        for group in range(footer.num_row_groups):
            row_group = footer.row_group(group)
            said = {}
            for at in range(row_group.num_columns):
                column = row_group.column(at)
                if column.is_stats_set and column.statistics.has_null_count:
                    said[column.path_in_schema] = column.statistics.null_count
            counts = {n: count + said[n] for n, count in counts.items() if n in said}
    return counts


def _odd_choice(name: str, type: Type, column: Column) -> str | None:
    allowed = set(cast("list[str]", part(type)))
    held = cast("list[str]", column.unique().drop_null().to_pylist())
    odd = sorted(set(held) - allowed)
    return f"column `{name}` holds {odd[0]!r}, {spell(type)} is declared" if odd else None


def _odd_day(name: str, _: Type, column: Column) -> str | None:
    if not str(column.type).startswith("timestamp"):
        return None
    for moment in column.unique().drop_null().to_pylist():
        if any(getattr(moment, unit) for unit in ("hour", "minute", "second", "microsecond")):
            return f"column `{name}` holds times of day, Date is declared"
    return None


_ODD: dict[str, Callable[[str, Type, Column], str | None]] = {
    "enum": _odd_choice,
    "Date": _odd_day,
}


def typed(batch: Table, name: str, type: Type) -> Any:
    """A column as its declared type has it: days as days, missing for what is no number (NaN).

    Raises `TableError` for values that the type does not have.
    """
    pa, compute = arrow("pyarrow", _NEED), arrow("pyarrow.compute", _NEED)
    column: Any = batch.column(name)
    wanted = _ARROW.get(kind(present(type)))
    if wanted is None:
        return column
    try:
        # Finer than a microsecond is nothing that the language has.
        column = column.cast(wanted(pa), safe=wanted not in _ROUNDED)
    except ValueError as problem:
        raise TableError(f"column `{name}`, {spell(type)} is declared: {problem}") from None
    if wanted is _float:
        # 0.0 and -0.0 are one number, which pyarrow's tables of values do not know.
        return compute.if_else(compute.is_nan(column), None, compute.add(column, 0.0))
    return column


def _float(pa: Any) -> Any:
    return pa.float64()


def _time(pa: Any) -> Any:
    return pa.timestamp("us", "UTC")


def _duration(pa: Any) -> Any:
    return pa.duration("us")


def _date(pa: Any) -> Any:
    return pa.date32()


_ARROW: dict[str, Callable[[Any], Any]] = {
    "Int": lambda pa: pa.int64(),
    "Size": lambda pa: pa.int64(),
    "Float": _float,
    "Bool": lambda pa: pa.bool_(),
    "String": lambda pa: pa.large_string(),
    "enum": lambda pa: pa.large_string(),
    "Date": _date,
    "Time": _time,
    "Duration": _duration,
}
_ROUNDED = (_time, _duration, _date)
