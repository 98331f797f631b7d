"""Judge a model: how well it ranks, and how long it thinks."""

import csv
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

Tree = list


class Score(NamedTuple):
    """The area under the curve, and the time that all but one of a hundred answers stay under."""

    auc: float
    p99: timedelta


def main(model: Path, rows: Path) -> Score:
    """Ask the model about every customer."""
    trees = json.loads(model.read_text())["trees"]
    scores, left, times = [], [], []
    with open(rows, newline="") as file:
        for row in csv.DictReader(file):
            customer = {name: float(value) for name, value in row.items()}
            began = time.perf_counter()
            scores.append(sum(answer(tree, customer) for tree in trees))
            times.append(time.perf_counter() - began)
            left.append(row["left"] == "1")
    return Score(auc(scores, left), timedelta(seconds=sorted(times)[int(len(times) * 0.99)]))


def answer(tree: Tree, customer: dict[str, float]) -> float:
    """Follow a tree to its leaf."""
    while len(tree) > 1:
        column, limit, below, above = tree
        tree = below if customer[column] <= limit else above
    return tree[0]


def auc(scores: list[float], positive: list[bool]) -> float:
    """Return how often one who left has the higher score; equal ones count half."""
    yes = [score for score, is_positive in zip(scores, positive, strict=True) if is_positive]
    no = [score for score, is_positive in zip(scores, positive, strict=True) if not is_positive]
    won = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    return round(won / (len(yes) * len(no)), 6)
