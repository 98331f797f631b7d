"""Approvals: a run that waits for a person, and what the person says from another terminal."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest
from local.project import Project, Ran, ended, until

from millpond.compiler.contract.approvals import (
    Decision,
    ask,
    decide,
    decision_of,
    open_questions,
)

GRAPH = """
pipeline p()
  step same python "body:same" (n: Int) -> (x: Int) { digest = "1" }
  %first = same(n = 1)
  %approve_1 = approve text("ship ", %first.x, "?"){OPTIONS}
  %shipped = same(n = 2) behind %approve_1
  %beside = same(n = 3)
  output x: Int = %shipped.x
"""


@pytest.fixture
def asking(project: Project) -> Project:
    project.body("def same(n):\n    return n\n")
    return project


def waiting(project: Project, options: str = "", *words: str) -> Popen[str]:
    """A run that has come to its question, and did all that does not stand behind it."""
    process = project.start_graph(GRAPH.replace("{OPTIONS}", options), *words)

    def asked() -> bool:
        rows = project.mlp("approve", "--format", "json")
        return rows.code == 0 and bool(rows.json["waiting"])

    until(asked)
    return process


def decided(project: Project, *words: str) -> Ran:
    return project.mlp("approve", "latest", "approve_1", *words)


def test_a_person_lets_the_run_pass(asking: Project) -> None:
    process = waiting(asking)
    assert asking.mlp("runs").out.rstrip().endswith("`approve_1` waits for an answer")
    (row,) = asking.mlp("approve", "--format", "json").json["waiting"]
    assert (row["node"], row["message"], row["until"]) == ("approve_1", "ship 1?", None)
    listed = asking.mlp("approve").out
    assert f"next: mlp approve {row['run']} approve_1" in listed
    assert decided(asking, "--by", "anna").code == 0
    ran = ended(process)
    assert (ran.json["status"], ran.json["outputs"]) == ("succeeded", {"x": 2})
    assert "approved by anna" in (ran.why["approve_1"] or "")
    assert f"mlp approve {row['run']} approve_1" in ran.err
    assert asking.mlp("approve").out == "nothing waits for a decision\n"


def test_the_rest_goes_on_meanwhile(asking: Project) -> None:
    process = waiting(asking)
    run = asking.runs[0]

    def done() -> set[str]:
        events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
        return {event["node"] for event in events if event["event"] == "finished"}

    until(lambda: done() == {"first", "beside"})
    assert json.loads((run / "run.json").read_text())["status"] == "running"
    decided(asking, "--reject")
    ended(process)


def test_a_person_says_no(asking: Project) -> None:
    process = waiting(asking)
    assert decided(asking, "--reject", "--by", "anna").code == 0
    ran = ended(process)
    assert ran.json["status"] == "failed"
    assert (ran.states["approve_1"], ran.states["shipped"]) == ("failed", "skipped")
    assert "rejected by anna" in (ran.why["approve_1"] or "")
    assert asking.mlp("runs").out.rstrip().endswith("2 ran, 1 skipped, 1 gate failed")
    (row,) = asking.mlp("runs", "--format", "json").json["runs"]
    assert (row["counts"]["ran"], row["gates_failed"]) == (2, 1)


def test_nobody_in_time_is_a_no(asking: Project) -> None:
    text = GRAPH.replace("{OPTIONS}", " { timeout = 0.3 }")
    ran = asking.graph(text)
    assert ran.json["status"] == "failed"
    assert ran.why["approve_1"] == "nobody decided in time: ship 1?"
    late = decided(asking)
    assert late.code == 2
    assert "nobody did in time" in late.err


def test_only_who_is_named_decides(asking: Project) -> None:
    process = waiting(asking, ' { by = ["risk", "anna"] }')
    refused = decided(asking, "--by", "bert")
    assert refused.code == 2
    assert "`risk` or `anna` decides this, not `bert`" in refused.err
    answer = decided(asking, "--by", "risk", "--format", "json").json
    assert (answer["approved"], answer["by"]) == (True, "risk")
    assert ended(process).json["status"] == "succeeded"
    again = decided(asking, "--by", "risk")
    assert again.code == 2
    assert "was decided already: approved by risk" in again.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nosuch", "approve_1"), "there is no run called `nosuch`"),
        (("latest", "aprove_1"), "did you mean `approve_1`?"),
        (("latest", "first"), "does not wait for anybody; what waits is `approve_1`"),
    ],
)
def test_what_does_not_wait_is_refused(asking: Project, words: tuple[str, ...], says: str) -> None:
    process = waiting(asking)
    refused = asking.mlp("approve", *words)
    assert refused.code == 2
    assert says in refused.err
    process.send_signal(signal.SIGINT)
    assert ended(process).json["status"] == "interrupted"


def test_a_run_that_is_resumed_goes_on_waiting(asking: Project) -> None:
    process = waiting(asking)
    process.send_signal(signal.SIGINT)
    run = ended(process).json["run"]
    resumed = waiting(asking, "", "--resume", run)
    decided(asking)
    ran = ended(resumed)
    assert (ran.json["run"], ran.json["status"]) == (run, "succeeded")


def test_what_was_decided_while_the_run_was_away_counts_when_it_is_back(asking: Project) -> None:
    process = waiting(asking)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = asking.runs[0].name
    said = decided(asking, "--by", "anna")
    assert said.out.endswith(f"to go on: mlp run p.mlp --resume {run}\n")
    ran = asking.graph(GRAPH.replace("{OPTIONS}", ""), "--resume", run)
    assert ran.json["status"] == "succeeded"
    assert "approved by anna" in (ran.why["approve_1"] or "")


def test_what_failed_elsewhere_takes_the_question_back(asking: Project) -> None:
    asking.body(
        """
        import time
        from pathlib import Path

        def same(n):
            if n == 3:
                while not Path("PLACE/go").exists():
                    time.sleep(0.05)
                raise ValueError("no")
            return n
        """.replace("PLACE", str(asking.folder))
    )
    process = waiting(asking)
    asking.write("go", "")
    ran = ended(process)
    assert (ran.states["beside"], ran.states["approve_1"]) == ("failed", "skipped")
    assert asking.mlp("approve").out == "nothing waits for a decision\n"


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", "{}", '{"node": "a", "message": "", "asked": "now"}']
)
def test_what_is_damaged_asks_nothing(tmp_path: Path, text: str) -> None:
    now = datetime.now(UTC)
    ask(tmp_path, "a", "go?", (), None)
    ask(tmp_path, "b", "go?", (), None)
    (tmp_path / "approvals" / "asked" / "a.json").write_text(text)
    assert [asked.node for asked in open_questions(tmp_path)] == ["b"]
    assert decide(tmp_path, "b", Decision(True, "anna", "anna", now))
    (tmp_path / "approvals" / "decided" / "b.json").write_text(text)
    assert decision_of(tmp_path, "b") is None


def test_every_branch_of_a_loop_asks_for_itself(asking: Project) -> None:
    asking.body("def same(n):\n    return n\n\ndef some(n):\n    return list(range(n))\n")
    text = """
      pipeline p()
        step same python "body:same" (n: Int) -> (x: Int) { digest = "1" }
        step some python "body:some" (n: Int) -> (xs: List[Int]) { digest = "2" }
        %list = some(n = 3)
        %t = for $n in %list.xs { allow_failures = 0.5 } gives List[Int] do
          %"t[*].approve_1" = approve text("take ", $n, "?")
          %"t[*].m" = same(n = $n) behind %"t[*].approve_1"
          yield %"t[*].m".x
        end
        output all: List[Int] = %t.yield
    """
    process = asking.start_graph(text)

    def waits() -> list[str]:
        answer = asking.mlp("approve", "--format", "json")
        return [row["node"] for row in answer.json["waiting"]] if answer.code == 0 else []

    until(lambda: len(waits()) == 3)
    # no shell takes the brackets for a pattern
    assert asking.mlp("approve").out.endswith(" 't[0].approve_1'\n")
    assert asking.mlp("approve", "latest", "t[1].approve_1", "--reject").code == 0
    assert asking.mlp("approve", "latest", "t[0].approve_1").code == 0
    until(lambda: waits() == ["t[2].approve_1"])
    assert asking.mlp("approve", "latest", "t[2].approve_1").code == 0
    ran = ended(process)
    assert ran.json["status"] == "succeeded"
    assert ran.json["outputs"] == {"all": [0, 2]}
    assert "'t[0].approve_1'" in ran.err, "what is to be typed is quoted for the shell"
