"""Amounts of money."""


def rounded(amount: float, digits: int) -> float:
    """Return an amount that can be paid."""
    return round(amount, digits) + 0.0
