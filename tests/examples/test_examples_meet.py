"""The examples that meet somebody: a person who approves, a server that is told, a closed door."""

from __future__ import annotations

from pathlib import Path

from examples.examples_here import Ran, asked, content, copied, ended, mlp, start
from examples.loopback import inbox


def approved(folder: Path, *words: str, **variables: str) -> Ran:
    """A run in which somebody says yes."""
    process = start(folder, "run", *words, **variables)
    answer = mlp(folder, "approve", *asked(folder), "--by", "ml-leads")
    assert answer.code == 0, answer.errors
    return ended(process)


def test_hooks_tell_how_it_ended(tmp_path: Path) -> None:
    folder = copied("hooks", tmp_path)
    with inbox() as told:
        fine = mlp(folder, "run", "hooks.mlp", f"url={told.url}")
        assert fine.code == 0, fine.errors
        assert fine.said["outputs"] == {"empty": 3}
        assert told.got.pop() == {"what": "stock is fine", "empty": 3}
        assert fine.states["finally.unlock"] == "ran"

        failed = mlp(folder, "run", "hooks.mlp", f"url={told.url}", "most=2")
        assert failed.code == 1
        assert failed.said["status"] == "failed"
        said = told.got.pop()
        assert said["what"] == "stock failed"
        assert said["empty"] == 3
        assert said["node"] == "expect_1"
        assert "3 shelves are empty" in said["error"]
        assert failed.states["finally.unlock"] == "ran"
        assert told.got == []


def test_a_hook_that_fails_is_said_and_hides_nothing(tmp_path: Path) -> None:
    folder = copied("hooks", tmp_path)
    ran = mlp(folder, "run", "hooks.mlp", "url=http://127.0.0.1:9/", "most=2")
    assert ran.code == 1
    assert "3 shelves are empty" in ran.errors
    assert "cannot be reached" in ran.errors
    assert ran.states["finally.unlock"] == "ran"


def test_a_challenger_becomes_champion_if_somebody_agrees(tmp_path: Path) -> None:
    folder = copied("champion", tmp_path)
    first = approved(folder, "champion.mlp")
    assert first.code == 0, first.errors
    assert first.said["outputs"]["version"] == 1
    assert first.said["outputs"]["before"] == 0.5

    same = mlp(folder, "run", "champion.mlp")
    assert same.said["status"] == "succeeded"
    assert same.said["outputs"] == {**first.said["outputs"], "before": first.said["outputs"]["auc"]}
    assert same.states["current"] == "ran"
    assert same.states["release"] == "skipped"


def test_delays_asks_registers_and_says_so(tmp_path: Path) -> None:
    folder = copied("delays", tmp_path)
    with inbox() as slack:
        secret = {"SLACK_WEBHOOK_URL": slack.url}
        first = approved(folder, "delays.mlp", **secret)
        assert first.code == 0, first.errors
        assert slack.got.pop() == {"channel": "#flight-ml", "text": "delays v1 is live"}
        assert "on 160 flights" in content(first.said["outputs"]["report"])

        again = mlp(folder, "run", "delays.mlp", **secret)
        assert content(again.said["outputs"]) == content(first.said["outputs"])
        assert slack.got.pop()["text"] == "No better model this week."
        hits = {node for node, state in again.states.items() if state == "hit"}
        assert hits == {"parts", "fitted", "score"}

        failed = mlp(folder, "run", "delays.mlp", "min_auc=0.99", **secret)
        assert failed.code == 1
        assert slack.got.pop()["text"].startswith("delays failed in expect_1: ")


def test_churn_ends_at_what_is_only_declared(tmp_path: Path) -> None:
    folder = copied("churn", tmp_path)
    ran = mlp(folder, "run", "churn.mlp")
    assert ran.code == 1
    assert "`std.deploy.canary` is only declared in this version of Millpond" in ran.errors
    trials = {f"trials[{number}].{node}" for number in range(6) for node in "ms"}
    done = {node for node, state in ran.states.items() if state == "ran"}
    assert done == {"parts", "final", *trials}
    assert ran.states["live"] == "failed"
    assert ran.states["drift"] == "skipped"
