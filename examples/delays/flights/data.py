"""Deal flights out to train and test."""

import random
from typing import NamedTuple

import pyarrow as pa


class Parts(NamedTuple):
    """Two tables that have no flight in common."""

    train: pa.Table
    test: pa.Table


def split(rows: pa.Table, test_share: float, seed: int) -> Parts:
    """Return as many rows to test as the share says, chosen by the seed."""
    order = list(range(rows.num_rows))
    random.Random(seed).shuffle(order)
    first = round(rows.num_rows * test_share)
    return Parts(rows.take(sorted(order[first:])), rows.take(sorted(order[:first])))
