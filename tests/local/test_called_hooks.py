"""Hooks of called pipelines: once per call that began, for how that call went."""

from __future__ import annotations

import pytest
from local.project import Project

BODY = """
def numbers(n: int) -> list:
    return list(range(n))

def same(x: int, bad: int) -> int:
    if x == bad:
        raise ValueError(f"no {x}")
    return x

def say(text: str) -> int:
    with open("PLACE/said", "a") as said:
        said.write(text + "\\n")
    return 1
"""
STEPS = """
step numbers(n: Int) -> (xs: List[Int]) { run python "body:numbers" }
step same(x: Int, bad: Int = 99) -> (y: Int) { run python "body:same" }
step say(text: String) -> (ok: Int) { run python "body:say" effects = true }

pipeline sub(n: Int, bad: Int = 99) {
  a = same(x = n)
  b = same(x = a.y + 1, bad = bad)
  output y = b.y
  on failure { say(text = f"{n} failed: {run.failed_node}, {run.error}, a {a?.y ?? 0}") }
  on success { say(text = f"{n} well: {b?.y ?? 0}") }
  finally { z = say(text = f"{n} {run.status}") }
}
"""


@pytest.fixture
def written(project: Project) -> Project:
    project.body(BODY.replace("PLACE", str(project.folder)))
    return project


def program(project: Project, text: str) -> None:
    project.pipeline(STEPS + text)


def test_each_call_in_a_list_that_only_the_run_knows(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          c = numbers(n = 3)
          ks = for x in c.xs with (allow_failures = 50%) {
            k = sub(n = x, bad = 2)
            yield k.y
          }
          output ks = ks
          on success { say(text = "all well") }
        }
        """,
    )
    ran = written.run("--pipeline", "p")
    assert (ran.json["status"], ran.json["outputs"]) == ("succeeded", {"ks": [1, 3]}), ran.err
    assert written.lines("said") == [
        "0 well: 1",
        "0 succeeded",
        "1 failed: ks[1].k.b, ValueError: no 2, a 1",
        "1 failed",
        "2 well: 3",
        "2 succeeded",
        "all well",
    ]
    states = {name: state for name, state in ran.states.items() if name.endswith("k.z")}
    assert states == {f"ks[{i}].k.z": "ran" for i in range(3)}
    branches = {name: node["branch"] for name, node in ran.nodes.items() if ".k." in name}
    assert branches == {name: name[3] for name in branches}


def test_only_the_arm_that_was_taken(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          i = same(x = 1)
          w = when i.y > 0 { q = sub(n = i.y + 4) yield q.y } else { r = sub(n = i.y) yield r.y }
          when i.y > 5 { s = sub(n = i.y) }
          output w = w
        }
        """,
    )
    ran = written.run("--pipeline", "p")
    assert (ran.json["status"], ran.json["outputs"]) == ("succeeded", {"w": 6}), ran.err
    assert written.lines("said") == ["5 well: 6", "5 succeeded"]
    assert (ran.states["q.z"], ran.states["r.z"], ran.states["s.z"]) == (
        "ran",
        "skipped",
        "skipped",
    )
    assert "q.on_failure.say" not in ran.states


def test_a_call_that_never_began_has_no_hooks(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          i = same(x = 1, bad = 1)
          q = sub(n = i.y)
          finally { say(text = run.failed_node ?? "nothing") }
        }
        pipeline stops() {
          i = same(x = 1)
          expect i.y > 1 else stop
          q = sub(n = i.y)
        }
        """,
    )
    ran = written.run("--pipeline", "p")
    assert written.lines("said") == ["i"]
    assert {ran.states[f"q.{name}"] for name in ("on_failure.say", "on_success.say", "z")} == {
        "skipped"
    }
    stopped = written.run("--pipeline", "stops")
    assert (stopped.json["status"], stopped.states["q.z"]) == ("stopped", "skipped")
    assert written.lines("said") == ["i"]


def test_each_call_has_an_account_of_its_own(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          good = sub(n = 1)
          bad = sub(n = 5, bad = 6) after good
          never = sub(n = bad.y)
          on failure { say(text = f"run: {run.failed_node}") }
        }
        """,
    )
    ran = written.run("--pipeline", "p")
    assert ran.json["status"] == "failed"
    assert written.lines("said") == [
        "1 well: 2",
        "1 succeeded",
        "5 failed: bad.b, ValueError: no 6, a 5",
        "5 failed",
        "run: bad.b",
    ]


def test_a_pipeline_ends_behind_those_that_it_calls(written: Project) -> None:
    program(
        written,
        """
        pipeline outer(m: Int) {
          c = numbers(n = m)
          for x in c.xs { k = sub(n = x) }
          d = sub(n = 7)
          finally {
            when d != none { say(text = f"outer {m}: {d?.y ?? 0}") }
          }
          on success { say(text = f"outer {m} well") }
        }
        pipeline p() {
          o = outer(m = 2)
          e = sub(n = 9)
          finally { say(text = "end") }
        }
        """,
    )
    ran = written.run("--pipeline", "p")
    assert ran.json["status"] == "succeeded", ran.err
    calls = [line for line in written.lines("said") if "well:" not in line]
    assert calls == [
        "0 succeeded",
        "1 succeeded",
        "7 succeeded",
        "outer 2 well",
        "outer 2: 8",
        "9 succeeded",
        "end",
    ]
    assert ran.states["o.for_1[1].k.z"] == "ran"
    again = written.run("--pipeline", "p")
    assert again.states["o.d.a"] == "hit"
    assert len(written.lines("said")) == 22
