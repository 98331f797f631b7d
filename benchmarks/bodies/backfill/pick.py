"""Pick the readings of a day."""


def pick(rows, key):
    """Return the readings of one day."""
    return [row for row in rows if row["day"] == key]
