"""The step bodies of ensemble.mlp: the nearest mean decides, and so does the majority."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc


class Parts(NamedTuple):
    """Two tables that have no wine in common."""

    train: pa.Table
    test: pa.Table


def split(rows: pa.Table) -> Parts:
    """Keep every third wine for the test."""
    held_out = pa.array([place % 3 == 0 for place in range(rows.num_rows)])
    return Parts(rows.filter(pc.invert(held_out)), rows.filter(held_out))


def fit(train: pa.Table, columns: list[str]) -> dict:
    """Return the mean of every grower's wines, in units of each column's spread."""
    scale = [spread(train[column].to_pylist()) for column in columns]
    wines: dict[str, list[list[float]]] = {}
    for grower, wine in zip(train["grower"].to_pylist(), measured(train, columns), strict=True):
        wines.setdefault(grower, []).append([x / s for x, s in zip(wine, scale, strict=True)])
    means = {
        grower: [sum(column) / len(own) for column in zip(*own, strict=True)]
        for grower, own in sorted(wines.items())
    }
    return {"columns": columns, "scale": scale, "means": means}


def vote(models: list[dict], rows: pa.Table) -> float:
    """Return the share of wines that the majority of the models gives to the right grower."""
    said = [[nearest(wine, model) for wine in measured(rows, model["columns"])] for model in models]
    majority = [Counter(guesses).most_common(1)[0][0] for guesses in zip(*said, strict=True)]
    right = sum(map(str.__eq__, majority, rows["grower"].to_pylist()))
    return round(right / rows.num_rows, 6)


def nearest(wine: Sequence[float], model: dict) -> str:
    """Return whose mean lies closest to a wine."""
    scaled = [x / s for x, s in zip(wine, model["scale"], strict=True)]
    means = model["means"]
    return min(means, key=lambda grower: math.dist(scaled, means[grower]))


def measured(rows: pa.Table, columns: list[str]) -> list[tuple[float, ...]]:
    """Return the named columns row by row."""
    return list(zip(*(rows[column].to_pylist() for column in columns), strict=True))


def spread(values: list[float]) -> float:
    """Return the standard deviation."""
    mean = sum(values) / len(values)
    return (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
