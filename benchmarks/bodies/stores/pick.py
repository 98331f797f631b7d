"""Pick the rows of a store."""


def pick(rows, key):
    """Return the rows of one store."""
    return [row for row in rows if row["store"] == key]
