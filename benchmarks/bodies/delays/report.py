"""Write the report."""

import os

import scaling


def report(table):
    """Return the lines of the report."""
    margin = float(os.environ["SPARE"])
    return [f"{name}: {scaling.scaled(shares[0]) + margin:.3f}" for name, shares in table.items()]
