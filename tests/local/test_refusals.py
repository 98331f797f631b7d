"""What this machine cannot run is said with its place, before anything starts."""

from __future__ import annotations

import sys

import pytest
from local.project import Project, Ran

ONE = """
step first() -> (n: Int) { run shell "echo 1 > $n" }
step s(n: Int) -> (x: Int) {
  run shell "echo 7 > $x"
  SETTINGS
}
pipeline p() {
  before = first()
  it = s(n = before.n)
  output x = it.x
}
"""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def refused(project: Project, settings: str, *words: str) -> Ran:
    project.pipeline(ONE.replace("SETTINGS", settings))
    return project.run(*words)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("resources { cpu = 4000 }", "this machine does not have cpu = 4000"),
        ("resources { memory = 900TB }", "this machine does not have memory = 900TB"),
        ("resources { gpu = 64 }", "this machine does not have gpu = 64"),
    ],
)
def test_more_than_the_machine_has(project: Project, settings: str, message: str) -> None:
    ran = refused(project, settings)
    assert ran.code == 1
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert (found["code"], found["message"]) == ("MLP0907", message)
    assert found["span"]["start"]["line"] == 11
    assert any("--oversubscribe" in help for help in found["help"])
    assert not (project.folder / ".millpond" / "runs").exists()
    assert refused(project, settings, "--oversubscribe").json["outputs"] == {"x": 7}


def test_the_python_that_runs_may_be_named(project: Project) -> None:
    ran = refused(project, f'environment {{ python = "{PYTHON}" }}')
    assert ran.json["outputs"] == {"x": 7}


ARTIFACT = """
step count(rows: File, n: Int) -> (lines: Int) { run python "body:count" }
pipeline p(rows: File) {
  counted = count(rows = rows, n = 1)
  output lines = counted.lines
}
"""


def test_a_file_from_the_command_line_is_read_where_it_lies(project: Project) -> None:
    project.pipeline(ARTIFACT)
    project.body(
        """
        from pathlib import Path

        def count(rows: Path, n: int) -> int:
            print("reading", rows)
            return len(rows.read_text().splitlines())
        """
    )
    rows = project.write("data/rows.txt", "a\nb\n")
    first = project.run("rows=data/rows.txt")
    assert first.json["outputs"] == {"lines": 2}
    log = project.folder / ".millpond" / "runs" / first.json["run"] / "logs" / "counted.log"
    assert log.read_text() == f"reading {rows}\n"
    assert project.run("rows=data/rows.txt").states == {"counted": "hit"}
    # Only its content counts, not where it lies.
    rows.rename(project.folder / "moved.txt")
    assert project.run("rows=moved.txt").states == {"counted": "hit"}
    project.write("moved.txt", "a\nb\nc\n")
    assert project.run("rows=moved.txt").json["outputs"] == {"lines": 3}
    missing = project.run("rows=nowhere.txt")
    assert missing.code == 2
    assert "there is nothing at `nowhere.txt`" in missing.err
