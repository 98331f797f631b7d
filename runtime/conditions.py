"""The `check` lines of a schema, held against the rows of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import floor
from pathlib import Path
from typing import Any, cast

from .aggregates import (
    Aggregates,
    aggregates,
    calls_in,
    columns_of,
    replaced,
    spelled,
    value_of,
)
from .arrow import Columns, Table, arrow
from .artifact import Json
from .columns import present, typed
from .dataclass import dataclass, field, replace
from .descriptors import Type, kind
from .evaluate import EvaluationError, evaluate
from .quantities import Size
from .tables import read_batches
from .texts import show
from .vectors import NotVectorised, Vector, truth, vector_of

EXAMPLES = 5
_WIDEST = 40
_NEED = "checking the rows of a dataset"


@dataclass(frozen=True, slots=True)
class Condition:
    """One `check` line: an expression over columns, and what follows where it is not true."""

    text: str
    expression: Json
    policy: str
    message: Json


@dataclass(frozen=True, slots=True)
class Breach:
    """A condition that does not hold: in words, and as a table of examples with its head."""

    condition: Condition
    words: str
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def table(self) -> str:
        """The examples as lines of text."""
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = [
            "  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True))
            for row in self.rows
        ]
        return "".join(f"  {line}\n" for line in lines)


def conditions_of(rows: Json) -> list[Condition]:
    """The conditions in the third part of a `Dataset` descriptor."""
    return [
        Condition(
            cast(str, row["text"]),
            row["expr"],
            cast(str, row.get("policy") or "fail"),
            row.get("message"),
        )
        for row in cast("list[dict[str, Json]]", rows or [])
    ]


def breaches(
    path: Path, declared: Columns, conditions: Sequence[Condition], share: float = 1.0
) -> list[Breach]:
    """The conditions that do not hold for a dataset whose columns are as declared.

    A row passes where the expression is true; it fails where that is false or has no value.
    `share` of the rows are looked at, evenly spread and the same each time; `unique`,
    `null_rate`, `count` and `mean` always see them all. Raises `TableError`.
    """
    types = dict(declared)
    written = [part for c in conditions for part in (c.expression, c.message)]
    whole = aggregates(path, declared, written)
    scans: dict[int, _Scan] = {}
    found: dict[int, Breach] = {}
    for at, written_condition in enumerate(conditions):
        message = replaced(written_condition.message, whole.values)
        condition = replace(written_condition, message=message)
        expression = replaced(condition.expression, whole.values)
        names = sorted(_names(expression) & types.keys())
        if names:
            scans[at] = _Scan(condition, expression, names, share < 1)
        elif (problem := _problem(expression)) is not None:
            found[at] = _of_table(condition, whole, problem)
    _scan(path, declared, list(scans.values()), share)
    found |= {at: scan.breach() for at, scan in scans.items() if scan.failed}
    return [found[at] for at in sorted(found)]


def of_row(condition: Condition, row: Mapping[str, object]) -> str | None:
    """None where a condition holds for a table of this one row, else what is wrong, in words."""
    values = {**row}
    for part in (condition.expression, condition.message):
        values |= {spelled(call): value_of(call, row) for call in calls_in(part)}
    message = replaced(condition.message, {})
    expression = replaced(condition.expression, {})
    why = ""
    try:
        if evaluate(expression, values) is True:
            return None
    except EvaluationError as problem:
        why = str(problem)
    seen = [
        f"{name} = {_cell(values[name])}" for name in sorted(_names(expression) & values.keys())
    ]
    shown = "; ".join(filter(None, (why, ", ".join(seen))))
    words = f"`{condition.text}` does not hold" + (f" ({shown})" if shown else "")
    return words + _message(replace(condition, message=message), values)


def _names(expression: Json) -> set[str]:
    """The names that an expression reads."""
    if isinstance(expression, dict):
        return set().union(*map(_names, expression.values()))
    if not isinstance(expression, list) or expression[:1] == ["lit"]:
        return set()
    if expression[:1] == ["ref"]:
        return {cast(str, expression[1])}
    return set().union(*map(_names, expression))


def _problem(expression: Json) -> str | None:
    """None where the expression is true, else why it has no value, if it has none."""
    try:
        return None if evaluate(expression, {}) is True else ""
    except EvaluationError as problem:
        return str(problem)


def _of_table(condition: Condition, whole: Aggregates, problem: str) -> Breach:
    calls = {spelled(call): call for call in calls_in(condition.expression)}
    message = _message(condition, {})
    for name, call in calls.items():
        if condition.expression == call and name in whole.twins:
            twins = whole.twins[name]
            words = f"{twins.count:,} rows are not alone in `{name}`{message}"
            rows = tuple(tuple(map(_cell, row)) for row in twins.rows)
            return Breach(condition, words, ((*columns_of(call), "rows"), *rows))
    values = {name: whole.values[name] for name in calls if name in whole.values}
    seen = [f"{name} = {_cell(evaluate(value, {}))}" for name, value in values.items()]
    why = "; ".join(filter(None, (problem, ", ".join(seen))))
    return Breach(condition, f"`{condition.text}` does not hold ({why}){message}")


def _message(condition: Condition, names: Mapping[str, object]) -> str:
    if condition.message is None:
        return ""
    try:
        return f": {show(evaluate(condition.message, names))}"
    except EvaluationError:
        return ""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a dataset: where they stand in it, and their columns."""

    positions: Sequence[int]
    columns: Mapping[str, Any]
    types: Mapping[str, Type]

    def vectors(self, names: Sequence[str]) -> dict[str, Vector]:
        found: dict[str, Vector] = {}
        for name in names:
            vector = vector_of(self.columns[name], present(self.types[name]))
            if vector is None:
                raise NotVectorised
            found[name] = vector
        return found

    def values(self, name: str) -> list[object]:
        """A column as the evaluator reads it."""
        values = cast("list[object]", self.columns[name].to_pylist())
        head = kind(present(self.types[name]))
        if head == "Size":
            return [None if value is None else Size(cast(int, value)) for value in values]
        if head == "Map":
            return [
                dict(cast(Any, value)) if isinstance(value, list) else value for value in values
            ]
        return values

    def row(self, at: int) -> dict[str, object]:
        return {name: self.part(at).values(name)[0] for name in self.columns}

    def part(self, at: int) -> _Rows:
        columns = {name: column.slice(at, 1) for name, column in self.columns.items()}
        return _Rows(self.positions[at : at + 1], columns, self.types)


