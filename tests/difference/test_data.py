"""Data in two versions: files are told by their names, also where several hold the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.compiler.driver.kept import Kept
from millpond.compiler.driver.sides import Side
from millpond.face.main import start

PROGRAM = """\
edition 2026

step size(rows: Dataset) -> (n: Int) {
  run shell "ls \\"$rows\\" | wc -l > \\"$n\\""
}

pipeline sizes() {
  whole = size(rows = dataset("days"))
  some = size(rows = dataset("days/*.csv"))
  one = size(rows = dataset("days/a.csv"))
  output n = whole.n + some.n + one.n
}
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders with the same program and data: a folder, a pattern for all that is in it, and
    two files of the same content."""
    monkeypatch.chdir(tmp_path)
    for side in ("before", "after"):
        (tmp_path / side / "days").mkdir(parents=True)
        (tmp_path / side / "sizes.mlp").write_text(PROGRAM)
        for day in ("a", "b"):
            (tmp_path / side / "days" / f"{day}.csv").write_text("n\n1\n")
    return tmp_path / "before", tmp_path / "after"


def said(capfd: pytest.CaptureFixture[str]) -> list[str]:
    assert start(["diff", "before", "after"], "") == 0
    return [line.strip() for line in capfd.readouterr().out.splitlines()]


def test_a_folder_is_not_taken_for_a_pattern_that_matches_the_same(
    versions: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    (versions[1] / "days" / "c.json").write_text("{}\n")
    text = " ".join(said(capfd))
    assert "whole: what `days` holds changed" in text
    assert "instead of" not in text
    assert "re-runs      1 of 3 steps: whole" in text


def test_each_is_named_as_it_is_written(
    versions: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    (versions[1] / "days" / "a.csv").write_text("n\n2\n")
    text = " ".join(said(capfd))
    for node, name in (("whole", "days"), ("some", "days/*.csv"), ("one", "days/a.csv")):
        assert f"{node}: what `{name}` holds changed" in text


@pytest.mark.parametrize("path", ["days", "days/*.csv", "days/?.csv", "**/*.csv"])
def test_of_a_pattern_only_what_git_holds_counts_as_of_a_folder(
    versions: tuple[Path, Path], path: str
) -> None:
    root = versions[0]
    held = frozenset({"days/a.csv", "days/b.csv"})

    def at() -> str:
        return Kept(Side("the work tree", "work tree", root, (), None, held)).at(path, root).digest

    before = at()
    (root / "days" / "c.csv").write_text("n\n3\n")
    assert at() == before
    (root / "days" / "b.csv").write_text("n\n3\n")
    assert at() != before
    assert before.startswith("tree:")
