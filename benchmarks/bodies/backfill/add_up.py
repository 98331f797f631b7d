"""Add meters up."""

from common import by_meter, rounded


def add_up(rows, floor):
    """Return what all meters show together, those under the floor left out."""
    return rounded(sum(kwh for kwh in by_meter(rows).values() if kwh >= floor))
