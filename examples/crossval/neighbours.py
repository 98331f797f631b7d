"""The step bodies of crossval.mlp: classification by the nearest neighbours."""

from collections import Counter

import pyarrow as pa

Flower = tuple[tuple[float, ...], str]


def judge(rows: pa.Table, fold: int, folds: int, neighbours: int, power: float) -> float:
    """Return the share of the fold's rows that the other rows name rightly."""
    flowers = read(rows)
    held_out = flowers[fold::folds]
    known = [flower for place, flower in enumerate(flowers) if place % folds != fold]
    right = sum(name(shape, known, neighbours, power) == kind for shape, kind in held_out)
    return right / len(held_out)


def name(shape: tuple[float, ...], known: list[Flower], neighbours: int, power: float) -> str:
    """Return the kind most of the nearest have; among equals, the nearest one's."""
    nearest = sorted(known, key=lambda flower: distance(shape, flower[0], power))[:neighbours]
    return Counter(kind for _, kind in nearest).most_common(1)[0][0]


def distance(a: tuple[float, ...], b: tuple[float, ...], power: float) -> float:
    """Return Minkowski's distance but for its root, which changes no order."""
    return sum(abs(x - y) ** power for x, y in zip(a, b, strict=True))


def average(values: list[float]) -> float:
    """Return the mean."""
    return round(sum(values) / len(values), 6)


def read(rows: pa.Table) -> list[Flower]:
    """Return the measures and the kind of every row."""
    measures = [rows[column].to_pylist() for column in rows.column_names if column != "kind"]
    shapes = zip(*measures, strict=True)
    return list(zip(shapes, rows["kind"].to_pylist(), strict=True))
