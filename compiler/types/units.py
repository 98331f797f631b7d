"""Units of durations and sizes: what each suffix means, and which one a wrong suffix meant."""

from __future__ import annotations

from ...runtime.quantities import DURATIONS, SIZES, parse_duration, parse_size
from .types import DURATION, FLOAT, SIZE, Type

DURATION_UNITS = ("ms", "s", "m", "h", "d", "w")
SIZE_UNITS = ("B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB")

_MEANT = {
    "millis": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "day": "d", "days": "d", "week": "w", "weeks": "w",
    "k": "KB", "kb": "KB", "mb": "MB", "Mb": "MB", "M": "MB", "g": "GB", "G": "GB", "gb": "GB",
    "Gb": "GB", "t": "TB", "T": "TB", "tb": "TB", "Tb": "TB", "K": "KB", "kB": "KB", "b": "B",
    "Ki": "KiB", "Mi": "MiB", "Gi": "GiB", "Ti": "TiB", "kib": "KiB", "mib": "MiB",
    "gib": "GiB", "tib": "TiB", "bytes": "B", "byte": "B", "S": "s", "H": "h", "D": "d", "W": "w",
    "MS": "ms",
}  # fmt: skip


def type_of_unit(unit: str) -> Type | None:
    """Duration, Size, or Float for `%`; None where there is no such unit."""
    if unit == "%":
        return FLOAT
    if unit in DURATIONS:
        return DURATION
    return SIZE if unit in SIZES else None


def meant(unit: str) -> str | None:
    """The unit that a wrong one stands for, where that is plain."""
    return _MEANT.get(unit) or _MEANT.get(unit.lower())


def is_whole(raw: str, unit: str) -> bool:
    """Whether the quantity is a whole number of bytes or microseconds."""
    try:
        if unit in SIZES:
            parse_size(raw)
        elif unit in DURATIONS:
            parse_duration(raw)
    except ValueError:
        return False
    return True


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNIT_WORDS = {
    "ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week",
    "B": "byte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte",
    "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "TiB": "tebibyte", "%": "percent",
}  # fmt: skip


def _count_in_words(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" and {_count_in_words(rest)}" if rest else "")
    return str(number)


def in_words(number: int | float, unit: str) -> str:
    """`500m` read aloud: five hundred minutes."""
    count = _count_in_words(number) if isinstance(number, int) else str(number)
    word = _UNIT_WORDS[unit]
    return f"{count} {word}" if number == 1 or unit == "%" else f"{count} {word}s"
