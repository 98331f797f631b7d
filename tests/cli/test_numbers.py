"""What has no name is numbered, and never called like something else in its pipeline."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Mlp

PROGRAM = """\
edition 2026

use "more.mlp" as more

step one(n: Int) -> (v: Int) { run shell "echo $n > $v" }

pipeline approve_3(n: Int) {
  o = one(n = n)
  output v = o.v
}
pipeline main() {
  approve_1 = one(n = 1)
  approve "first?"
  more.approve_4(n = 2)
  approve_3(n = approve_1.v)
  approve "second?"
  last = one(n = 3)
  expect last.v == 3
  for x in [1] { expect_2 = one(n = x) }
  expect last.v > 2 else warn
  fine = one(n = 4)
  output v = fine.v
}

test "the second is a no" for main {
  stub approve_1 = { v = 1 }
  stub approve_2 = true
  stub approve_5 = false
  expect run.status == "failed" and ran(approve_1) and ran(approve_3) and not ran(last)
}
test "both are a yes" for main {
  stub approve_2 = true
  stub approve_5 = true
  expect v == 4
}
"""
MORE = """\
edition 2026

step approve_4(n: Int) -> (v: Int) { run shell "echo $n > $v" }
"""


def test_numbers_that_are_taken_are_left_out(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "main.mlp").write_text(PROGRAM, "utf-8")
    (tmp_path / "more.mlp").write_text(MORE, "utf-8")
    planned = mlp("plan", "main.mlp", "--pipeline", "main", "--format", "json")
    assert planned.code == 0, planned.err
    gates = [node["id"] for node in planned.json["nodes"] if node["kind"] == "gate"]
    assert gates == ["approve_2", "approve_5", "expect_1", "expect_3"]
    tested = mlp("test", "main.mlp")
    assert tested.code == 0, tested.out + tested.err
