"""Boosted trees without any library: what the container of churn.mlp runs."""

import argparse
import csv
import json
import math
import random
from itertools import pairwise
from pathlib import Path

ROUNDS = 12
SMALLEST = 8


def main() -> None:
    """Read the command line, fit, write the model as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--depth", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    with open(given.data, newline="") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    chance = random.Random(given.seed)
    score = [0.0] * len(rows)
    trees = []
    for _ in range(ROUNDS):
        sample = chance.sample(range(len(rows)), len(rows) * 4 // 5)
        residual = [
            row["left"] - 1 / (1 + math.exp(-s)) for row, s in zip(rows, score, strict=True)
        ]
        tree = grow(rows, residual, sample, given.depth, given.learning_rate)
        trees.append(tree)
        score = [s + answer(tree, row) for s, row in zip(score, rows, strict=True)]
    given.out.write_text(json.dumps({"trees": trees}))


def grow(rows, residual, places, depth, rate):
    """Return a tree: [column, limit, below, above], or [value] for a leaf."""
    best = split(rows, residual, places) if depth and len(places) >= 2 * SMALLEST else None
    if best is None:
        return [round(rate * 4 * sum(residual[p] for p in places) / len(places), 9)]
    column, limit = best
    below = [p for p in places if rows[p][column] <= limit]
    above = [p for p in places if rows[p][column] > limit]
    return [
        column,
        limit,
        grow(rows, residual, below, depth - 1, rate),
        grow(rows, residual, above, depth - 1, rate),
    ]


def split(rows, residual, places):
    """Return the column and the limit that part the residuals best, or None."""
    total = sum(residual[p] for p in places)
    best, found = total**2 / len(places) + 1e-9, None
    for column in ("calls", "months", "bill"):
        ordered = sorted(places, key=lambda p: rows[p][column])
        below = 0.0
        for count, (here, after) in enumerate(pairwise(ordered), start=1):
            below += residual[here]
            if rows[here][column] == rows[after][column]:
                continue
            if count < SMALLEST or len(places) - count < SMALLEST:
                continue
            gain = below**2 / count + (total - below) ** 2 / (len(places) - count)
            if gain > best:
                best, found = gain, (column, rows[here][column])
    return found


def answer(tree, row):
    """Follow a tree to its leaf."""
    while len(tree) > 1:
        column, limit, below, above = tree
        tree = below if row[column] <= limit else above
    return tree[0]


if __name__ == "__main__":
    main()
