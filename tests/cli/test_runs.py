"""`mlp runs`, `mlp logs`, `mlp approve`: their objects, their words, which project they mean."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import Mlp

KEYS = """\
edition 2026

step say(text: String) -> (said: String) {
  run shell "echo $text > $said"
}

pipeline p(keys: List[String]) {
  s = partition by key(keys) as k {
    one = say(text = k.key)
    yield one.said
  }
}
"""


def test_the_object_of_runs(mlp: Mlp, hello: Path) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    (row,) = mlp("runs", "--format", "json").json["runs"]
    about = {"run", "pipeline", "file", "status", "began", "seconds"}
    assert set(row) == {*about, "counts", "gates_failed", "noisy"}
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


def _folder(said: Path) -> None:
    said.unlink()
    said.mkdir()


def _cut(said: Path) -> None:
    said.write_text(said.read_text("utf-8")[:40], "utf-8")


def _deep(said: Path) -> None:
    said.write_text("[" * 100_000, "utf-8")


def _other(said: Path) -> None:
    said.write_text('{"status": "failed", "planned": 1, "parameters": []}', "utf-8")


def _file(name: str) -> Callable[[Path], None]:
    def damage(said: Path) -> None:
        place = said.parent / name
        if place.is_dir():
            shutil.rmtree(place)
        place.write_text("[]", "utf-8")

    return damage


@pytest.mark.parametrize(
    "damage",
    [_folder, _cut, _deep, _other, _file("logs"), _file("approvals"), _file("outputs")],
)
def test_a_damaged_run_is_a_mistake_not_a_fault(
    mlp: Mlp, hello: Path, damage: Callable[[Path], None]
) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    said = hello.parent / ".millpond" / "runs" / run / "run.json"
    said.write_text(said.read_text("utf-8").replace("succeeded", "failed"), "utf-8")
    damage(said)
    refused = mlp("run", "hello.mlp", "--resume", run)
    assert refused.code == 2, refused.err
    assert "damaged" in refused.err or "left nothing to go on with" in refused.err
    assert [row["run"] for row in mlp("runs", "--format", "json").json["runs"]] == [run]
    assert mlp("logs", run).code == 0
    assert mlp("logs", run, "hi").code == 0
    assert mlp("approve").code == 0
    assert mlp("approve", run, "hi").code == 2


@pytest.mark.parametrize("name", ["latest", "20261122-221500-3fa2", "notes"])
def test_a_folder_where_no_run_spoke_is_no_run(mlp: Mlp, hello: Path, name: str) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    other = hello.parent / ".millpond" / "runs" / name
    other.mkdir()
    if name != "20261122-221500-3fa2":
        (other / "run.json").write_text("{}", "utf-8")
    assert [row["run"] for row in mlp("runs", "--format", "json").json["runs"]] == [run]
    assert mlp("logs", "latest", "--format", "json").json["run"] == run
    assert mlp("run", "hello.mlp", "--resume", name).code == 2


def test_a_run_that_succeeded_is_not_resumed(mlp: Mlp, hello: Path) -> None:
    run = mlp("run", "hello.mlp", "--format", "json").json["run"]
    refused = mlp("run", "hello.mlp", "name=you", "--resume", run)
    assert refused.code == 2
    assert refused.err == f"mlp run: run {run} succeeded: there is nothing to go on with\n"
    assert mlp("runs", "--format", "json").json["runs"][0]["status"] == "succeeded"


def test_what_steers_a_terminal_is_spelled(mlp: Mlp, hello: Path) -> None:
    ran = mlp("run", "hello.mlp", "name=a\nb\x1b[31m")
    assert ran.out.splitlines()[1] == r"message = Hello, a\nb\x1b[31m."
    exact = mlp("run", "hello.mlp", "name=a\nb\x1b[31m", "--format", "json").json
    assert exact["outputs"]["message"] == "Hello, a\nb\x1b[31m."


def test_nodes_stand_on_one_line_each(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "k.mlp").write_text(KEYS, "utf-8")
    ran = mlp("run", "k.mlp", 'keys=["a\\nb"]')
    assert ran.code == 0, ran.err
    assert r"s[a\nb].one" in ran.err
    assert [line.split()[0] for line in ran.err.splitlines()] == ["started", "ran", "ran"]
    assert r"s[a\nb].one" in mlp("logs", "latest").out


def test_a_file_whose_name_is_not_utf_8_is_a_mistake(mlp: Mlp, hello: Path) -> None:
    hello.rename(hello.with_name("\udcff.mlp"))
    refused = mlp("run", "\udcff.mlp")
    assert (refused.code, "is not UTF-8" in refused.err) == (2, True)


def test_commands_can_be_pasted(mlp: Mlp, hello: Path) -> None:
    place = hello.parent / "it's $(here).mlp"
    hello.rename(place)
    (line,) = (s for s in mlp("plan", place.name).out.splitlines() if s.startswith("next: "))
    assert shlex.split(line) == ["next:", "mlp", "run", place.name]
