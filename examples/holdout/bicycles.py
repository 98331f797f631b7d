"""The step bodies of holdout.mlp: two simple guesses, and how far off they are."""

from datetime import date
from statistics import mean

import pyarrow as pa


def learn(rows: pa.Table, column: str) -> dict[str, float]:
    """Return the mean count for every value of `column`."""
    seen: dict[str, list[int]] = {}
    for value, count in zip(rows[column].to_pylist(), rows["bicycles"].to_pylist(), strict=True):
        seen.setdefault(str(value), []).append(count)
    return {value: round(mean(counts), 6) for value, counts in sorted(seen.items())}


def error(means: dict[str, float], column: str, rows: pa.Table) -> float:
    """Return by what share of the count a guess is off, on average."""
    otherwise = mean(means.values())
    guesses = [means.get(str(value), otherwise) for value in rows[column].to_pylist()]
    counts = rows["bicycles"].to_pylist()
    return round(mean(abs(g - c) / c for g, c in zip(guesses, counts, strict=True)), 6)


def days(rows: pa.Table) -> dict[str, date]:
    """Return the first and the last day."""
    found = sorted(rows["day"].to_pylist())
    return {"first": found[0], "last": found[-1]}
