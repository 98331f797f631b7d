"""What the examples' pages say of a second run: what is done again, and what is there already."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from examples.examples_here import Ran, content, copied, mlp

from examples import expected
from millpond.stdlib.millpond_std.partition import by_hash


def ran(run: Ran) -> set[str]:
    """The tasks that were done in a run."""
    return {node for node, state in run.states.items() if state == "ran"}


def days(first: date, count: int) -> list[str]:
    return [str(first + timedelta(days=number)) for number in range(count)]


def test_a_branch_that_fails_is_left_out_and_the_rest_is_there_already(tmp_path: Path) -> None:
    folder = copied("sweep", tmp_path)
    first = mlp(folder, "run", "sweep.mlp", "degrees=[2,3,4]")
    again = mlp(folder, "run", "sweep.mlp", "degrees=[0,2,3,4]")
    assert again.code == 0, again.errors
    assert again.said["outputs"] == first.said["outputs"]
    states = again.states
    assert {node for node, state in states.items() if state == "failed"} == {
        f"trials[{number}].m" for number in range(3)
    }
    assert {node for node, state in states.items() if state == "skipped"} == {
        f"trials[{number}].s" for number in range(3)
    }
    assert ran(again) == set()

    too_many = mlp(folder, "run", "sweep.mlp", "degrees=[0,2,3]")
    assert too_many.code == 1
    assert too_many.said["status"] == "failed"


def test_a_wider_range_is_a_backfill(tmp_path: Path) -> None:
    folder = copied("backfill", tmp_path)
    mlp(folder, "run", "backfill.mlp", "first=2026-02-10", "to=2026-02-14")
    wider = mlp(folder, "run", "backfill.mlp", "first=2026-02-10", "to=2026-02-16")
    new = days(date(2026, 2, 15), 2)
    assert ran(wider) == {
        "monthly[2026-02].billed",
        *(f"daily[{day}].{node}" for day in new for node in ("read", "used", "smoothed")),
    }
    earlier = mlp(folder, "run", "backfill.mlp", "first=2026-02-08", "to=2026-02-16")
    # The day that was the first has a day before it now, and the means of a week begin earlier.
    assert ran(earlier) >= {f"daily[{day}].used" for day in days(date(2026, 2, 8), 3)}
    assert not ran(earlier) & {f"daily[{day}].used" for day in days(date(2026, 2, 11), 6)}
    wanted = expected.backfill(folder, "2026-02-08", "2026-02-16")
    assert [round(kwh, 3) for kwh in wanted["kwh"]] == earlier.said["outputs"]["kwh"]


def test_one_late_reading_wakes_the_days_that_see_it(tmp_path: Path) -> None:
    folder = copied("backfill", tmp_path)
    words = ("run", "backfill.mlp", "first=2026-02-20", "to=2026-03-04")
    mlp(folder, *words)
    readings = folder / "readings.csv"
    lines = readings.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("2026-02-22,flat,"))
    day, meter, kwh = lines[at].split(",")
    lines[at] = f"{day},{meter},{float(kwh) + 0.3:.1f}"
    readings.write_text("\n".join(lines) + "\n")

    again = mlp(folder, *words)
    every = days(date(2026, 2, 20), 13)
    assert ran(again) == {
        # All days are read from the file that has changed, and come out the same but for one.
        *(f"daily[{day}].read" for day in every),
        "daily[2026-02-22].used",
        "daily[2026-02-23].used",
        *(f"daily[{day}].smoothed" for day in days(date(2026, 2, 22), 8)),
        "monthly[2026-02].billed",
    }


def test_only_the_bucket_with_new_rows_is_worked_on(tmp_path: Path) -> None:
    folder = copied("shards", tmp_path)
    mlp(folder, "run", "shards.mlp")
    again = mlp(folder, "run", "shards.mlp", "events=tests/more.csv")
    assert again.code == 0, again.errors
    buckets = by_hash(pa.table({"user": ["u07"]}), "user", 4)
    (bucket,) = (index for index, rows in enumerate(buckets) if rows.num_rows)
    assert {node for node in ran(again) if node.endswith(".v")} == {f"parts[{bucket}].v"}
    assert "joined" in ran(again)
    assert "users" not in ran(again)


def test_a_store_fails_alone(tmp_path: Path) -> None:
    folder = copied("stores", tmp_path)
    mlp(folder, "run", "stores.mlp")
    more = mlp(folder, "run", "stores.mlp", 'stores=["berlin","lisbon","oslo","rome"]')
    assert ran(more) == {"by_store[lisbon].own", "by_store[lisbon].next", "planned"}

    wrong = mlp(folder, "run", "stores.mlp", 'stores=["berlin","atlantis","rome"]')
    assert wrong.code == 1
    assert wrong.said["status"] == "failed"
    assert "no sales of a store called atlantis" in wrong.errors
    states = wrong.states
    assert states["by_store[atlantis].own"] == "failed"
    assert states["by_store[atlantis].next"] == "skipped"
    assert {states[f"by_store[{store}].next"] for store in ("berlin", "rome")} == {"hit"}


def test_nothing_new_stops_and_stays_green(tmp_path: Path) -> None:
    folder = copied("freshness", tmp_path)
    stopped = mlp(folder, "run", "freshness.mlp", "inbox=inbox/empty")
    assert stopped.code == 0, stopped.errors
    assert stopped.said["status"] == "stopped"
    assert "nothing new today" in stopped.errors


def test_a_broken_promise_shows_the_rows_that_break_it(tmp_path: Path) -> None:
    folder = copied("quality", tmp_path)
    failed = mlp(folder, "run", "quality.mlp", "orders=tests/twice.csv")
    assert failed.code == 1
    assert "one row per order" in failed.errors
    assert failed.states == {"cleaned": "failed", "report": "skipped"}


def test_the_next_day_is_one_day_of_work(tmp_path: Path) -> None:
    folder = copied("demand", tmp_path)
    short = ("run", "demand.mlp", "first_day=2025-01-10")
    mlp(folder, *short, "run.day=2025-02-10")
    tomorrow = mlp(folder, *short, "run.day=2025-02-11")
    assert ran(tomorrow) == {
        "daily[2025-02-10].sales",
        "daily[2025-02-10].built",
        "monthly[2025-02].rolled",
        "fitted",
    }


def test_another_limit_counts_again_and_sorts_nothing(tmp_path: Path) -> None:
    folder = copied("weblog", tmp_path)
    first = mlp(folder, "run", "weblog.mlp")
    again = mlp(folder, "run", "weblog.mlp", "slow=250ms")
    assert ran(again) == {"slowness"}
    assert again.said["outputs"]["slow_share"] < first.said["outputs"]["slow_share"]
    assert content(again.said["outputs"]["report"]) == content(first.said["outputs"]["report"])
