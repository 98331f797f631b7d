"""`mlp plan` and `mlp run`: their objects, their exit codes, and what the second run does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Mlp

FAILING = """\
edition 2026

step bad(n: Int) -> (m: Int) { run shell "echo no >&2; exit 3" }
step good(n: Int) -> (m: Int) { run shell "echo $n > $m" }

pipeline main(n: Int = 1, least: Int = 0) {
  one = good(n = n)
  two = bad(n = one.m)
  three = good(n = two.m)
  other = good(n = 7)
  output m = three.m
}
"""
GATED = """\
edition 2026

step good(n: Int) -> (m: Int) { run shell "echo $((n + 1)) > $m" }

pipeline main(n: Int = 1) {
  expect n < 100 else fail f"{n} is too much"
  one = good(n = n)
  expect one.m < 10 else POLICY "as you wished"
  two = good(n = one.m)
  output m = two.m
}
"""


def test_the_object_of_plan(mlp: Mlp, hello: Path) -> None:
    answer = mlp("plan", "hello.mlp", "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    found = answer.json
    assert set(found) == {
        "version", "target", "parameters", "nodes", "totals", "times", "costs", "limits",
        "lock", "store", "refused",
    }  # fmt: skip
    assert found["target"] == "local"
    assert found["totals"] == {"hit": 0, "run": 2, "depends": 0}
    assert [node["id"] for node in found["nodes"]] == ["hi", "length"]
    for node in found["nodes"]:
        assert set(node) == {
            "id", "kind", "step", "partition", "branch", "state", "key", "reasons", "seconds",
            "cost", "noisy", "machine", "made_on",
        }  # fmt: skip
        assert node["kind"] in ("task", "gate", "helper", "map", "branch", "source")
        assert node["state"] in ("hit", "run", "depends")
        assert node["reasons"]
        for reason in node["reasons"]:
            assert set(reason) == {"part", "was", "now", "span", "at", "text"}
    assert not (hello.parent / ".millpond").exists(), "a plan leaves no trace"


def test_the_object_of_run(mlp: Mlp, hello: Path) -> None:
    answer = mlp("run", "hello.mlp", "--format", "json", "name=anna")
    assert answer.code == 0, answer.err
    found = answer.json
    assert set(found) == {"version", "run", "status", "outputs", "nodes", "report", "error"}
    assert found["status"] == "succeeded"
    assert found["outputs"] == {"message": "Hello, anna.", "words": 2}
    assert Path(found["report"]).is_file()
    for node in found["nodes"]:
        assert set(node) == {
            "id", "kind", "branch", "partition", "state", "seconds", "attempts", "outputs",
            "noisy",
        }  # fmt: skip
        assert (node["state"], node["attempts"]) == ("ran", 1)
        assert all(len(digest) == 64 for digest in node["outputs"].values())


def test_an_artifact_output_is_a_path_and_a_digest(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(
        'edition 2026\nstep s() -> (y: File) { run shell "echo hi > $y" }\n'
        "pipeline main() {\n  a = s()\n  output y = a.y\n}\n",
        "utf-8",
    )
    found = mlp("run", "x.mlp", "--format", "json").json["outputs"]["y"]
    assert set(found) == {"path", "digest"}
    assert Path(found["path"]).read_text("utf-8") == "hi\n"


def test_the_second_run_executes_nothing(mlp: Mlp, hello: Path) -> None:
    first = mlp("run", "hello.mlp", "--format", "json").json
    planned = mlp("plan", "hello.mlp", "--format", "json").json
    assert planned["totals"] == {"hit": 2, "run": 0, "depends": 0}
    assert all(node["reasons"] == [] and node["key"] for node in planned["nodes"])
    assert mlp("plan", "hello.mlp").out.endswith("nothing to run: 2 steps up to date\n")
    second = mlp("run", "hello.mlp", "--format", "json").json
    assert [node["state"] for node in second["nodes"]] == ["hit", "hit"]
    assert second["outputs"] == first["outputs"]
    text = mlp("run", "hello.mlp")
    assert text.out.startswith("nothing ran: all 2 steps were hits\n")


def test_text_ends_with_the_outputs_and_the_report(mlp: Mlp, hello: Path) -> None:
    lines = mlp("run", "hello.mlp").out.splitlines()
    assert [line.replace(" ", "") for line in lines[-3:-1]] == ["message=Hello,world.", "words=2"]
    assert lines[-1].startswith("report: ")
    assert (hello.parent / lines[-1].removeprefix("report: ")).is_file()


def test_a_reason_names_what_changed_with_its_place(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    (hello.parent / "hello.py").write_text(
        (hello.parent / "hello.py").read_text("utf-8").replace("Hello", "Good day"), "utf-8"
    )
    nodes = mlp("plan", "hello.mlp", "--format", "json").json["nodes"]
    [reason] = nodes[0]["reasons"]
    assert nodes[0]["state"] == "run"
    assert "greet" in reason["text"]
    assert reason["span"]["start"]["line"] == 3
    assert nodes[1]["state"] == "depends"
    mlp("run", "hello.mlp")
    nodes = mlp("plan", "hello.mlp", "--format", "json", "name=anna").json["nodes"]
    [reason] = nodes[0]["reasons"]
    assert (reason["part"], reason["was"], reason["now"]) == ("arguments.name", "world", "anna")


def _states(answer: Any) -> dict[str, str]:
    return {node["id"]: node["state"] for node in answer["nodes"]}


def test_a_failed_step_is_exit_code_1(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(FAILING, "utf-8")
    answer = mlp("run", "x.mlp", "--format", "json", "--keep-going")
    assert answer.code == 1
    assert answer.json["status"] == "failed"
    assert _states(answer.json) == {
        "one": "ran", "two": "failed", "three": "skipped", "other": "ran",
    }  # fmt: skip
    text = mlp("run", "x.mlp")
    assert text.code == 1
    assert "two failed" in text.err
    assert "no" in text.err.splitlines()[-1] or "  no" in text.err


def test_progress_goes_to_stderr_as_json_lines_on_request(mlp: Mlp, hello: Path) -> None:
    answer = mlp("run", "hello.mlp", "--format", "json", "--log-format", "json")
    events = [json.loads(line) for line in answer.err.splitlines()]
    assert [(event["event"], event["node"]) for event in events] == [
        ("started", "hi"), ("finished", "hi"), ("started", "length"), ("finished", "length"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "code", "status", "second"),
    [
        ("fail", 1, "failed", "skipped"),
        ("stop", 0, "stopped", "skipped"),
        ("warn", 0, "succeeded", "ran"),
    ],
)
def test_gates(mlp: Mlp, tmp_path: Path, policy: str, code: int, status: str, second: str) -> None:
    (tmp_path / "x.mlp").write_text(GATED.replace("POLICY", policy), "utf-8")
    answer = mlp("run", "x.mlp", "--format", "json", "n=50")
    assert answer.code == code, answer.err
    assert answer.json["status"] == status
    assert _states(answer.json)["two"] == second
    assert "as you wished" in answer.err


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_gate_on_parameters_alone_is_known_before(mlp: Mlp, tmp_path: Path, command: str) -> None:
    (tmp_path / "x.mlp").write_text(GATED.replace("POLICY", "fail"), "utf-8")
    answer = mlp(command, "x.mlp", "n=100", "--format", "json")
    assert answer.code == 1
    [entry] = answer.json["diagnostics"]
    assert entry["code"] == "MLP0404"
    assert "100 is too much" in entry["message"]
    assert entry["span"]["start"]["line"] == 6


def test_plan_and_run_name_the_same_keys(mlp: Mlp, hello: Path) -> None:
    before = mlp("plan", "hello.mlp", "--format", "json").out
    assert before == mlp("plan", "hello.mlp", "--format", "json").out
    mlp("run", "hello.mlp")
    after = mlp("plan", "hello.mlp", "--format", "json").json
    assert after["nodes"][0]["key"] == json.loads(before)["nodes"][0]["key"]


def test_the_last_line_counts_gates_that_failed(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "g.mlp").write_text(
        "edition 2026\n"
        'step one() -> (n: Int) { run shell "echo 1 > $n" }\n'
        "pipeline p() {\n  a = one()\n  expect a.n > 1\n  output n = a.n\n}\n",
        "utf-8",
    )
    answer = mlp("run", "g.mlp")
    assert answer.code == 1
    assert answer.out.splitlines()[0].endswith(": 1 ran, 1 gate failed")
