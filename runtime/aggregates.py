"""What `unique`, `null_rate`, `count` and `mean` say of a whole dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from .arrow import Columns, TableError, arrow
from .artifact import Json
from .columns import typed
from .dataclass import dataclass, field
from .tables import read_batches, row_count

NAMES = frozenset({"unique", "null_rate", "count", "mean"})
_NEED = "checking the rows of a dataset"
# A batch of numbers below this adds up within 64 bits.
_ADDS_UP = 1 << 46


@dataclass(frozen=True, slots=True)
class Twins:
    """Rows that have the same values in some columns; `rows` are examples of these values."""

    count: int
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The calls in some expressions: the value of each that has one, and the twins it found."""

    values: Mapping[str, Json]
    twins: Mapping[str, Twins]


def calls_in(expression: Json) -> Iterator[list[Json]]:
    """Every call of a function that looks at a whole table."""
    if isinstance(expression, dict):
        for part in expression.values():
            yield from calls_in(part)
    elif isinstance(expression, list) and expression[:1] != ["lit"]:
        if expression[:1] == ["call"] and expression[1] in NAMES:
            yield expression
            return
        for part in expression:
            yield from calls_in(part)


def spelled(call: list[Json]) -> str:
    """The call as it is written: `mean(delay)`."""
    return f"{call[1]}({', '.join(columns_of(call))})"


def columns_of(call: list[Json]) -> list[str]:
    """The columns that a call is about."""
    named = cast("dict[str, Json]", call[3] if len(call) > 3 else {})
    given = [*cast("list[list[Json]]", call[2]), *cast("list[list[Json]]", list(named.values()))]
    return [cast(str, reference[1]) for reference in given]


def replaced(expression: Json, values: Mapping[str, Json]) -> Json:
    """The expression with its aggregates as literals; one without a value is a name without."""
    if isinstance(expression, dict):
        return {name: replaced(part, values) for name, part in expression.items()}
    if not isinstance(expression, list) or expression[:1] == ["lit"]:
        return expression
    if expression[:1] == ["call"] and expression[1] in NAMES:
        return values.get(spelled(expression), ["ref", spelled(expression)])
    return [replaced(part, values) for part in expression]


def value_of(call: list[Json], row: Mapping[str, object]) -> object:
    """What a call says of a table of this one row; None where it has no value."""
    values = [row[name] for name in columns_of(call)]
    match call[1]:
        case "unique":
            return True
        case "count":
            return 1
        case "null_rate":
            return 1.0 if values[0] is None else 0.0
        case _:
            return None if values[0] is None else float(cast(float, values[0]))


def aggregates(path: Path, declared: Columns, expressions: Iterable[Json]) -> Aggregates:
    """The value of every aggregate in some expressions. Raises `TableError`."""
    calls = {spelled(call): call for each in expressions for call in calls_in(each)}
    sums = [_Sum.of(call, declared) for call in calls.values()]
    wanted = sorted({name for each in sums for name in each.columns})
    if wanted:
        types = dict(declared)
        for batch in read_batches(path, wanted, declared):
            columns = {name: typed(batch, name, types[name]) for name in wanted}
            for each in sums:
                each.add(columns, batch.num_rows)
    elif sums:
        for each in sums:
            each.add({}, row_count(path))
    ended = {name: each.ended() for name, each in zip(calls, sums, strict=True)}
    return Aggregates(
        {name: value for name, (value, _) in ended.items() if value is not None},
        {name: twins for name, (_, twins) in ended.items() if twins is not None},
    )


@dataclass(slots=True)
class _Sum:
    """One call, and what has been seen so far."""

    name: str
    columns: list[str]
    rows: int = 0
    nulls: int = 0
    total: float = 0
    keys: list[Any] = field(default_factory=list)

    @staticmethod
    def of(call: list[Json], declared: Columns) -> _Sum:
        lacking = [name for name in columns_of(call) if name not in dict(declared)]
        if lacking:
            raise TableError(f"`{spelled(call)}`: there is no column `{lacking[0]}`")
        return _Sum(cast(str, call[1]), columns_of(call))

    def add(self, columns: Mapping[str, Any], rows: int) -> None:
        self.rows += rows
        if self.name == "unique":
            pa = arrow("pyarrow", _NEED)
            own = [columns[name] for name in self.columns]
            self.keys.append(pa.Table.from_arrays(own, names=self.columns).drop_null())
        elif self.columns:
            column = columns[self.columns[0]]
            self.nulls += column.null_count
            if self.name == "mean":
                self.total += _total(column)

    def ended(self) -> tuple[Json, Twins | None]:
        """The value as a literal, None where there is none, and the twins that were looked for."""
        if self.name == "unique":
            twins = self._twins()
            return ["lit", "Bool", not twins.count], twins
        if self.name == "count":
            return ["lit", "Int", self.rows], None
        if self.name == "null_rate":
            return ["lit", "Float", self.nulls / self.rows if self.rows else 0.0], None
        there = self.rows - self.nulls
        return (["lit", "Float", self.total / there] if there else None), None

    def _twins(self) -> Twins:
        pa, pc = arrow("pyarrow", _NEED), arrow("pyarrow.compute", _NEED)
        try:
            groups = pa.concat_tables(self.keys).group_by(self.columns, use_threads=False)
            counted = groups.aggregate([([], "count_all")])
        except NotImplementedError:
            listed = ", ".join(self.columns)
            raise TableError(f"`unique({listed})`: these columns cannot be compared") from None
        several = counted.filter(pc.greater(counted["count_all"], 1))
        shown = several.slice(0, 5).to_pylist()
        rows = tuple(tuple(row[name] for name in (*self.columns, "count_all")) for row in shown)
        return Twins(pc.sum(several["count_all"]).as_py() or 0, rows)


def _total(column: Any) -> float:
    pa, pc = arrow("pyarrow", _NEED), arrow("pyarrow.compute", _NEED)
    if column.null_count == len(column):
        return 0
    if pa.types.is_integer(column.type):
        extremes = pc.min_max(column).as_py()
        if max(abs(extremes["min"]), abs(extremes["max"])) >= _ADDS_UP:
            return cast(int, sum(column.drop_null().to_pylist()))
    return cast(float, pc.sum(column).as_py())
