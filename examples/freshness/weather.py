"""The step bodies of freshness.mlp."""

from typing import NamedTuple

import pyarrow as pa


class Inbox(NamedTuple):
    """How many rows there are, and the coldest of them if there are any."""

    rows: int
    coldest: float | None


def look(inbox: pa.Table) -> Inbox:
    """Return what can be said at a glance."""
    degrees = inbox["degrees"].to_pylist()
    return Inbox(len(degrees), min(degrees, default=None))


def summary(inbox: pa.Table, exact: bool) -> str:
    """Return the mean, of all rows or of a few."""
    degrees = inbox["degrees"].to_pylist()
    some = degrees if exact else degrees[:2]
    return f"{sum(some) / len(some):.2f} degrees"
