"""Read, sample and split tables; equal arguments give equal rows, in the order they came."""

# pyright: reportAttributeAccessIssue=false
# pyarrow makes most functions of `compute` when it is imported.

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from .canonical import number_of
from .spread import has_column, spread

_WHOLE = 2**256


class Parts(NamedTuple):
    """Three tables that have no row in common."""

    train: pa.Table
    valid: pa.Table
    test: pa.Table


def read(source: pa.Table, columns: list[str]) -> pa.Table:
    """The table, or those of its columns."""
    for name in columns:
        has_column(source, name)
    return source.select(columns) if columns else source


def conform(rows: Path) -> Path:
    """The rows as they are: for a step that declares their columns, which are checked then."""
    return rows


def sample(rows: pa.Table, share: float, seed: int) -> pa.Table:
    """The `share` of the rows that come first when all are shuffled by `seed`."""
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must be between 0% and 100%, it is {share:.0%}")
    return _taken(rows, _shuffled(rows.num_rows, seed)[: round(share * rows.num_rows)])


def split(rows: pa.Table, valid: float, test: float, seed: int) -> Parts:
    """Split by chance; the parts have exactly their shares, rounded to rows."""
    _check_shares(valid, test)
    order = _shuffled(rows.num_rows, seed)
    first, second = round(test * len(order)), round((test + valid) * len(order))
    picked = (order[second:], order[first:second], order[:first])
    return Parts(*(_taken(rows, part) for part in picked))


def split_by_time(rows: pa.Table, column: str, valid: float, test: float) -> Parts:
    """Split by the `column`: the latest rows are `test`, those before them `valid`.

    Rows of one moment stay together, so the shares are met as closely as that allows.
    """
    _check_shares(valid, test)
    has_column(rows, column)
    moment = rows[column]
    if moment.null_count:
        raise ValueError(
            f"rows without a `{column}` belong to no part: there are {moment.null_count}"
        )
    ordered = moment.take(pc.sort_indices(moment))
    late = _from(moment, ordered, test)
    later = _from(moment, ordered, test + valid)
    parts = Parts(
        rows.filter(pc.invert(later)), rows.filter(pc.and_not(later, late)), rows.filter(late)
    )
    shares = (1 - valid - test, valid, test)
    for name, share, part in zip(Parts._fields, shares, parts, strict=True):
        if share and not part.num_rows:
            raise ValueError(f"`{column}` has too few moments for a part `{name}` of its own")
    return parts


def split_by_key(rows: pa.Table, column: str, valid: float, test: float, seed: int) -> Parts:
    """Split by the values of `column`: each goes to one part, by its hash alone."""
    _check_shares(valid, test)
    place = spread(rows, column, lambda number: number / _WHOLE, pa.float64(), f"{seed}:")
    late, later = pc.less(place, test), pc.less(place, test + valid)
    return Parts(
        rows.filter(pc.invert(later)), rows.filter(pc.and_not(later, late)), rows.filter(late)
    )


def _shuffled(count: int, seed: int) -> list[int]:
    """The numbers below `count` in an order that is the same in every version of Python."""
    return sorted(range(count), key=lambda index: number_of(index, f"{seed}:"))


def _taken(rows: pa.Table, picked: list[int]) -> pa.Table:
    return rows.take(pa.array(sorted(picked), pa.int64()))


def _from(moment: pa.ChunkedArray, ordered: pa.ChunkedArray, share: float) -> pa.ChunkedArray:
    """Which rows are among the latest `share`, those of the first such moment included."""
    first = len(ordered) - round(share * len(ordered))
    if first == len(ordered):
        return pc.not_equal(moment, moment)
    return pc.greater_equal(moment, ordered[first])


def _check_shares(valid: float, test: float) -> None:
    if valid < 0 or test < 0 or valid + test >= 1:
        raise ValueError(
            f"`valid` ({valid:.0%}) and `test` ({test:.0%}) must leave something to learn from"
        )
