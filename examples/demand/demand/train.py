"""Foresee the mean of the next week from the mean of this one."""

import pyarrow as pa

AHEAD = 7


def fit(history: list[pa.Table]) -> dict[str, object]:
    """Return a line through (this week, the week a week later), and how far off it is."""
    weeks = [
        {(row["store"], row["sku"]): row["units_7d"] for row in day.to_pylist()} for day in history
    ]
    pairs = [
        (now[key], later[key])
        for now, later in zip(weeks, weeks[AHEAD:], strict=False)
        for key in now
    ]
    count = len(pairs)
    x_mean, y_mean = sum(x for x, _ in pairs) / count, sum(y for _, y in pairs) / count
    spread = sum((x - x_mean) ** 2 for x, _ in pairs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in pairs) / spread
    start = y_mean - slope * x_mean
    error = sum(abs(start + slope * x - y) for x, y in pairs) / count
    return {
        "model": {"start": round(start, 6), "slope": round(slope, 6)},
        "metrics": {"error": round(error, 6), "days": float(len(history))},
    }
