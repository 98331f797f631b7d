"""`mlp plan` as an assertion: limits that it holds, and what it says of those that it breaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli.conftest import Mlp

LOOP = """\
edition 2026

step spread(n: Int) -> (xs: List[Int]) { run shell "echo [1, 2] > $xs" }
step twice(n: Int) -> (m: Int) { run shell "echo $((n * 2)) > $m" }

pipeline main(n: Int = 1) {
  found = spread(n = n)
  all = for x in found.xs {
    one = twice(n = x)
    yield one.m
  }
  output all = all
}
"""


def test_a_plan_that_keeps_to_its_limits_is_exit_code_0(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    limits = ("--max-run", "0", "--expect-hits", "--max-seconds", "0")
    answer = mlp("plan", "hello.mlp", *limits)
    assert (answer.code, answer.err) == (0, "")
    assert mlp("plan", *limits, "hello.mlp", "--format", "json").code == 0
    assert mlp("plan", "hello.mlp", "--expect-hits", "2").code == 0


def test_what_breaks_a_limit_is_named_with_its_reason(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    answer = mlp("plan", "--expect-hits", "hello.mlp", "--max-run", "1", "name=anna")
    assert answer.code == 1
    assert answer.err.splitlines() == [
        "mlp plan: --max-run 1: 2 steps may run, and at most 1 should",
        "  hi: `name` changed from world to anna",
        "  length: waits for `hi`, which may come out the same",
        "mlp plan: --expect-hits: 2 steps may run, and none should",
        "  hi: `name` changed from world to anna",
        "  length: waits for `hi`, which may come out the same",
    ]
    assert mlp("plan", "hello.mlp", "--max-run", "2", "name=anna").code == 0
    answer = mlp("plan", "hello.mlp", "--expect-hits", "1", "name=anna")
    assert "no steps are up to date, and at least 1 should be" in answer.err


def test_the_object_has_the_verdicts(mlp: Mlp, hello: Path) -> None:
    answer = mlp("plan", "hello.mlp", "--max-run", "1", "--format", "json")
    assert answer.code == 1
    assert answer.json["limits"] == [
        {
            "name": "max-run",
            "limit": 1,
            "found": 2,
            "holds": False,
            "text": "2 steps may run, and at most 1 should",
            "nodes": ["hi", "length"],
        }
    ]
    assert answer.json["times"] == {"work": 0, "path": 0, "unknown": ["hi", "length"]}


def test_seconds_are_those_of_earlier_runs(mlp: Mlp, hello: Path) -> None:
    hello.write_text(hello.read_text("utf-8").replace("echo $m", "sleep 0.3; echo $m"), "utf-8")
    answer = mlp("plan", "hello.mlp", "--max-seconds", "100")
    assert answer.code == 1
    assert "nobody knows how long `hi` and `length` will take" in answer.err
    mlp("run", "hello.mlp")
    assert mlp("plan", "hello.mlp", "--max-seconds", "100", "name=anna").code == 0
    answer = mlp("plan", "hello.mlp", "--max-seconds", "0.2", "name=anna")
    assert answer.code == 1
    assert re.match(r"  length: \d\.\d s; waits for `hi`", answer.err.splitlines()[1])
    found = mlp("plan", "hello.mlp", "name=anna", "--format", "json").json["times"]
    assert found["unknown"] == []
    assert 0.3 <= found["path"] == found["work"]


def test_a_list_that_only_the_run_knows_may_be_of_any_length(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "loop.mlp").write_text(LOOP, "utf-8")
    mlp("run", "loop.mlp")
    answer = mlp("plan", "loop.mlp", "n=2", "--max-run", "9", "--max-seconds", "1000")
    assert answer.code == 1
    assert "any number of steps, at least 2, may run, and at most 9 should" in answer.err


@pytest.mark.parametrize(
    "words", [("--max-run", "-1"), ("--max-run", "x"), ("--max-seconds", "nan"), ("--max-run",)]
)
def test_limits_that_are_none(mlp: Mlp, hello: Path, words: tuple[str, ...]) -> None:
    assert mlp("plan", "hello.mlp", *words).code == 2
