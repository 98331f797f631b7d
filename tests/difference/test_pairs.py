"""Pairs of files with what `mlp diff` says of them beside them: `said.txt`.

`MILLPOND_GOLDEN=write` writes the texts anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from millpond.face.main import start

PAIRS = sorted(folder for folder in (Path(__file__).parent / "pairs").iterdir())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_is_said_of_a_pair(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("before.mlp", "after.mlp"):
        shutil.copy(pair / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert start(["diff", "before.mlp", "after.mlp"], "") == 0
    said = capfd.readouterr().out
    golden = pair / "said.txt"
    if os.environ.get("MILLPOND_GOLDEN") == "write":
        golden.write_text(said, "utf-8")
        return
    assert said == golden.read_text("utf-8")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_file_is_the_same_as_itself(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(pair / "after.mlp", tmp_path / "one.mlp")
    shutil.copy(pair / "after.mlp", tmp_path / "other.mlp")
    monkeypatch.chdir(tmp_path)
    assert start(["diff", "one.mlp", "other.mlp"], "") == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line]
    assert all(line.endswith(("is the same", "the same")) for line in lines)
