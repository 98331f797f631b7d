"""What runs leave behind: the list of them, the logs of their nodes, and where a killed one was."""

from __future__ import annotations

import json
import signal
import time

import pytest
from local.project import Project, ended, until

from millpond.compiler.contract.folder import file_name

BODY = """
import time
from pathlib import Path

def numbers(n):
    return list(range(n))

def note(n):
    print("note", n)
    with open("PLACE/noted", "a") as noted:
        noted.write(f"{n}\\n")
    while n == 3 and not Path("PLACE/go").exists():
        time.sleep(0.02)
    return n

def same(n):
    return n

def fails(n):
    print("oh no")
    raise ValueError("no")
"""
GRAPH = """
pipeline p() { timeout = 60.0 }
  step numbers python "body:numbers" (n: Int) -> (xs: List[Int]) { digest = "1" }
  step note python "body:note" (n: Int) -> (x: Int) { digest = "2" }
  step same python "body:same" (n: Int) -> (x: Int) { digest = "3" }
  %list = numbers(n = 5)
  %t = for $n in %list.xs { max_parallel = 1 } gives List[Int] do
    %"t[*].note" = note(n = $n) { effects = true }
    %"t[*].same" = same(n = %"t[*].note".x)
    yield %"t[*].same".x
  end
  output all: List[Int] = %t.yield
"""


@pytest.fixture
def noting(project: Project) -> Project:
    project.body(BODY.replace("PLACE", str(project.folder)))
    return project


def test_a_run_that_is_killed_within_a_loop_goes_on_where_it_was(noting: Project) -> None:
    process = noting.start_graph(GRAPH)
    until(lambda: "3" in noting.lines("noted"))
    # the group commit of what came before
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (row,) = noting.mlp("runs", "--format", "json").json["runs"]
    assert row["status"] == "interrupted"
    assert row["counts"]["ran"] == 7
    noting.write("go", "")
    ran = noting.graph(GRAPH, "--resume", row["run"])
    assert ran.json["status"] == "succeeded", ran.err
    assert ran.json["outputs"] == {"all": [0, 1, 2, 3, 4]}
    assert noting.lines("noted") == ["0", "1", "2", "3", "3", "4"]
    states = [ran.states[f"t[{n}].note"] for n in range(5)]
    assert states == ["hit", "hit", "hit", "ran", "ran"]
    (row,) = noting.mlp("runs", "--format", "json").json["runs"]
    assert (row["status"], row["counts"]["failed"]) == ("succeeded", 0)


def test_a_run_says_from_the_start_where_it_stands(noting: Project) -> None:
    process = noting.start_graph(GRAPH)
    until(lambda: "3" in noting.lines("noted"))
    said = json.loads((noting.runs[0] / "run.json").read_text())
    assert (said["status"], said["pipeline"], said["file"]) == ("running", "p", "p.mlp")
    assert noting.mlp("runs", "--format", "json").json["runs"][0]["status"] == "running"
    again = noting.graph(GRAPH, "--resume", noting.runs[0].name)
    assert "BlockingIOError" in again.err
    noting.write("go", "")
    assert ended(process).json["status"] == "succeeded"
    assert json.loads((noting.runs[0] / "run.json").read_text())["status"] == "succeeded"


def test_a_log_can_be_followed_until_the_node_ends(noting: Project) -> None:
    process = noting.start_graph(GRAPH)
    until(lambda: "3" in noting.lines("noted"))
    following = noting.start("logs", "latest", "t[3].note", "-f")
    time.sleep(0.3)
    assert following.poll() is None
    noting.write("go", "")
    assert ended(following).out == "note 3\n"
    assert ended(process).json["status"] == "succeeded"
    run = noting.runs[0].name
    assert noting.mlp("logs", run[:8], "t[4].note").out == "note 4\n"
    assert "printed nothing" in noting.mlp("logs", run, "t[4].same").err
    found = noting.mlp("logs", run, "t[0].note", "--format", "json").json
    assert (found["state"], found["text"]) == ("ran", "note 0\n")
    listed = noting.mlp("logs", run, "--format", "json").json["nodes"]
    assert {row["node"] for row in listed if row["log"]} == {f"t[{n}].note" for n in range(5)}
    mistaken = noting.mlp("logs", run, "t[0].nota")
    assert mistaken.code == 2
    assert "did you mean `t[0].note`?" in mistaken.err


def test_runs_are_listed_newest_first(noting: Project) -> None:
    noting.write("go", "")
    noting.graph(GRAPH)
    noting.graph(
        GRAPH.replace("note(n", "fails(n").replace(
            "  %list",
            '  step fails python "body:fails" (n: Int) -> (x: Int) { digest = "4" }\n  %list',
        )
    )
    first, second = noting.mlp("runs").out.splitlines()
    assert first.split()[1:3] == ["failed", "p"]
    assert "1 failed" in first
    assert second.split()[1:3] == ["succeeded", "p"]
    assert second.endswith("11 ran")
    assert "1 older" in noting.mlp("runs", "--last", "1").out
    log = noting.mlp("logs", "latest", "t[0].note").out.splitlines()
    assert log[0] == "oh no"
    assert any("in fails" in line for line in log)


def test_without_a_run_there_is_nothing_to_list(project: Project) -> None:
    for command in (("runs",), ("logs", "latest"), ("approve",)):
        answer = project.mlp(*command)
        assert answer.code == 2
        assert "no pipeline has run here" in answer.err


@pytest.mark.parametrize(
    "node",
    ["a", "t[2].m", "day[2026-11-01].x", "k[../../etc].x", "k[..].x", "k[a/b].x", "k[\n\0].x", "ü"],
)
def test_the_name_of_a_log_stays_in_its_folder(node: str) -> None:
    name = file_name(node)
    assert "/" not in name
    assert "\0" not in name
    assert name.isascii()
    assert name.strip(".")


def test_names_of_logs_are_short_and_differ() -> None:
    nodes = [f"k[{'x' * 300}{n}].m" for n in range(3)] + ["k[a/b].m", "k[a%2Fb].m"]
    names = {file_name(node) for node in nodes}
    assert len(names) == len(nodes)
    assert max(map(len, names)) <= 200
