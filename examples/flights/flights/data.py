"""Make the two raw tables into one clean one, and split it by time."""

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pandas as pd

FLIGHT = [
    "year", "month", "day", "sched_dep_time", "arr_delay",
    "carrier", "flight", "origin", "dest", "distance", "time_hour",
]  # fmt: skip
WEATHER = {
    "temp": "temperature",
    "humid": "humidity",
    "wind_speed": "wind",
    "precip": "rain",
    "visib": "visibility",
    "pressure": "pressure",
}
HOUR = ["origin", "time_hour"]
COLUMNS = [
    "day", "carrier", "origin", "dest", "departure", "distance",
    "temperature", "humidity", "wind", "rain", "visibility", "pressure", "late",
]  # fmt: skip


def clean(flights: Path, weather: Path, late_after: timedelta) -> pd.DataFrame:
    """Return one row per flight that arrived, in scheduled order.

    Cancelled and diverted flights have no arrival delay and are left out, and so are the few
    flights without weather. Nothing measured after the scheduled departure is a column, except
    what is to be foreseen.
    """
    flown = read(flights, FLIGHT).dropna(subset=["arr_delay"])
    measured = read(weather, [*HOUR, *WEATHER]).rename(columns=WEATHER)
    measured = measured.dropna(subset=[name for name in WEATHER.values() if name != "pressure"])
    # A flight at 8:10 may know what was measured at 7:51, not what will be at 8:51.
    measured["time_hour"] += pd.Timedelta(hours=1)
    rows = flown.merge(measured, on=HOUR, how="inner", validate="many_to_one")

    rows["day"] = pd.to_datetime(rows[["year", "month", "day"]]).dt.date
    rows["departure"] = rows["sched_dep_time"] // 100 * 60 + rows["sched_dep_time"] % 100
    rows["late"] = rows["arr_delay"] > late_after / timedelta(minutes=1)

    order = ["day", "departure", "origin", "carrier", "flight"]
    return rows.sort_values(order, kind="stable", ignore_index=True)[COLUMNS]


def read(table: Path, columns: list[str]) -> pd.DataFrame:
    """Read some columns of a raw table, its hours as times in UTC."""
    return pd.read_csv(table, usecols=columns, parse_dates=["time_hour"])


class Parts(NamedTuple):
    """Two tables that have no day in common."""

    train: pd.DataFrame
    test: pd.DataFrame


def split(rows: pd.DataFrame, first_test_day: date) -> Parts:
    """Learn from the past, test on what came after; neighbours in time would betray each other."""
    past = rows["day"] < first_test_day
    if past.all() or not past.any():
        raise ValueError(f"no flights on one side of {first_test_day}")
    return Parts(rows[past].reset_index(drop=True), rows[~past].reset_index(drop=True))
