"""Sizes and ages as people say them: `1.2 GB`, `3 days ago`."""

from __future__ import annotations

_UNITS = ("B", "KB", "MB", "GB", "TB")
_AGES = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


def size_of(count: int) -> str:
    """Bytes in the unit that leaves one to three digits before the point."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 1 if unit and amount < 9.95 else 0
    return f"{amount:.{digits}f} {_UNITS[unit]}"


def ago(seconds: float) -> str:
    """How long ago something was; a moment that the clock has not reached yet is `now`."""
    for length, unit in _AGES:
        if seconds >= length:
            return f"{counted(int(seconds / length), unit)} ago"
    return "now"


def lasting(seconds: float) -> str:
    """How long something takes, roughly: `0.4 s`, `12 s`, `4 min`, `2.5 h`."""
    if seconds < 0.05:
        return "less than 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 89.5:
        return f"{seconds:.0f} s"
    if seconds < 89.5 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"


def counted(count: int, word: str) -> str:
    """A number of things: `1 file`, `2 files`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
