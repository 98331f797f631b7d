"""Durations and sizes as people write them: `30m`, `16GB`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal


class Size(int):
    """A number of bytes."""


_SECOND = 1_000_000
DURATIONS = {
    "w": 604_800 * _SECOND,
    "d": 86_400 * _SECOND,
    "h": 3_600 * _SECOND,
    "m": 60 * _SECOND,
    "s": _SECOND,
    "ms": 1_000,
}
SIZES = {
    "TB": 10**12,
    "TiB": 2**40,
    "GB": 10**9,
    "GiB": 2**30,
    "MB": 10**6,
    "MiB": 2**20,
    "KB": 10**3,
    "KiB": 2**10,
    "B": 1,
}
_QUANTITY = re.compile(r"(-?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z]*)")


def _parse(text: str, units: dict[str, int], bare: int) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    factor = None if match is None else units.get(match[2]) if match[2] else bare
    if match is None or factor is None:
        raise ValueError(text)
    amount = Decimal(match[1].replace("_", "")) * factor
    if amount != amount.to_integral_value():
        raise ValueError(text)
    return int(amount)


def parse_duration(text: str) -> timedelta:
    """`30m`, `1.5h`; a bare number is seconds. Raises `ValueError`."""
    return timedelta(microseconds=_parse(text, DURATIONS, _SECOND))


def parse_size(text: str) -> Size:
    """`16GB`, `4GiB`; a bare number is bytes. Raises `ValueError`."""
    return Size(_parse(text, SIZES, 1))


def show_duration(value: timedelta) -> str:
    """The largest unit below the week that is exact: `90m`, `1d`, `1.5s`."""
    total = value // timedelta(microseconds=1)
    if total == 0:
        return "0s"
    for unit in ("d", "h", "m", "s", "ms"):
        if total % DURATIONS[unit] == 0:
            return f"{total // DURATIONS[unit]}{unit}"
    return f"{Decimal(total) / _SECOND:f}s"


def show_size(value: int) -> str:
    """The exact spelling with the smallest number: `16GB`, `16GiB`, `0B`."""
    if value == 0:
        return "0B"
    exact = [(value // factor, unit) for unit, factor in SIZES.items() if value % factor == 0]
    amount, unit = min(exact, key=lambda pair: abs(pair[0]))
    return f"{amount}{unit}"
