"""What is known of each store and article at the end of a day."""

import pyarrow as pa

KINDS = pa.schema(
    [
        ("store", pa.string()),
        ("sku", pa.string()),
        ("units_7d", pa.float64()),
        ("trend", pa.float64()),
    ]
)
Key = tuple[str, str]


def build(today: pa.Table, yesterday: pa.Table | None, week: list[pa.Table]) -> pa.Table:
    """Return the mean of the week, and by how much today differs from yesterday."""
    before = {} if yesterday is None else units(yesterday)
    sums: dict[Key, list[int]] = {}
    for day in week:
        for key, sold in units(day).items():
            sums.setdefault(key, []).append(sold)
    return table(
        {
            key: (sum(sums[key]) / len(sums[key]), sold - before[key] if key in before else None)
            for key, sold in units(today).items()
        }
    )


def rollup(days: list[pa.Table]) -> pa.Table:
    """Return the means of the days' features."""
    found: dict[Key, list[tuple[float, float | None]]] = {}
    for day in days:
        for row in day.to_pylist():
            found.setdefault((row["store"], row["sku"]), []).append((row["units_7d"], row["trend"]))
    means: dict[Key, tuple[float, float | None]] = {}
    for key, features in found.items():
        trends = [trend for _, trend in features if trend is not None]
        week = sum(units for units, _ in features) / len(features)
        means[key] = (week, sum(trends) / len(trends) if trends else None)
    return table(means)


def units(day: pa.Table) -> dict[Key, int]:
    """Return what was sold by store and article."""
    return {(row["store"], row["sku"]): row["units"] for row in day.to_pylist()}


def table(features: dict[Key, tuple[float, float | None]]) -> pa.Table:
    """Return features as rows, in the order of stores and articles."""
    rows = [
        {
            "store": store,
            "sku": sku,
            "units_7d": round(week, 6),
            "trend": None if trend is None else round(float(trend), 6),
        }
        for (store, sku), (week, trend) in sorted(features.items())
    ]
    return pa.Table.from_pylist(rows, schema=KINDS)
