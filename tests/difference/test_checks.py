"""A check of a schema is of who gives the rows: who is handed them may come out the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.face.main import start

PROGRAM = """\
edition 2026

schema Rows {
  n: Int
  check n > 0
}

step load() -> (rows: Dataset[Rows]) { run shell "echo n > $rows" }
step size(rows: Dataset[Rows]) -> (n: Int) { run shell "wc -l < $rows > $n" }

pipeline sizes() {
  given = load()
  handed = size(rows = given.rows)
  found = size(rows = dataset("rows.csv"))
  output n = handed.n + found.n
}
"""


def test_a_check_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for side, program in (("before", PROGRAM), ("after", PROGRAM.replace("n > 0", "n > 1"))):
        (tmp_path / side).mkdir()
        (tmp_path / side / "sizes.mlp").write_text(program)
        (tmp_path / side / "rows.csv").write_text("n\n2\n")
    assert start(["diff", "before", "after"], "") == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "re-runs 1 of 3 steps: given 2 more may, " in out
    assert ": handed and found" in out
    assert start(["diff", "before", "after", "--format", "markdown"], "") == 0
    comment = capfd.readouterr().out
    assert "### Pipelines: this runs 1 step again\n" in comment, "the others only may"
