"""Clean the flights."""


def clean(rows):
    """Return the flights whose delay is known."""
    return [row for row in rows if row["dep_delay"]]
