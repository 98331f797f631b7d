"""Millpond as a library: the functions of the command line, and what they raise."""

from __future__ import annotations

from pathlib import Path

import pytest

import millpond

PROGRAM = """\
edition 2026
step greet(name: String, end: File = file("end.txt")) -> (text: String) {
  run python "lib:greet"
}
pipeline hello(name: String = "world") {
  hi = greet(name = name)
  output text = hi.text
}
pipeline other(name: String) { output name = name }
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    job = tmp_path / "job"
    job.mkdir()
    (job / "hello.mlp").write_text(PROGRAM, "utf-8")
    (job / "lib.py").write_text("def greet(name, end):\n    return name + end.read_text()\n")
    (job / "end.txt").write_text("!")
    # Paths lead from the file, wherever the caller stands.
    monkeypatch.chdir(tmp_path)
    return job / "hello.mlp"


def test_a_file_is_checked_planned_and_run(file: Path) -> None:
    assert millpond.check(file) == ()
    assert not (file.parent / ".millpond").exists()
    done = millpond.run("job/hello.mlp", pipeline="hello", parameters={"name": "anna"})
    assert (done.status, done.outputs) == ("succeeded", {"text": "anna!"})
    planned = millpond.plan(file, pipeline="hello", parameters={"name": "anna"})
    assert [node.state.value for node in planned.nodes] == ["hit"]


def test_what_makes_no_sense_is_raised(file: Path) -> None:
    with pytest.raises(millpond.Usage, match="the file has several pipelines"):
        millpond.plan(file)
    with pytest.raises(millpond.Usage, match="no parameter called `nam`"):
        millpond.run(file, pipeline="hello", parameters={"nam": "x"})
    (file.parent / "end.txt").unlink()
    with pytest.raises(millpond.Refused) as refused:
        millpond.run(file, pipeline="hello")
    assert [d.code for d in refused.value.diagnostics] == ["MLP0506"]
