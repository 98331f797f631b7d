"""The step bodies of stores.mlp: next week is like the mean of the last weeks, day by day."""

from datetime import date
from statistics import mean

import pyarrow as pa
import pyarrow.compute as pc


def pick(sales: pa.Table, store: str) -> pa.Table:
    """Return the rows of one store."""
    rows = sales.filter(pc.equal(sales["store"], store))
    if not rows.num_rows:
        raise ValueError(f"there are no sales of a store called {store}")
    return rows


def forecast(sales: pa.Table, weeks: int) -> list[float]:
    """Return the units of the next seven days, Monday first."""
    last: dict[int, list[int]] = {}
    for day, units in zip(sales["day"].to_pylist(), sales["units"].to_pylist(), strict=True):
        last.setdefault(weekday(day), []).append(units)
    return [round(mean(last[number][-weeks:]), 2) for number in range(7)]


def plan(weeks: list[list[float]]) -> int:
    """Return how many units all stores need on their busiest common day."""
    return round(max(map(sum, zip(*weeks, strict=True))))


def weekday(day: date) -> int:
    """Return the day of the week, Monday is 0."""
    return day.weekday()
