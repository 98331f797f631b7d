"""What the steps of the meters share."""

DIGITS = 3


def by_meter(rows):
    """Return the figure of each meter."""
    return {row["meter"]: float(row["kwh"]) for row in rows}


def rounded(number):
    """Return a figure as it is billed."""
    return round(number, DIGITS)


def attic(rows):
    """Return the rows of the attic."""
    return [row for row in rows if row["meter"] == "attic"]
