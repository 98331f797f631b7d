"""`mlp runs`, `mlp logs`, `mlp approve`: their objects, their words, which project they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp


def test_the_object_of_runs(mlp: Mlp, hello: Path) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    (row,) = mlp("runs", "--format", "json").json["runs"]
    assert set(row) == {"run", "pipeline", "file", "status", "began", "seconds", "counts"}
    assert (row["run"], row["pipeline"], row["file"]) == (run, "hello", "hello.mlp")
    assert row["status"] == "succeeded"
    assert row["counts"] == {"hit": 0, "ran": 2, "failed": 0, "skipped": 0}


def test_the_object_of_logs(mlp: Mlp, hello: Path) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    found = mlp("logs", "latest", "hi", "--format", "json").json
    assert set(found) == {"version", "run", "node", "state", "log", "text"}
    assert (found["run"], found["node"], found["state"]) == (run, "hi", "ran")
    listed = mlp("logs", run, "--format", "json").json
    assert [row["node"] for row in listed["nodes"]] == ["hi", "length"]
    mlp("run", "hello.mlp")
    assert mlp("logs", "latest", "hi").err == "`hi` was a hit: nothing ran\n"


def test_the_project_may_lie_elsewhere(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlp("run", "hello.mlp")
    inner = hello.parent / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert mlp("runs").code == 0
    (inner / "mlp.toml").write_text("", "utf-8")
    refused = mlp("runs")
    assert refused.code == 2
    assert "no pipeline has run here" in refused.err
    assert mlp("runs", "--project", str(hello.parent)).out.count("succeeded") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("logs", "2", "hello"), "has no node called `hello`"),
        (("logs", "9", "hi"), "there is no run called `9`"),
        (("logs", "latest", "-f"), "`-f` follows the log of one node"),
        (("approve", "latest", "hi"), "does not wait for anybody"),
        (("run", "hello.mlp", "--resume", "9"), "there is no run called `9`"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    mlp: Mlp, hello: Path, words: tuple[str, ...], says: str
) -> None:
    mlp("run", "hello.mlp")
    refused = mlp(*words)
    assert refused.code == 2
    assert says in refused.err


def test_a_beginning_that_fits_two_runs_names_none(mlp: Mlp, hello: Path) -> None:
    for _ in range(2):
        mlp("run", "hello.mlp")
    refused = mlp("logs", "2", "hi")
    assert refused.code == 2
    assert "2 runs begin with `2`" in refused.err


def test_nothing_waits_where_nothing_asks(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    assert mlp("approve").out == "nothing waits for a decision\n"
    assert mlp("approve", "--format", "json").json == {"version": 1, "waiting": []}


def test_a_damaged_run_is_not_resumed(mlp: Mlp, hello: Path) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    said = hello.parent / ".millpond" / "runs" / run / "run.json"
    said.unlink()
    said.mkdir()
    refused = mlp("run", "hello.mlp", "--resume", run)
    assert refused.code == 2
    assert "left nothing to go on with" in refused.err
    assert mlp("runs", "--format", "json").json["runs"][0]["status"] == "interrupted"
