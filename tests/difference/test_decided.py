"""Gates and conditions that parameters alone decide: the values that are compared hide nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.face.main import start

PROGRAM = """\
edition 2026

LIMIT = 100

step made(n: Int) -> (m: Int) { run shell "echo $n > $m" }

pipeline main(n: Int = 3, deep: Bool = false) {
  expect n < 100 else fail "too many"
  expect n < LIMIT
  expect n > 0
  one = made(n = n)
  when n > 10 {
    two = made(n = n + 100)
  }
  when deep {
    three = made(n = 7)
  } else {
    four = made(n = 8)
  }
}
"""


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("n < 100", "n < 50", "the gate `expect n < 100` is now `expect n < 50` after.mlp:8:3"),
        (
            "LIMIT = 100",
            "LIMIT = 50",
            "what `expect n < LIMIT` compares changed from 100 to 50 after.mlp:9:3",
        ),
        ("  expect n > 0\n", "", "the gate `expect n > 0` is gone"),
        ("expect n < LIMIT", "expect n != 9", "new gate `expect n != 9` after.mlp:9:3"),
        ("when n > 10", "when n > 20", "the `when n > 10` is now `when n > 20` after.mlp:12:3"),
        ("n + 100", "n + 200", "what stands in `when n > 10` changed after.mlp:12:3"),
        ("n = 7", "n = 9", "what stands in `when deep` changed after.mlp:15:3"),
        ("n = 8", "n = 9", "four: `n` changed from 8 to 9 after.mlp:18:17"),
        (
            "  when deep",
            "  when n == 77 {\n    five = made(n = 5)\n  }\n  when deep",
            "new `when n == 77` after.mlp:15:3",
        ),
    ],
)
def test_another_decision_is_semantic(
    was: str,
    now: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = " ".join(compared(PROGRAM.replace(was, now), tmp_path, monkeypatch, capfd).split())
    assert said in out
    assert "main: semantic" in out
    assert "cosmetic" not in out


def test_new_names_decide_as_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    after = PROGRAM.replace("deep", "deeper").replace("two = ", "second = ")
    out = compared(after, tmp_path, monkeypatch, capfd)
    assert "renamed      parameter deep → deeper" in out
    assert "semantic" not in out


def compared(
    after: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.chdir(folder)
    (folder / "before.mlp").write_text(PROGRAM, "utf-8")
    (folder / "after.mlp").write_text(after, "utf-8")
    assert start(["diff", "before.mlp", "after.mlp"], "") == 0
    return capfd.readouterr().out
