"""Diagnostics of blocks as they are printed: places, both ends, and the way out."""

from __future__ import annotations

import pytest
from check.test_literate import diagnose

from millpond.compiler.diagnostics.render import render
from millpond.compiler.source import Source

STEPS = """
schema Stock { sku: String }
step ingest(day: Date) -> (rows: Dataset) { run shell "ingest $day > $rows" }
step update(rows: Dataset, before: Dataset[Stock]? = none) -> (table: Dataset[Stock]) {
  run shell "update $rows ${before:-} > $table"
}
step average(rows: List[Dataset]) -> (mean: Float) { run shell "average $rows > $mean" }
step names() -> (names: List[Int]) { run shell "names > $names" }
step post(text: String) { run shell "post $text" }
pipeline _uses(day: Date) {
  a = ingest(day = day)
  b = update(rows = a.rows)
  c = average(rows = [b.table])
  d = names()
  post(text = f"{c.mean} of {len(d.names)}")
}
"""

SHOWN = {
    "the node waits for itself": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  daily = partition by day(from = first_day, to = run.day - 1d) as day {
    sales = ingest(day = day.start)
    stock = update(rows = sales.rows, before = stock.table)
    yield stock.table
  }
  output stock = daily
}
""",
        """
error[MLP0604]: `stock` needs its own output from the same day
 --> demand.mlp:4:48
  |
4 |     stock = update(rows = sales.rows, before = stock.table)
  |     ----- this node ...
  |                                                ^^^^^^^^^^^ ... waits for itself here
  |
  = help: to carry a value from one day to the next, ask for the day before; on the first day it
          is missing, so `before` must accept Dataset[Stock]?
  = fix: write `before = previous(stock.table)` (unsafe: the days then run one after another)
  = more: mlp explain MLP0604
""",
    ),
    "a window of one day and a half": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  daily = partition by day(from = first_day, to = run.day - 1d) as day {
    sales = ingest(day = day.start)

    smooth = average(rows = trailing(sales.rows, 36h))
    yield smooth.mean
  }
  output means = daily
}
""",
        """
error[MLP0606]: 36h is not a whole number of days
 --> demand.mlp:5:50
  |
2 |   daily = partition by day(from = first_day, to = run.day - 1d) as day {
  |                        --- these partitions are one day long
...
5 |     smooth = average(rows = trailing(sales.rows, 36h))
  |                                                  ^^^ 1.5 days
  |
  = help: use `1d` or `2d`, or partition by hour
  = more: mlp explain MLP0606
""",
    ),
    "which days": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  daily = partition by day(from = first_day, to = run.day) as day {
    sales = ingest(day = day.start)
    yield sales.rows
  }
  meant = average(rows = daily)
  output mean = meant.mean
}
""",
        """
error[MLP0603]: `daily` is Dataset per day; say which days
 --> demand.mlp:6:26
  |
2 |   daily = partition by day(from = first_day, to = run.day) as day {
  |   ----- one value for each partition
...
6 |   meant = average(rows = daily)
  |                          ^^^^^ these are many values
  |
  = help: write `all(daily)`, `trailing(daily, 7d)` or `latest(daily)`
  = fix: write `all(daily)` (unsafe, `mlp check --fix --unsafe`)
  = more: mlp explain MLP0603
""",
    ),
    "known too late": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  found = names()
  for n in found.names with (max_parallel = 3) {
    half = n / 2
    got = ingest(day = first_day) with (resources = { cpu = half + 1 })
  }
}
""",
        """
error[MLP0401]: `half` is known only during the run; `cpu` must be known when the run is submitted
 --> demand.mlp:5:61
  |
2 |   found = names()
  |   ----- `found` runs the step `names`
3 |   for n in found.names with (max_parallel = 3) {
  |       - `n` is a loop variable
4 |     half = n / 2
  |     ---- `half` is a value
5 |     got = ingest(day = first_day) with (resources = { cpu = half + 1 })
  |                                                             ^^^^ known only during the run
  |
  = help: use a parameter or a constant
  = more: mlp explain MLP0401
""",
    ),
    "keys that a step makes": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  found = average(rows = [])
  late = first_day + found.mean * 1d
  daily = partition by day(from = late, to = run.day) as day {
    sales = ingest(day = day.start)
    yield sales.rows
  }
  output rows = daily
}
""",
        """
error[MLP0605]: the keys of this partition are known only during the run
 --> demand.mlp:4:35
  |
2 |   found = average(rows = [])
  |   ----- `found` runs the step `average`
3 |   late = first_day + found.mean * 1d
  |   ---- `late` is a value
4 |   daily = partition by day(from = late, to = run.day) as day {
  |                                   ^^^^ `late` comes out of a step
  |
  = help: partitions are planned before anything runs: make it a parameter
  = help: or go through the list while running: `for x in list { … }`
  = more: mlp explain MLP0605
""",
    ),
    "a hook above": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  on failure {
    post(text = "failed")
  }
  found = ingest(day = first_day)
  output rows = found.rows
}
""",
        """
error[MLP0702]: hooks come last in a pipeline
 --> demand.mlp:2:6
  |
2 |   on failure {
  |      ^^^^^^^ statements come after it
...
6 |   output rows = found.rows
  |   ------------------------ this stands below
  |
  = help: move it to the end of the pipeline
  = fix: move it to the end (safe, `mlp check --fix`)
  |
2 -   on failure {
3 -     post(text = "failed")
4 -   }
4 +   on failure {
5 +     post(text = "failed")
6 +   }
  = more: mlp explain MLP0702
""",
    ),
    "missing in a hook": (
        """
pipeline demand(first_day: Date = 2025-01-01) {
  found = average(rows = [])
  output mean = found.mean
  finally {
    post(text = f"{found.mean} since {first_day}")
  }
}
""",
        """
error[MLP0305]: `found` may be missing
 --> demand.mlp:5:20
  |
2 |   found = average(rows = [])
  |   ----- `found` runs the step `average`
...
5 |     post(text = f"{found.mean} since {first_day}")
  |                    ^^^^^^^^^^ `.mean` cannot be read from what may be missing
  |
  = why: `found` may never have run when a hook does
  = help: say what to use instead with `?.` and `??`: `(found?.mean ?? 0.0)`
  = fix: fall back to 0.0 (unsafe, `mlp check --fix --unsafe`)
  |
5 +     post(text = f"{(found?.mean ?? 0.0)} since {first_day}")
  = more: mlp explain MLP0305
""",
    ),
    "two kinds of value": (
        """
pipeline demand(big: Bool = true) {
  chosen = when big {
    found = average(rows = [])
    yield found.mean
  } else {
    yield "nothing"
  }
  output chosen = chosen
}
""",
        """
error[MLP0303]: this `when` yields `Float` in one branch and `String` in another
 --> demand.mlp:6:11
  |
4 |     yield found.mean
  |           ---------- Float here
5 |   } else {
6 |     yield "nothing"
  |           ^^^^^^^^^ String here
  |
  = help: yield one type from all branches, or a record with the same fields
  = more: mlp explain MLP0303
""",
    ),
}


@pytest.mark.parametrize(("written", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_message_is_printed_with_its_places(written: str, shown: str) -> None:
    text = written.lstrip("\n") + STEPS
    source = Source("test.mlp", text)
    (found,) = [d for d in diagnose(text, None) if d.code != "MLP1020"]
    printed = render(found, {"test.mlp": source}).replace("test.mlp", "demand.mlp")
    assert [line.rstrip() for line in printed.strip().splitlines()] == shown.strip().splitlines()
