"""Smooth the days."""


def smooth(days):
    """Return the mean of a few days."""
    return round(sum(days) / len(days), 6)
