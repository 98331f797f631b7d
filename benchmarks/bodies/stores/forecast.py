"""Forecast a week."""

from common import rounded, weekday


def forecast(rows, weeks):
    """Return the units of the next seven days, Monday first."""
    last = {}
    for row in rows:
        last.setdefault(weekday(row["day"]), []).append(int(row["units"]))
    return [rounded(sum(last[day][-weeks:]) / len(last[day][-weeks:])) for day in range(7)]
