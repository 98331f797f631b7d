"""Partitions of time: which periods a range has, what they are called, and which lie in which.

Days and longer periods follow a time zone, hours are UTC. Both ends of a range belong to it, and a
period that overlaps it belongs to it at full extent. Every period has a number, one more than that
of the period before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...runtime.dataclass import dataclass

MOST = 100_000
"""So many partitions a block may have."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
LENGTHS = {"hour": _HOUR, "day": timedelta(days=1), "week": timedelta(weeks=1)}
"""Months and years differ in length: windows over them are counted."""


@dataclass(frozen=True, slots=True)
class Period:
    """One hour, day, week, month or year; `end` is exclusive. Both are Times for an hour, else
    Dates."""

    name: str
    number: int
    start: date
    end: date


def number_of(kind: str, moment: date) -> int:
    """The number of the period in which a moment lies: a Time for hours, else a Date."""
    match kind:
        case "hour":
            assert isinstance(moment, datetime)
            return (moment - _EPOCH) // _HOUR
        case "day":
            return moment.toordinal()
        case "week":
            # Day 1 was a Monday, and ISO weeks begin on Mondays.
            return (moment.toordinal() - 1) // 7
        case "month":
            return moment.year * 12 + moment.month - 1
        case _:
            return moment.year


def period(kind: str, number: int) -> Period:
    """The period of a number."""
    start = _start(kind, number)
    return Period(_name(kind, start), number, start, _start(kind, number + 1))


def _start(kind: str, number: int) -> date:
    try:
        match kind:
            case "hour":
                return _EPOCH + number * _HOUR
            case "day":
                return date.fromordinal(number)
            case "week":
                return date.fromordinal(number * 7 + 1)
            case "month":
                return date(number // 12, number % 12 + 1, 1)
            case _:
                return date(number, 1, 1)
    except (ValueError, OverflowError):
        # The last period of all time has no other end.
        return datetime.max.replace(tzinfo=UTC) if kind == "hour" else date.max


def _name(kind: str, start: date) -> str:
    match kind:
        case "hour":
            return start.isoformat()[:13]
        case "day":
            return start.isoformat()
        case "week":
            year, week, _ = start.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            return f"{start.year:04}-{start.month:02}"
        case _:
            return f"{start.year:04}"


def how_many(kind: str, first: date, last: date) -> int:
    """How many periods a range has; none where it is empty."""
    return max(0, number_of(kind, last) - number_of(kind, first) + 1) if first <= last else 0


def periods(kind: str, first: date, last: date) -> tuple[Period, ...]:
    """The periods of a range, oldest first."""
    if first > last:
        return ()
    numbers = range(number_of(kind, first), number_of(kind, last) + 1)
    return tuple(period(kind, number) for number in numbers)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def within(inner: Sequence[Period], outer: Period, zone: str) -> range:
    """The positions of those of the inner periods that lie in the outer one."""
    low, high = outer.start, outer.end
    if inner and isinstance(inner[0].start, datetime) and not isinstance(low, datetime):
        low, high = _midnight(low, zone), _midnight(high, zone)
    begin = bisect_left(inner, low, key=lambda p: p.start)
    return range(begin, bisect_left(inner, high, begin, key=lambda p: p.start))


def covering(outer: Sequence[Period], inner: Period, zone: str) -> int | None:
    """The position of that outer period in which the inner one begins, None where none has it."""
    start = inner.start
    if isinstance(start, datetime) and outer and not isinstance(outer[0].start, datetime):
        start = start.astimezone(ZoneInfo(zone)).date()
    place = bisect_right(outer, start, key=lambda p: p.start) - 1
    return place if place >= 0 and start < outer[place].end else None


def _midnight(day: date, zone: str) -> datetime:
    """When a calendar day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
