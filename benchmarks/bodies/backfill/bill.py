"""Write the bill."""

import os

import scaling


def bill(days):
    """Return what the days cost, in euro."""
    price = float(os.environ["SPARE"])
    return round(scaling.scaled(sum(days)) * price / 100, 2)
