"""Edits that a reviewer may meet, as patches of the examples, with what `mlp diff` says of each.

`MILLPOND_GOLDEN=write` writes the texts anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from millpond.face.main import start

HERE = Path(__file__).parent / "edits"
EXAMPLES = Path(__file__).parents[2] / "examples"
EDITS = sorted(HERE.glob("*.md"))
PARTS = re.compile(
    r"In `examples/(?P<example>\w+)`:\n\n```diff\n(?P<patch>.*?)```\n\n```text\n(?P<text>.*?)```\n",
    re.DOTALL,
)


@pytest.mark.parametrize("file", EDITS, ids=lambda file: file.stem)
def test_what_is_said_of_an_edit(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    written = file.read_text("utf-8")
    parts = PARTS.search(written)
    assert parts is not None, "an edit has an example, a patch and a text"
    example = EXAMPLES / parts["example"]
    for side in ("before", "after"):
        shutil.copytree(example, tmp_path / side, ignore=shutil.ignore_patterns(".millpond"))
    subprocess.run(
        ["git", "apply", "-"],
        input=parts["patch"].encode(),
        cwd=tmp_path / "after",
        check=True,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    monkeypatch.chdir(tmp_path)
    code = start(["diff", "before", "after", "run.day=2026-03-01"], "")
    printed = capfd.readouterr()
    said = printed.out + printed.err
    assert code == (1 if "error[" in said else 0)
    if os.environ.get("MILLPOND_GOLDEN") == "write":
        file.write_text(written[: parts.start("text")] + said + "```\n", "utf-8")
        return
    assert said == parts["text"]


def test_there_are_edits() -> None:
    assert len(EDITS) >= 30
