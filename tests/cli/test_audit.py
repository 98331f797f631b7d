"""`mlp audit`: stored results made again, compared, and never published."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp

PROGRAM = """\
edition 2026
step plain(n: Int) -> (v: Int) { run python "work:plain" }
step clock(n: Int) -> (v: Int, text: File, all: Dir) { run python "work:clock" }
step copy(x: File) -> (y: File) { run shell "test ! -e $HOME/../gone && cat $x > $y" }
step world(n: Int) -> (v: Int) { run python "work:world" cache = false }
step change(n: Int) -> (v: Int) { run python "work:world" effects = true }
step model(n: Int) -> (m: Model, ours: Model) { run python "work:model" }

pipeline main(p: Int = 3) {
  a = plain(n = p)
  b = clock(n = a.v)
  c = copy(x = b.text)
  d = world(n = a.v)
  e = change(n = a.v)
  f = for x in [1, 2, 3, 4] {
    g = plain(n = x)
    yield g.v
  }
  h = model(n = p)
  output v = b.v
}
"""
WORK = """\
import time
from pathlib import Path

def plain(n):
    return n

def clock(n, out_text: Path, out_all: Path):
    out_text.write_text(f"one\\n{time.time_ns()}\\n")
    out_all.mkdir()
    (out_all / "a").write_text("same")
    (out_all / "b").write_text(str(time.time_ns()))
    return time.time_ns()

def world(n):
    with open(WORLD, "a") as file:
        file.write("x")
    return n

def model(n, out_m: Path):
    out_m.write_bytes(str(time.time_ns()).encode())
    return {"n": n, "names": {"a", "b", "c"}}
"""


@pytest.fixture
def project(tmp_path: Path, mlp: Mlp) -> Path:
    """A project that has run once; what reads the world leaves a mark in `world`."""
    (tmp_path / "work.py").write_text(WORK.replace("WORLD", repr(str(tmp_path / "world"))), "utf-8")
    (tmp_path / "p.mlp").write_text(PROGRAM, "utf-8")
    ran = mlp("run", "p.mlp")
    assert ran.code == 0, ran.err
    return tmp_path


def test_says_of_each_result_whether_it_came_out_the_same(project: Path, mlp: Mlp) -> None:
    before = mlp("run", "p.mlp", "--format", "json").json["outputs"]
    world = (project / "world").read_text()
    found = mlp("audit", "p.mlp", "--seed", "7")
    assert found.code == 1
    lines = found.out.splitlines()
    assert "differs  b: other bytes than those that are stored" in lines
    assert any(
        line.startswith("         text: line 2: `") and "is stored" in line for line in lines
    )
    assert any(line.startswith("         all: in `b`, line 1: `") for line in lines)
    for node in ("a", "c", "h"):  # a model that a body wrote itself is not compared
        assert f"same     {node}" in lines
    assert "(--seed 7): 6 same, 1 differs" in found.out
    assert (project / "world").read_text() == world, "what reads or changes the world is not run"
    assert mlp("run", "p.mlp", "--format", "json").json["outputs"] == before, "the first stands"
    assert not list((project / ".millpond" / "scratch").iterdir())


def test_noise_is_marked_in_plans(project: Path, mlp: Mlp) -> None:
    def noisy() -> dict[str, list[str]]:
        nodes = mlp("plan", "p.mlp", "--format", "json").json["nodes"]
        return {node["id"]: node["noisy"] for node in nodes if node["noisy"]}

    assert noisy() == {}
    assert "noisy" not in mlp("plan", "p.mlp").out
    mlp("audit", "p.mlp")
    assert noisy() == {"b": ["all", "text", "v"]}
    said = "noisy: b came out otherwise when made again: `all`, `text`, `v`"
    assert said in mlp("plan", "p.mlp").out.splitlines()
    assert said in mlp("run", "p.mlp").out.splitlines()
    [row, *_] = mlp("runs", "--format", "json").json["runs"]
    assert row["noisy"] == ["b"]
    assert mlp("runs").out.splitlines()[0].endswith(", 1 noisy")
    run = mlp("run", "p.mlp", "--format", "json").json
    assert [n["id"] for n in run["nodes"] if n["noisy"] == ["all", "text", "v"]] == ["b"]
    report = Path(run["report"]).read_text("utf-8")
    assert report.count("noisy: came out otherwise when made again: all, text, v") == 1
    assert mlp("cache", "verify").code == 0


def test_a_sample_is_chosen_by_its_seed(project: Path, mlp: Mlp) -> None:
    def nodes(*words: str) -> list[str]:
        answer = mlp("audit", "p.mlp", "--replay", "30%", "--format", "json", *words)
        assert answer.json["hits"] == 7
        if not words:
            words = ("--seed", str(answer.json["seed"]))
            chosen = [node["id"] for node in answer.json["nodes"]]
            assert nodes(*words) == chosen
        return [node["id"] for node in answer.json["nodes"]]

    assert len(nodes()) == 3
    assert len({tuple(nodes("--seed", str(seed))) for seed in range(6)}) > 1


def test_json_tells_the_same(project: Path, mlp: Mlp) -> None:
    found = mlp("audit", "p.mlp", "--format", "json")
    assert found.code == 1
    assert found.err == ""
    rows = {row["id"]: row for row in found.json["nodes"]}
    assert rows["a"]["verdict"] == "same"
    assert rows["b"]["verdict"] == "differs"
    assert [output["name"] for output in rows["b"]["outputs"]] == ["all", "text", "v"]
    assert "d" not in rows
    assert "e" not in rows


def test_a_step_that_fails_now_is_told_with_its_log(project: Path, mlp: Mlp) -> None:
    program = (project / "p.mlp").read_text()
    flag = project / "flag"
    flag.touch()
    changed = program.replace(
        "test ! -e $HOME/../gone && cat", f"echo looking; test -e {flag}; cat"
    )
    (project / "p.mlp").write_text(changed)
    assert mlp("run", "p.mlp").code == 0
    flag.unlink()
    found = mlp("audit", "p.mlp", "--format", "json")
    assert found.code == 1
    row = next(row for row in found.json["nodes"] if row["id"] == "c")
    assert row["verdict"] == "failed"
    assert "exit code 1" in row["error"]
    assert "looking" in row["log"]
    said = mlp("audit", "p.mlp")
    assert "failed   c: " in said.out
    assert "looking" in said.err


def test_an_input_that_is_gone_is_a_miss_and_no_fault(project: Path, mlp: Mlp) -> None:
    for path in (project / ".millpond" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    found = mlp("audit", "p.mlp", "--format", "json")
    assert found.code == 0
    assert "c" not in {row["id"] for row in found.json["nodes"]}


def test_nothing_is_stored_yet(tmp_path: Path, mlp: Mlp, hello: Path) -> None:
    found = mlp("audit", "hello.mlp")
    assert found.code == 0
    assert "there is nothing to audit" in found.out
    assert "next: mlp run hello.mlp" in found.out


@pytest.mark.parametrize("share", ["0%", "101%", "10", "x%", "%"])
def test_a_share_is_a_share(share: str, mlp: Mlp, hello: Path) -> None:
    found = mlp("audit", "hello.mlp", "--replay", share)
    assert found.code == 2
    assert "is no share of the hits" in found.err


def test_help_has_an_example(mlp: Mlp) -> None:
    found = mlp("audit", "--help")
    assert found.code == 0
    assert "mlp audit flights.mlp --replay 10%" in found.out
