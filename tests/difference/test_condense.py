"""A comparison of hundreds of changes is told in few lines, and machines get each of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millpond.face.main import start

HEAD = """\
edition 2026

step made(n: Int) -> (m: Int) { run shell "echo $n > $m" }

pipeline main() {
"""


def program(count: int, first: int, name: str = "m") -> str:
    nodes = "".join(f"  {name}{n} = made(n = {first + n})\n" for n in range(count))
    return f"{HEAD}{nodes}}}\n"


def told(
    before: str,
    after: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *words: str,
) -> str:
    monkeypatch.chdir(folder)
    (folder / "before.mlp").write_text(before, "utf-8")
    (folder / "after.mlp").write_text(after, "utf-8")
    assert start(["diff", "before.mlp", "after.mlp", *words], "") == 0
    return capfd.readouterr().out


def test_many_values_of_one_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    sides = program(50, 0), program(50, 1000)
    assert told(*sides, tmp_path, monkeypatch, capfd).splitlines() == [
        "before.mlp → after.mlp: main: semantic",
        "  semantic     m0, m1, m2, m3 and 46 more: `n` changed in 50 ways   after.mlp:6:13",
        "  re-runs      50 of 50 steps: m0, m1, m2, m3, m4, m5, m6, m7 and 42 more",
    ]
    found = json.loads(told(*sides, tmp_path, monkeypatch, capfd, "--format", "json"))
    changes = found["files"][0]["pipelines"][0]["changes"]
    assert len(changes) == 50
    assert {len(change["nodes"]) for change in changes} == {1}
    comment = told(*sides, tmp_path, monkeypatch, capfd, "--format", "markdown")
    assert "<code>n</code> changed in 50 ways" in comment


def test_many_new_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = told(program(50, 0), program(50, 0, "x"), tmp_path, monkeypatch, capfd).splitlines()
    assert lines[0] == "before.mlp → after.mlp: main: renamed, re-runs nothing"
    assert lines[1] == "  renamed      node m0 → x0"
    assert lines[-1].strip() == "and 42 more"
    assert len(lines) == 10


def test_few_have_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = told(program(20, 0), program(20, 1000), tmp_path, monkeypatch, capfd).splitlines()
    assert len(lines) == 22


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("here", "nowhere"), "there is no file or folder `nowhere`"),
        (("here", "a.mlp"), "`here` is a folder and `a.mlp` is none: name two of one kind"),
        (("a.mlp", "a.txt"), "`a.mlp` and `a.txt` are no pair: name two `.mlp` files"),
    ],
)
def test_what_is_no_pair(
    words: tuple[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    for name in ("a.mlp", "a.txt"):
        (tmp_path / name).write_text("edition 2026\n", "utf-8")
    assert start(["diff", *words], "") == 2
    assert said in capfd.readouterr().err
