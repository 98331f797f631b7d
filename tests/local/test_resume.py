"""Runs that are gone on with: they stay what they were when they began."""

from __future__ import annotations

import json
import os
import shlex
import signal

import pytest
from local.project import Project, ended, until

PIPELINE = """
step note(n: Int, day: Date) -> (n: Int) {
  run python "body:note"
  effects = true
}
step slow(n: Int) -> (n: Int) { run python "body:slow" }
pipeline p(n: Int = 3, words: List[String] = ["a"]) {
  noted = note(n = n, day = run.day)
  done = slow(n = noted.n)
  output n = done.n
}
pipeline q() {
  noted = note(n = 1, day = run.day)
}
target here: local { workers = 2 }
target there: local { workers = 2 }
"""
BODY = """
import time
from pathlib import Path

def note(n, day):
    with open("PLACE/noted", "a") as noted:
        noted.write(f"{n} {day}\\n")
    return n

def slow(n):
    Path("PLACE/slow").touch()
    while not Path("PLACE/go").exists():
        time.sleep(0.02)
    return n + 1
"""
WORDS = ("--pipeline", "p", "--target", "there", "n=20", 'words=["b"]', "run.day=2026-05-05")


@pytest.fixture
def killed(project: Project) -> tuple[Project, str]:
    """A run that was killed after its effects, and its name; from now on it could end."""
    project.pipeline(PIPELINE)
    project.body(BODY.replace("PLACE", str(project.folder)))
    process = project.start("run", "p.mlp", *WORDS)
    until((project.folder / "slow").exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    project.write("go", "")
    return project, project.runs[0].name


def test_a_run_keeps_its_parameters_its_day_and_its_target(killed: tuple[Project, str]) -> None:
    project, run = killed
    resumed = project.run("--resume", run)
    assert resumed.code == 0, resumed.err
    assert resumed.states == {"noted": "hit", "done": "ran"}
    assert resumed.json["outputs"] == {"n": 21}
    assert project.lines("noted") == ["20 2026-05-05"]
    said = json.loads((project.runs[0] / "run.json").read_text())
    assert (said["target"], said["day"]) == ("there", "2026-05-05")
    assert (said["parameters"]["n"], said["parameters"]["words"]) == (20, ["b"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("n=3",), "run RUN had n=20"),
        (("run.day=2026-05-06",), "run RUN had run.day=2026-05-05"),
        (("--target", "here"), "RUN is a run of `there`, not of `here`"),
        (("--pipeline", "q"), "RUN is a run of `p`, not of `q`"),
    ],
)
def test_another_word_than_it_began_with_is_refused(
    killed: tuple[Project, str], words: tuple[str, ...], says: str
) -> None:
    project, run = killed
    before = (project.runs[0] / "run.json").read_bytes()
    refused = project.mlp("run", "p.mlp", "--resume", run, *words)
    assert refused.code == 2
    assert refused.err == f"mlp run: {says.replace('RUN', run)}\n"
    assert (project.runs[0] / "run.json").read_bytes() == before
    assert project.run("--resume", run, *WORDS).json["outputs"] == {"n": 21}


def test_another_file_or_another_type_is_refused(killed: tuple[Project, str]) -> None:
    project, run = killed
    text = (project.folder / "p.mlp").read_text()
    project.write("other.mlp", text)
    other = project.mlp("run", "other.mlp", "--resume", run)
    assert (other.code, "is a run of `p.mlp`, not of `other.mlp`" in other.err) == (2, True)
    typed = text.replace('words: List[String] = ["a"]', "words: Int = 1")
    project.write("p.mlp", typed)
    refused = project.run("--resume", run)
    assert (refused.code, f"`words` of run {run} is no Int" in refused.err) == (2, True)
    project.write("p.mlp", text.replace("words: List[String]", "more: Int, words: List[String]"))
    refused = project.run("--resume", run)
    assert (refused.code, "needs a value for `more`" in refused.err) == (2, True)


def test_the_command_that_goes_on_names_the_file_and_runs(killed: tuple[Project, str]) -> None:
    project, _ = killed
    (project.folder / "go").unlink()
    (project.folder / "slow").unlink()
    (project.folder / "p.mlp").rename(project.folder / "my p.mlp")
    process = project.start("run", "my p.mlp", "--keep-going", *WORDS)
    until((project.folder / "slow").exists)
    process.send_signal(signal.SIGINT)
    (line,) = [s for s in ended(process).err.splitlines() if "to go on: " in s]
    command = shlex.split(line.partition("to go on: ")[2])
    run = project.runs[-1].name
    assert command == ["mlp", "run", "my p.mlp", "--keep-going", "--resume", run]
    project.write("go", "")
    resumed = project.mlp(*command[1:], "--format", "json")
    assert resumed.json["outputs"] == {"n": 21}
    assert project.lines("noted") == ["20 2026-05-05"] * 2


def test_what_is_the_default_by_now_is_not_looked_at(project: Project) -> None:
    project.pipeline(
        """
        step fails(rows: File) -> (n: Int) { run python "body:fails" }
        pipeline p(rows: File = file("usual.csv")) {
          failed = fails(rows = rows)
          output n = failed.n
        }
        """
    )
    project.body("def fails(rows):\n    raise ValueError(rows.read_text())\n")
    project.write("usual.csv", "usual")
    project.write("other.csv", "other")
    run = project.run("rows=other.csv").json["run"]
    project.write("usual.csv", "new")
    project.body("def fails(rows):\n    return len(rows.read_text()) + 1\n")
    assert project.run("--resume", run).json["outputs"] == {"n": 6}


def test_an_effect_that_was_killed_is_tried_again_under_the_same_name(project: Project) -> None:
    place = project.folder
    project.pipeline(
        f"""
        step deploy(n: Int) -> (m: Int) {{
          run shell "echo $MLP_IDEMPOTENCY_KEY >> {place}/keys; cat {place}/go; echo $n > $m"
          effects = true
        }}
        step look() -> (n: Int) {{ run shell "echo >> {place}/looked; echo 3 > $n" cache = false }}
        pipeline p() {{
          seen = look()
          done = deploy(n = seen.n)
          output n = done.m
        }}
        """
    )
    os.mkfifo(place / "go")
    process = project.start("run", "p.mlp")
    until(lambda: bool(project.lines("keys")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (place / "go").unlink()
    project.write("go", "")
    run = project.runs[0].name
    assert project.run("--resume", run).json["outputs"] == {"n": 3}
    first, second = project.lines("keys")
    assert first == second
    assert len(project.lines("looked")) == 1
    project.run()
    assert len(set(project.lines("keys"))) == 2
