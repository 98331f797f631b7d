"""Choose bookings and add them up."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from .money import rounded


class Totals(NamedTuple):
    """One row per shop, the shop that moved most, and the sum of all."""

    totals: pa.Table
    largest: str
    amount: float


def only(bookings: pa.Table, kind: str) -> pa.Table:
    """Return what was paid (`in`) or what was given `back`."""
    amount = bookings["amount"]
    return bookings.filter(pc.greater(amount, 0) if kind == "in" else pc.less(amount, 0))


def total(bookings: pa.Table, digits: int) -> Totals:
    """Return the sums by shop, the largest movement first, and the sum of all."""
    sums: dict[str, float] = {}
    for booking in bookings.to_pylist():
        sums[booking["shop"]] = sums.get(booking["shop"], 0.0) + booking["amount"]
    ranked = sorted(sums, key=lambda shop: (-abs(sums[shop]), shop))
    table = pa.table({"shop": ranked, "amount": [rounded(sums[shop], digits) for shop in ranked]})
    return Totals(table, ranked[0], rounded(sum(sums.values()), digits))
