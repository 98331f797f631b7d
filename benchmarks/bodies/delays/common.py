"""What the steps of the delays share."""

LATE = 15.0


def is_late(row):
    """Tell whether a flight left late."""
    return float(row["dep_delay"]) > LATE


def rounded(number):
    """Return a share as the report shows it."""
    return round(number, 4)


def miles(row):
    """Return how far a flight goes."""
    return float(row["distance"])
