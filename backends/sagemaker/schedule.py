"""Schedules as EventBridge writes them: six fields, weekdays by name, and a `?`."""

from __future__ import annotations

import re
from typing import Final

_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def cron_expressions(cron: str) -> list[str]:
    """A cron line of five fields as `cron(…)`.

    Two where both a day of the month and a day of the week are given: cron means either of them,
    EventBridge wants a `?` for one.
    """
    minute, hour, day, month, weekday = cron.upper().split()
    # cron counts weekdays from Sunday = 0 (7 is Sunday too), EventBridge from Sunday = 1.
    named = re.sub(r"(?<![/\d])\d(?!\d)", lambda found: _WEEKDAYS[int(found[0]) % 7], weekday)
    by_day = f"cron({minute} {hour} {day} {month} ? *)"
    by_weekday = f"cron({minute} {hour} ? {month} {named} *)"
    if weekday == "*":
        return [by_day]
    return [by_weekday] if day == "*" else [by_day, by_weekday]
