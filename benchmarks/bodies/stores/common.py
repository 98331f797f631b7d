"""What the steps of the stores share."""

from datetime import date

DIGITS = 2


def weekday(day):
    """Return the day of the week, Monday is 0."""
    return date.fromisoformat(day).weekday()


def rounded(number):
    """Return a figure as the report shows it."""
    return round(number, DIGITS)


def month(day):
    """Return the month of a day."""
    return day[:7]
