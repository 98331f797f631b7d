"""Hooks: what runs when everything else has ended, and what it knows of the run."""

from __future__ import annotations

import signal

import pytest
from local.project import Project, ended, until

BODY = """
import time
from pathlib import Path

def same(n):
    return n

def fails(n):
    print("oh")
    raise ValueError(f"no {n}")

def say(text, x):
    with open("PLACE/said", "a") as said:
        said.write(f"{text} {x}\\n")
    return 1

def waits(n):
    Path("PLACE/waiting").touch()
    time.sleep(20)
    return n
"""
HOOKS = """
  on failure do
    %words = { text = text("failed ", $run.failed_node, ": ", $run.error) }
    %"on_failure.post" = say(text = %words.text, x = (soft(%a.x): Int?))
  end
  on success do
    %"on_success.post" = say(text = text("well ", $run.status), x = (soft(%b.x): Int?))
  end
  on finally do
    %"finally.sweep" = say(text = "swept", x = (soft(%b.x): Int?))
  end
"""
HEAD = """
pipeline p(){OPTIONS}
  step same python "body:same" (n: Int) -> (x: Int) { digest = "1" }
  step fails python "body:fails" (n: Int) -> (x: Int) { digest = "2" }
  step say python "body:say" (text: String, x: Int?) -> (ok: Int) { digest = "3" }
  step waits python "body:waits" (n: Int) -> (x: Int) { digest = "4" }
"""


@pytest.fixture
def hooked(project: Project) -> Project:
    project.body(BODY.replace("PLACE", str(project.folder)))
    return project


def graph(nodes: str, hooks: str = HOOKS, options: str = "") -> str:
    return HEAD.strip("\n").replace("{OPTIONS}", options) + f"\n{nodes.strip(chr(10))}{hooks}"


def test_after_success(hooked: Project) -> None:
    ran = hooked.graph(graph("  %a = same(n = 1)\n  %b = same(n = 2)"))
    assert ran.json["status"] == "succeeded", ran.err
    assert hooked.lines("said") == ["well succeeded 2", "swept 2"]
    assert list(ran.states) == ["a", "b", "on_success.post", "finally.sweep"]


def test_after_a_failure(hooked: Project) -> None:
    ran = hooked.graph(graph("  %a = same(n = 1)\n  %b = fails(n = 2)\n  %c = same(n = %b.x)"))
    assert ran.json["status"] == "failed"
    assert hooked.lines("said") == ["failed b: ValueError: no 2 1", "swept None"]
    assert "on_success.post" not in ran.states
    assert ran.states["finally.sweep"] == "ran"


def test_a_run_that_stops_is_a_success(hooked: Project) -> None:
    nodes = """
  %a = same(n = 1)
  %expect_1 = expect %a.x > 1 else stop as "a.x > 1"
  %b = same(n = 2) behind %expect_1
"""
    ran = hooked.graph(graph(nodes))
    assert ran.json["status"] == "stopped"
    assert hooked.lines("said") == ["well stopped None", "swept None"]


def test_a_failure_that_a_loop_allows_is_none(hooked: Project) -> None:
    nodes = """
  %a = same(n = 1)
  %t = for $n in [1, %a.x] { allow_failures = 0.5 } do
    %"t[*].m" = same(n = $n)
    %"t[*].expect_1" = expect %"t[*].m".x > 1 else fail as "m.x > 1"
  end
  %b = fails(n = 2) after %t
"""
    ran = hooked.graph(graph(nodes.replace("[1, %a.x]", "[%a.x, 2]")))
    assert hooked.lines("said")[0] == "failed b: ValueError: no 2 1"
    assert ran.states["t[0].expect_1"] == "failed"


def test_a_hook_that_fails_is_told_and_hides_nothing(hooked: Project) -> None:
    hooks = """
  on failure do
    %"on_failure.bad" = fails(n = 7)
    %"on_failure.post" = say(text = "still", x = 1)
    %"on_failure.after" = say(text = "never", x = %"on_failure.bad".x)
  end
  on finally do
    %"finally.sweep" = say(text = text($run.failed_node), x = none)
  end
"""
    ran = hooked.graph(graph("  %a = fails(n = 1)", hooks))
    assert ran.json["status"] == "failed"
    assert sorted(hooked.lines("said")) == ["a None", "still 1"]
    assert ran.states["on_failure.bad"] == "failed"
    assert ran.states["on_failure.after"] == "skipped"


def test_a_hook_that_fails_after_success_fails_the_run(hooked: Project) -> None:
    hooks = """
  on success do
    %"on_success.bad" = fails(n = 7)
  end
  on finally do
    %"finally.sweep" = say(text = text("swept ", $run.status), x = none)
  end
"""
    ran = hooked.graph(graph("  %a = same(n = 1)", hooks))
    assert ran.json["status"] == "failed"
    assert hooked.lines("said") == ["swept succeeded None"]


def test_a_hook_retries(hooked: Project) -> None:
    hooks = """
  on finally do
    %"finally.bad" = fails(n = 7) { retry.attempts = 3 }
  end
"""
    ran = hooked.graph(graph("  %a = same(n = 1)", hooks))
    assert ran.nodes["finally.bad"]["attempts"] == 3


def test_a_when_in_a_hook(hooked: Project) -> None:
    hooks = """
  on failure do
    %when_1 = when (soft(%b.x): Int?) == none do
      %"on_failure.when_1.post" = say(text = "none", x = none)
    else do
      %"on_failure.when_1.else.post" = say(text = "some", x = none)
    end
  end
"""
    ran = hooked.graph(graph("  %a = same(n = 1)\n  %b = fails(n = 2)", hooks))
    assert hooked.lines("said") == ["none None"]
    assert ran.states["on_failure.when_1.else.post"] == "skipped"


def test_not_after_ctrl_c(hooked: Project) -> None:
    process = hooked.start_graph(graph("  %a = waits(n = 1)\n  %b = same(n = 1)"))
    until((hooked.folder / "waiting").exists)
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.json["status"] == "interrupted"
    assert hooked.lines("said") == []


def test_a_pipeline_that_takes_too_long_fails_and_its_hooks_run(hooked: Project) -> None:
    nodes = "  %a = same(n = 1)\n  %b = waits(n = %a.x)\n  %c = same(n = %b.x)"
    ran = hooked.graph(graph(nodes, options=" { timeout = 1.5 }"))
    assert ran.json["status"] == "failed"
    assert ran.json["error"] == "the run took longer than its timeout of 1.5 s"
    assert (ran.states["b"], ran.states["c"]) == ("failed", "skipped")
    assert hooked.lines("said") == [
        "failed b: the run took longer than its timeout of 1.5 s 1",
        "swept None",
    ]
    going = hooked.graph(graph(nodes, options=" { timeout = 1.5 }"), "--keep-going")
    assert going.states["c"] == "skipped"


def test_a_question_that_nobody_answers_in_the_pipelines_time(hooked: Project) -> None:
    nodes = '  %a = same(n = 1)\n  %approve_1 = approve "go?"\n'
    nodes += "  %b = same(n = 2) behind %approve_1"
    ran = hooked.graph(graph(nodes, options=" { timeout = 0.7 }"))
    assert (ran.states["approve_1"], ran.states["b"]) == ("failed", "skipped")
    assert hooked.lines("said")[0].startswith("failed approve_1: the run took longer")
