"""Divide the users."""

from common import bucket


def divide(rows, key):
    """Return the events of one bucket."""
    return [row for row in rows if bucket(row["user"]) == int(key)]
