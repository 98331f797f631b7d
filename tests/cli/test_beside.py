"""Files that lie beside the code of a step: they are in its key, or it answers no other run."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Mlp

PROGRAM = """\
edition 2026

step read(n: Int) -> (text: String) { run python "reading:read" }

pipeline main() {
  told = read(n = 1)
  output text = told.text
}
"""
TOLD = """\
from pathlib import Path


def read(n: int) -> str:
    return (Path(__file__).parent / "words" / "a.txt").read_text()
"""
UNTOLD = TOLD.replace('"words" / "a.txt"', 'f"words/{chr(96 + n)}.txt"')


def write(folder: Path, code: str) -> Path:
    (folder / "main.mlp").write_text(PROGRAM, "utf-8")
    (folder / "reading.py").write_text(code, "utf-8")
    (folder / "words").mkdir(exist_ok=True)
    file = folder / "words" / "a.txt"
    file.write_text("one", "utf-8")
    return file


def test_a_file_that_the_code_names_is_in_the_key(mlp: Mlp, tmp_path: Path) -> None:
    file = write(tmp_path, TOLD)
    assert mlp("run", "main.mlp", "--format", "json").json["outputs"] == {"text": "one"}
    file.write_text("two", "utf-8")
    assert mlp("why", "main.mlp", "told").out.startswith("`told` runs: `words/a.txt` changed\n")
    assert mlp("run", "main.mlp", "--format", "json").json["outputs"] == {"text": "two"}
    assert mlp("plan", "main.mlp").out.startswith("hit ")


def test_what_reads_files_that_nobody_can_tell_answers_no_other_run(
    mlp: Mlp, tmp_path: Path
) -> None:
    file = write(tmp_path, UNTOLD)
    assert mlp("run", "main.mlp", "--format", "json").json["outputs"] == {"text": "one"}
    file.write_text("two", "utf-8")
    assert mlp("plan", "main.mlp").out.splitlines()[0] == (
        "run      told  `reading.py:5` finds files beside the code, and nobody can tell which: "
        "what a step reads should come in as `file(…)` or `dataset(…)`"
    )
    assert mlp("run", "main.mlp", "--format", "json").json["outputs"] == {"text": "two"}