def _scan(path: Path, declared: Columns, scans: Sequence[_Scan], share: float) -> None:
    if not scans:
        return
    types = dict(declared)
    names = {name for scan in scans for name in scan.names}
    told = {name for scan in scans for name in _names(scan.condition.message) & types.keys()}
    start = 0
    for batch in read_batches(path, sorted(names | told), declared):
        rows = _rows(batch, sorted(names | told), types, start, share)
        start += batch.num_rows
        for scan in scans:
            scan.see(rows)


def _rows(
    batch: Table, names: Sequence[str], types: Mapping[str, Type], start: int, share: float
) -> _Rows:
    """The rows of a batch that are looked at: all of them, or every so many."""
    columns = {name: typed(batch, name, types[name]) for name in names}
    if share >= 1:
        return _Rows(range(start, start + batch.num_rows), columns, types)
    end = start + batch.num_rows
    first = max(0, floor(start * share) - 1)
    candidates = (floor(number / share) for number in range(first, floor(end * share) + 2))
    positions = [position for position in candidates if start <= position < end]
    places = arrow("pyarrow", _NEED).array([position - start for position in positions], "int64")
    return _Rows(positions, {name: column.take(places) for name, column in columns.items()}, types)


@dataclass(slots=True)
class _Scan:
    """A condition on each row, and the rows that fail it so far."""

    condition: Condition
    expression: Json
    names: list[str]
    sampled: bool
    seen: int = 0
    failed: int = 0
    examples: list[tuple[str, ...]] = field(default_factory=list)
    first: dict[str, object] = field(default_factory=dict)

    def see(self, rows: _Rows) -> None:
        failing = self._failing(rows)
        self.seen += len(rows.positions)
        if failing and not self.failed:
            self.first = rows.row(failing[0])
        self.failed += len(failing)
        for at in failing[: EXAMPLES - len(self.examples)]:
            row = rows.row(at)
            shown = (f"{rows.positions[at] + 1:,}", *(_cell(row[name]) for name in self.names))
            self.examples.append(shown)

    def _failing(self, rows: _Rows) -> Sequence[int]:
        """The rows, counted from the first of these, on which the expression is not true."""
        try:
            held = truth(self.expression, rows.vectors(self.names))
        except NotVectorised:
            columns = [rows.values(name) for name in self.names]
            passed = self._each(zip(*columns, strict=True))
            return [at for at, holds in enumerate(passed) if not holds]
        pa, pc = arrow("pyarrow", _NEED), arrow("pyarrow.compute", _NEED)
        if isinstance(held, pa.Scalar):
            return () if held.as_py() is True else range(len(rows.positions))
        failing = pc.invert(pc.fill_null(held, False))
        return cast("Sequence[int]", pc.indices_nonzero(failing).to_pylist())

    def _each(self, rows: Iterable[tuple[object, ...]]) -> list[bool]:
        """Whether each row passes; rows that are alike are evaluated once."""
        known: dict[tuple[object, ...], bool] = {}
        passed = []
        for row in rows:
            try:
                holds = known.get(row)
            except TypeError:
                # Lists, maps and records do not hash.
                holds = self._holds(row)
            if holds is None:
                holds = known[row] = self._holds(row)
            passed.append(holds)
        return passed

    def _holds(self, row: tuple[object, ...]) -> bool:
        try:
            return evaluate(self.expression, dict(zip(self.names, row, strict=True))) is True
        except EvaluationError:
            return False

    def breach(self) -> Breach:
        which = "looked at " if self.sampled else ""
        rows = "row" if self.seen == 1 else "rows"
        fail = "fails" if self.failed == 1 else "fail"
        words = f"{self.failed:,} of {self.seen:,} {rows} {which}{fail} `{self.condition.text}`"
        message = _message(self.condition, self.first)
        return Breach(self.condition, words + message, (("row", *self.names), *self.examples))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "none" if value is None else " ".join(show(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
