"""What this machine cannot run is said with its place, before anything starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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


CONTAINER = """
step s(text: String, seven: Int) -> (page: File) {
  run container "busybox:1.36" {
    command = ["sh", "-c", "echo $0 $1 $HOME $WORD > $2", text, f"{seven}", page]
  }
  env { WORD = "said" }
  resources { cpu = 1, memory = 64MB }
}
pipeline p() {
  it = s(text = "a b", seven = 7)
  output page = it.page
}
"""
FAKE = """#!/bin/bash
echo "$@" >> {log}
[ "$1" = run ] || exit 0
shift
while [ $# -gt 0 ]; do
  case $1 in
    --rm|--init) shift ;;
    --workdir) cd "$2"; shift 2 ;;
    --env) case $2 in *=*) export "$2" ;; esac; shift 2 ;;
    --*) shift 2 ;;
    *) break ;;
  esac
done
shift
exec "$@"
"""


def with_docker(project: Project) -> str:
    """A search path on which `docker` writes down its words and runs the command here."""
    tool = project.write("bin/docker", FAKE.format(log=project.folder / "docker.log"))
    tool.chmod(0o755)
    return f"{tool.parent}:{os.environ['PATH']}"


def test_a_container_step_runs_in_docker(project: Project) -> None:
    project.pipeline(CONTAINER)
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 0, ran.err
    (text,) = project.lines(ran.json["outputs"]["page"]["path"])
    assert text.startswith("a b 7 /")
    assert text.endswith("/scratch said")
    words = project.lines("docker.log")[0].split()
    assert words[:4] == ["run", "--rm", "--init", "--name"]
    assert "busybox:1.36" in words
    assert words[words.index("--cpus") + 1] == "1"
    assert words[words.index("--memory") + 1] == "64000000b"
    scratch = words[words.index("--workdir") + 1]
    assert f"{scratch}:{scratch}" in words
    assert "WORD" in words
    # A tag says nothing for sure, so nobody takes the result for the next one's.
    assert project.run(env={"PATH": with_docker(project)}).states == {"it": "ran"}


def test_an_image_with_a_digest_gives_hits(project: Project) -> None:
    project.pipeline(CONTAINER.replace("busybox:1.36", "busybox@sha256:" + "a" * 64))
    path = with_docker(project)
    assert project.run(env={"PATH": path}).states == {"it": "ran"}
    assert project.run(env={"PATH": path}).states == {"it": "hit"}


def test_a_container_that_is_out_of_time_is_removed(project: Project) -> None:
    text = CONTAINER.replace("echo $0", "sleep 100; echo $0")
    project.pipeline(text.replace("env {", "timeout = 1s\n  env {"))
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 1
    assert "it ran longer than its timeout of 1 s" in ran.err
    calls = project.lines("docker.log")
    name = calls[0].split()[4]
    assert f"rm --force {name}" in calls


def test_without_a_container_engine_nothing_starts(project: Project, tmp_path: Path) -> None:
    project.pipeline(CONTAINER)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "bash").symlink_to("/bin/bash")
    ran = project.run(env={"PATH": str(tools)})
    assert ran.code == 1
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert found["code"] == "MLP0903"
    assert "no docker or podman" in " ".join(found["notes"])
    assert found["help"]


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
    assert "there is no file nowhere.txt" in missing.err
