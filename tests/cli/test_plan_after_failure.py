"""What is said of a step that failed: it ran here, and there is no result of it."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Mlp

PROGRAM = """\
edition 2026

step made(n: Int) -> (m: Int) { run shell "echo $n > $m" }
step broken(n: Int) -> (m: Int) { run shell "test $n -gt 3; echo $n > $m" }
step open(n: Int) -> (m: Int) {
  run shell "echo $n > $m"
  environment { packages = ["wheel"] }
}

pipeline main(n: Int = 3) {
  first = made(n = n)
  second = broken(n = first.m)
  third = made(n = second.m + 1)
  keys = partition by key(["north", "south"]) as k {
    each = made(n = n + 10)
    yield each.m
  }
  output m = third.m
}
"""


def test_the_run_is_named_until_another_one_comes_through(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "main.mlp").write_text(PROGRAM, "utf-8")
    assert mlp("run", "main.mlp").code == 1
    [run] = mlp("runs", "--format", "json").json["runs"]
    lines = mlp("plan", "main.mlp").out.splitlines()
    assert lines[0] == "hit      first"
    assert lines[1] == f"run      second     failed in its last run, {run['run']}"
    why = mlp("why", "main.mlp", "third").out
    assert f"because `second` runs: failed in its last run, {run['run']}" in why
    assert mlp("run", "main.mlp", "n=5").code == 0
    assert "run      second     `n` changed from 5 to 3" in mlp("plan", "main.mlp").out
    named = mlp("why", "main.mlp", "each[west]")
    assert named.code == 2
    assert "`each` has no `west`: it has `north`, `south`" in named.err


def test_open_packages_are_shown_where_they_are_written(mlp: Mlp, tmp_path: Path) -> None:
    text = PROGRAM.replace("third = made", "third = open")
    (tmp_path / "main.mlp").write_text(text, "utf-8")
    [row] = [
        n for n in mlp("plan", "main.mlp", "--format", "json").json["nodes"] if n["id"] == "third"
    ]
    assert row["reasons"][0]["span"]["start"] == {"line": 7, "column": 17}
