"""Periods: their names, numbers and ends, and which lie in which."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.compiler.ir.partition import (
    Period,
    covering,
    how_many,
    is_zone,
    number_of,
    period,
    periods,
    within,
)

KINDS = ("day", "week", "month", "year")
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "America/Sao_Paulo")
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("kind", "first", "last", "names"),
    [
        ("day", date(2024, 2, 28), date(2024, 3, 1), "2024-02-28 2024-02-29 2024-03-01"),
        ("day", date(2023, 2, 28), date(2023, 3, 1), "2023-02-28 2023-03-01"),
        ("week", date(2026, 12, 30), date(2027, 1, 5), "2026-W53 2027-W01"),
        ("week", date(2024, 12, 29), date(2024, 12, 30), "2024-W52 2025-W01"),
        ("month", date(2024, 1, 31), date(2024, 3, 1), "2024-01 2024-02 2024-03"),
        ("month", date(2025, 12, 31), date(2026, 1, 1), "2025-12 2026-01"),
        ("year", date(1999, 12, 31), date(2001, 1, 1), "1999 2000 2001"),
        ("year", date(9999, 1, 1), date(9999, 12, 31), "9999"),
        ("day", date(2026, 1, 2), date(2026, 1, 1), ""),
    ],
)
def test_a_range_has_its_periods_at_full_extent(
    kind: str, first: date, last: date, names: str
) -> None:
    found = periods(kind, first, last)
    assert " ".join(p.name for p in found) == names
    assert how_many(kind, first, last) == len(found)


def test_hours_are_utc() -> None:
    first = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    found = periods("hour", first, first + timedelta(hours=2))
    assert [p.name for p in found] == ["2026-03-29T00", "2026-03-29T01", "2026-03-29T02"]
    assert found[0].start == datetime(2026, 3, 29, tzinfo=UTC)


@given(st.sampled_from(KINDS), DAYS)
def test_a_day_lies_in_the_period_of_its_number(kind: str, day: date) -> None:
    found = period(kind, number_of(kind, day))
    assert found.start <= day < found.end
    assert period(kind, found.number + 1).start == found.end
    assert number_of(kind, found.start) == found.number


@given(st.sampled_from(KINDS), DAYS, st.integers(0, 800))
def test_periods_follow_each_other_without_gaps(kind: str, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = periods(kind, first, last)
    assert len({p.name for p in found}) == len(found) == how_many(kind, first, last)
    assert sorted(p.name for p in found) == [p.name for p in found]
    assert all(a.end == b.start and a.number + 1 == b.number for a, b in pairwise(found))
    assert found[0].start <= first < found[0].end
    assert found[-1].start <= last < found[-1].end


@given(st.sampled_from(("week", "month", "year")), DAYS, st.integers(0, 500))
def test_every_day_of_the_range_lies_in_one_longer_period(
    kind: str, first: date, length: int
) -> None:
    days = periods("day", first, first + timedelta(days=length))
    longer = periods(kind, first, first + timedelta(days=length))
    places = [place for outer in longer for place in within(days, outer, "UTC")]
    assert places == list(range(len(days)))
    for place, day in enumerate(days):
        outer = covering(longer, day, "UTC")
        assert outer is not None
        assert place in within(days, longer[outer], "UTC")


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 23))
def test_every_hour_lies_in_one_day_of_a_zone(zone: str, when: date, hour_of: int) -> None:
    first = datetime(when.year, when.month, when.day, hour_of, tzinfo=UTC)
    hours = periods("hour", first, first + timedelta(hours=80))
    days = periods("day", (first - timedelta(days=1)).date(), (first + timedelta(days=5)).date())
    places = [place for day in days for place in within(hours, day, zone)]
    assert places == list(range(len(hours)))
    for place, hour in enumerate(hours):
        day = covering(days, hour, zone)
        assert day is not None
        assert place in within(hours, days[day], zone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)]
)
def test_a_day_has_as_many_hours_as_its_zone_says(day: date, hours: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    around = periods("hour", noon - timedelta(hours=30), noon + timedelta(hours=30))
    assert len(within(around, period("day", day.toordinal()), "Europe/Berlin")) == hours


def test_what_lies_outside_is_covered_by_nothing() -> None:
    months = periods("month", date(2026, 1, 1), date(2026, 2, 1))
    assert covering(months, period("day", date(2025, 12, 31).toordinal()), "UTC") is None
    assert covering(months, period("day", date(2026, 3, 1).toordinal()), "UTC") is None
    assert list(within((), Period("x", 0, date(2026, 1, 1), date(2026, 1, 2)), "UTC")) == []


def test_zones_are_known_by_name() -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone("Europe/Bern/Sued")
    assert not is_zone("../etc/passwd")
    assert not is_zone("")
