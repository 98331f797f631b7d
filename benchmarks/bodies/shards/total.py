"""Count visits."""

import os

import scaling


def total(visits):
    """Return how many visits there were."""
    return scaling.scaled(len(visits)) + float(os.environ["SPARE"])
