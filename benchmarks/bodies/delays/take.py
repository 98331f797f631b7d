"""Take a part."""


def take(rows, key):
    """Return the rows to learn from, or those to judge by."""
    return [row for at, row in enumerate(rows) if (at % 4 == 0) == (key == "test")]
