"""The step bodies of backfill.mlp: from what meters show to what was used and what it costs."""

from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc


class Day(NamedTuple):
    """What every meter used on one day, and all of them together."""

    used: pa.Table
    kwh: float


def pick(readings: pa.Table, day: date) -> pa.Table:
    """Return the readings of one day."""
    return readings.filter(pc.equal(readings["day"], day))


def use(today: pa.Table, yesterday: pa.Table | None) -> Day:
    """Return the difference to the day before; nothing is known of the first day."""
    before = {} if yesterday is None else by_meter(yesterday)
    used = {meter: kwh - before.get(meter, kwh) for meter, kwh in by_meter(today).items()}
    table = pa.table(
        {"meter": list(used), "kwh": [round(kwh, 3) for kwh in used.values()]},
        schema=pa.schema([("meter", pa.string()), ("kwh", pa.float64())]),
    )
    return Day(table, round(sum(used.values()), 3))


def smooth(week: list[float]) -> float:
    """Return the mean of a few days."""
    return round(sum(week) / len(week), 6)


def bill(days: list[pa.Table], cent_per_kwh: float) -> dict[str, float]:
    """Return what a month costs each meter, in euro."""
    kwh: dict[str, float] = {}
    for day in days:
        for meter, used in by_meter(day).items():
            kwh[meter] = kwh.get(meter, 0.0) + used
    return {meter: round(used * cent_per_kwh / 100, 2) for meter, used in sorted(kwh.items())}


def by_meter(rows: pa.Table) -> dict[str, float]:
    """Return the figure of each meter."""
    return dict(zip(rows["meter"].to_pylist(), rows["kwh"].to_pylist(), strict=True))
