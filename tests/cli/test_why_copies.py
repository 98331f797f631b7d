"""`mlp why` and `mlp plan` of nodes that have copies: days, and what waits for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp

DAYS = """\
edition 2026

step sold(day: Date) -> (n: Int) { run shell "echo ${day##*-} | sed 's/^0//' > $n" }
step summed(days: List[Int]) -> (n: Int) { run shell "echo 7 > $n" }

pipeline main(last: Date = 2026-11-21) {
  daily = partition by day(from = 2026-11-02, to = last) as day {
    count = sold(day = day.start)
    yield count.n
  }
  all_days = summed(days = all(daily))
  output n = all_days.n
  on failure { alarm = sold(day = 2026-11-01) }
}
"""


@pytest.fixture
def days(mlp: Mlp, tmp_path: Path) -> Mlp:
    (tmp_path / "days.mlp").write_text(DAYS, "utf-8")
    assert mlp("run", "days.mlp").code == 0
    return mlp


def test_new_days(days: Mlp) -> None:
    """One run for all that is asked of it."""
    one = days("why", "days.mlp", "count[2026-11-22]", "last=2026-11-22").out
    assert "the nearest result of its step is of `daily[2026-11-21].count`" in one
    assert "unlike that: `day` is 2026-11-22, not 2026-11-21" in one
    two = days("why", "days.mlp", "all_days", "last=2026-11-23").out
    assert two.splitlines()[-1] == "  and 1 more cause: `daily[2026-11-23].count`"
    many = days("why", "days.mlp", "all_days", "last=2026-11-30").out
    assert many.splitlines()[-1] == "  and 8 more causes: `daily.count` (8 copies)"
    plan = days("plan", "days.mlp", "last=2029-11-30").out.splitlines()[0]
    assert plan == (
        "run      daily.count  20 hit, 1,105 run: 2026-11-22 to 2029-11-30 (has never run here)"
    )
    hook = days("why", "days.mlp", "on_failure.alarm")
    assert hook.code == 2
    assert "`on_failure.alarm` stands in a hook: it runs anew whenever the hook does" in hook.err
    near = days("plan", "days.mlp", "lst=2026-11-22")
    assert (near.code, near.out) == (2, "")
    assert "`main` has no parameter called `lst`; did you mean `last`?" in near.err
