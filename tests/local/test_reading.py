"""What a node really reads decides whether a failure or a skip above reaches it."""

from __future__ import annotations

import pytest
from local.project import Project

BODY = """
def same(n):
    return n

def fails(n):
    raise ValueError(f"no {n}")

def say(text):
    with open("PLACE/said", "a") as said:
        said.write(text + "\\n")
"""
STEPS = """
step same(n: Int) -> (x: Int) { run python "body:same" }
step fails(n: Int) -> (x: Int) { run python "body:fails" }
step say(text: String) {
  run python "body:say"
  effects = true
}
"""
CHOICES = """
pipeline p(safe: Bool = true) {
  good = same(n = 3)
  bad = fails(n = 4)
  by_parameter = same(n = if safe then good.x else bad.x)
  by_value = same(n = if good.x == 3 then 5 else bad.x)
  by_the_other = same(n = if good.x == 4 then 5 else bad.x)
  first = when good.x == 3 {
    a = same(n = 7)
    yield a.x
  } else when bad.x == 3 {
    yield 8
  }
  behind = same(n = 9) after bad
  either = same(n = if good.x > 0 or bad.x > 0 then 10 else 11)
  output x = by_parameter.x + by_value.x
  output first = first ?? 0
}
"""


@pytest.fixture
def project_of(project: Project) -> Project:
    project.body(BODY.replace("PLACE", str(project.folder)))
    return project


def test_who_does_not_need_what_failed_runs(project_of: Project) -> None:
    project_of.pipeline(STEPS + CHOICES)
    ran = project_of.run("--keep-going")
    assert ran.code == 1
    assert ran.states == {
        "good": "ran",
        "bad": "failed",
        "by_parameter": "hit",
        "by_value": "ran",
        "by_the_other": "skipped",
        "a": "ran",
        "first": "ran",
        "behind": "skipped",
        "either": "ran",
    }
    assert ran.json["outputs"] == {"x": 8, "first": 7}
    assert project_of.run("--keep-going", "safe=false").states["by_parameter"] == "skipped"


@pytest.mark.parametrize(("safe", "runs"), [("true", 1), ("false", 0)])
def test_a_test_sees_the_same(project_of: Project, safe: str, runs: int) -> None:
    project_of.pipeline(
        STEPS
        + CHOICES
        + f"""
test "only what is needed" for p {{
  given safe = {safe}
  expect run.failed_node == "bad"
  expect runs(by_parameter) == {runs}
  expect ran(by_value) and not ran(by_the_other)
  expect ran(a) and not ran(behind) and ran(either)
}}
"""
    )
    ran = project_of.mlp("test", "p.mlp")
    assert ran.code == 0, ran.out + ran.err


def test_a_gate_that_reads_what_was_skipped_is_skipped(project_of: Project) -> None:
    project_of.pipeline(
        STEPS
        + """
pipeline p() {
  short = partition by day(from = 2026-01-01, to = 2026-01-01) as d {
    one = same(n = 1)
    yield one.x
  }
  long = partition by day(from = 2026-01-01, to = 2026-01-02) as e {
    two = same(n = 2)
    expect current(short) == 1
    three = same(n = two.x + 1)
    yield three.x
  }
  output long = long
}
"""
    )
    ran = project_of.run()
    assert ran.code == 0, ran.err
    assert ran.states["long[2026-01-02].expect_1"] == "skipped"
    assert ran.json["outputs"] == {"long": [{"key": "2026-01-01", "value": 3}]}


def test_a_hook_reads_a_value_that_came_to_nothing(project_of: Project) -> None:
    project_of.pipeline(
        STEPS
        + """
pipeline p(limit: Int = 9) {
  trials = for n in [1, 2] {
    m = same(n = n)
    expect m.x > limit else stop
    yield { n = n, x = m.x }
  }
  best = max_by(trials, .x)
  expect best.x > 0
  on failure { alarm = say(text = f"{run.failed_node} {best?.n ?? -1} {len(trials ?? [])}") }
}
test "the hook speaks" for p {
  given run.hooks = true
  stub m = { x = 1 }
  stub alarm = { }
  expect run.status == "failed" and ran(on_failure.alarm)
}
"""
    )
    ran = project_of.run()
    assert ran.states["alarm"] == "ran"
    assert project_of.lines("said") == ["expect_2 -1 0"]
    tested = project_of.mlp("test", "p.mlp")
    assert tested.code == 0, tested.out


def test_a_test_names_what_failed_first_as_a_run_does(project_of: Project) -> None:
    project_of.pipeline(
        STEPS
        + """
pipeline p(n: Int = 1) {
  tries = for i in [n] {
    m = same(n = i)
    expect m.x > 5
    yield m.x
  }
  output tries = tries
}
test "the gate, not its loop" for p {
  expect run.failed_node == "tries[0].expect_1"
}
"""
    )
    assert project_of.mlp("test", "p.mlp").code == 0
    assert "tries[0].expect_1 failed" in project_of.run().err


def test_a_parameter_that_reaches_no_step_is_held_to_its_checks(project_of: Project) -> None:
    project_of.pipeline(
        STEPS
        + """
schema Bounds {
  low: Int
  high: Int
  check low < high else fail "an empty range"
}
pipeline p(bounds: List[Bounds] = [{ low = 1, high = 2 }]) {
  one = same(n = len(bounds))
  output x = one.x
}
"""
    )
    assert project_of.run().json["outputs"] == {"x": 1}
    before = len(project_of.runs)
    wrong = project_of.run("bounds=[{ low = 3, high = 2 }]")
    assert wrong.code == 2
    assert "an empty range" in wrong.err
    assert "[0]" in wrong.err
    assert len(project_of.runs) == before
