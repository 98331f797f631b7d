"""Read a table."""

import csv


def read(table):
    """Return the rows of a CSV file."""
    with open(table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
