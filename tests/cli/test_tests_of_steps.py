"""Steps that a test runs: as a run would, by workers that no two tests share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.conftest import Mlp

BODIES = """\
import os, time
from pathlib import Path

SEEN = []


def plus(n: int) -> int:
    return n + 1


def who(n: int) -> dict:
    SEEN.append(n)
    said = {"host": os.getppid(), "seen": len(SEEN), "leak": os.environ.get("LEAK", "none")}
    said["at_home"] = Path.cwd() == Path(os.environ["HOME"])
    os.environ["LEAK"] = "leaked"
    os.chdir("/")
    return said


def crash(n: int) -> int:
    os.abort()


def forever(n: int, place: str) -> int:
    Path(place).write_text(str(os.getpid()))
    time.sleep(600)
    return n
"""
HEAD = """\
edition 2026

step plus(n: Int) -> (m: Int) { run python "bodies:plus" }
step who(n: Int) -> (host: Int, seen: Int, leak: String, at_home: Bool) {
  run python "bodies:who"
  cache = false
}
step crash(n: Int) -> (m: Int) { run python "bodies:crash" }
step forever(n: Int, place: String) -> (m: Int) { run python "bodies:forever" }
step key(n: Int) -> (m: Int) {
  run shell "echo ${#API_KEY} > $m; echo $API_KEY; exit $n"
  secrets { API_KEY = secret("api/key") }
}
step peek(n: Int) -> (said: String) { run shell "echo ${API_KEY-none} > $said" cache = false }
step boxed(n: Int) -> (m: Int) {
  run python "bodies:plus"
  environment { image = "python:3.11-slim" }
}
"""


@pytest.fixture
def folder(tmp_path: Path, mlp: Mlp) -> Path:
    (tmp_path / "bodies.py").write_text(BODIES, "utf-8")
    return tmp_path


def write(folder: Path, *pieces: str) -> None:
    (folder / "main.mlp").write_text("\n".join((HEAD, *pieces)), "utf-8")


def test_a_result_of_a_test_answers_a_run_and_the_other_way_round(folder: Path, mlp: Mlp) -> None:
    write(
        folder,
        "pipeline p(n: Int = 1) {\n  a = plus(n = n)\n  output m = a.m\n}\n",
        'test "t" for p {\n  expect m == 2\n}\n',
    )

    def ended(answer: str) -> list[str]:
        found = mlp(*answer.split(), "--format", "json").json
        nodes = found["tests"][0]["nodes"] if "tests" in found else found["nodes"]
        return [node["state"] for node in nodes if node["id"] == "a"]

    assert ended("test main.mlp") == ["ran"]
    assert ended("run main.mlp") == ["hit"]
    assert ended("run main.mlp n=2") == ["ran"]
    write(
        folder,
        "pipeline p(n: Int = 1) {\n  a = plus(n = n)\n  output m = a.m\n}\n",
        'test "t" for p {\n  given n = 2\n  expect m == 3\n}\n',
    )
    assert ended("test main.mlp") == ["hit"]


def test_steps_of_one_test_share_a_host_and_nothing_else(folder: Path, mlp: Mlp) -> None:
    same = (
        "  expect a.host == b.host and a.seen == 1 and b.seen == 1\n"
        '  expect b.leak == "none" and a.at_home and b.at_home\n'
    )
    write(
        folder,
        "pipeline p() {\n  a = who(n = 1)\n  b = who(n = 1) after a\n  output seen = b.seen\n}\n",
        f'test "one" for p {{\n{same}}}\n',
        f'test "two" for p {{\n{same}}}\n',
    )
    answer = mlp("test", "main.mlp", "--format", "json")
    assert answer.code == 0, answer.out
    states = [n["state"] for t in answer.json["tests"] for n in t["nodes"]]
    assert states == ["ran"] * 4, "what may run once a run does so in every test"


def test_a_crash_costs_its_own_step_alone(folder: Path, mlp: Mlp) -> None:
    write(
        folder,
        "pipeline p() {\n  all = for n in [1, 2, 3] with (allow_failures = 50%) {\n"
        "    ok = when n == 2 {\n      c = crash(n = n)\n      yield c.m\n    } else {\n"
        "      d = plus(n = n)\n      yield d.m\n    }\n    yield ok\n  }\n  output all = all\n}\n",
        'test "t" for p {\n  expect all == [2, 4] and runs(c) == 1\n'
        '  expect run.status == "succeeded" and run.failed_node == none\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 0, answer.out


def test_secrets_are_for_their_step_alone(
    folder: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "correct-horse-battery")
    write(
        folder,
        "pipeline p(n: Int = 0) {\n  k = key(n = n)\n  s = peek(n = k.m)\n  output m = k.m\n}\n",
        'test "fine" for p {\n  expect m == 21 and s.said == "none"\n}\n',
        'test "told" for p {\n  given n = 3\n  expect m == 21\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert "pass  fine" in answer.out
    assert "FAIL  told" in answer.out
    assert "***" in answer.out
    assert "correct-horse" not in answer.out


def test_what_this_machine_cannot_run_is_said_at_its_step(
    folder: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never on the host under the key of an image, never without its secret."""
    monkeypatch.delenv("API_KEY", raising=False)
    programs = folder / "programs"
    programs.mkdir()
    (programs / "bash").symlink_to("/bin/bash")
    monkeypatch.setenv("PATH", str(programs))
    write(
        folder,
        "pipeline p() {\n  all = for n in [1, 2] {\n    b = boxed(n = n)\n    yield b.m\n  }\n"
        "  k = key(n = 0)\n  output m = all\n}\n",
        'test "t" for p {\n  expect m == [2, 3]\n}\n',
        'test "stubbed" for p {\n  stub b = { m = 1 }\n  stub k = { m = 1 }\n'
        "  expect m == [1, 1]\n}\n",
    )
    answer = mlp("test", "main.mlp", "--format", "json")
    failed, stubbed = answer.json["tests"]
    found = [(f["code"], f["message"]) for f in failed["failures"]]
    assert found == [
        ("MLP0903", "this machine cannot run the image of `boxed`"),
        ("MLP0903", "this machine cannot give `key` its secret `API_KEY`"),
    ]
    assert stubbed["status"] == "passed"


def test_tests_run_where_the_local_target_says(folder: Path, mlp: Mlp) -> None:
    """With its overrides too; what a test gives is said in the test."""
    write(
        folder,
        'step said(n: Int) -> (v: Int) { run shell "echo $V > $v" env { V = "1" } }\n'
        "pipeline p(n: Int) {\n  b = boxed(n = n)\n  s = said(n = 1)\n  output m = b.m\n}\n"
        'target laptop: local {\n  containers = "host"\n  params { n = 7 }\n'
        '  override said { env { V = "2" } }\n}\n',
        'test "t" for p {\n  given n = 1\n  expect m == 2 and s.v == 2\n}\n',
        'test "a step" for boxed {\n  given n = 2\n  expect m == 3\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 0, answer.out
    assert mlp("run", "main.mlp", "n=1", "--format", "json").json["nodes"][0]["state"] == "hit"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_command(folder: Path, how: signal.Signals) -> None:
    place = folder / "place"
    write(
        folder,
        "pipeline p(place: String) {\n  f = forever(n = 1, place = place)\n  output m = f.m\n}\n",
        f'test "t" for p {{\n  given place = "{place}"\n  expect m == 1\n}}\n',
    )
    command = (sys.executable, "-m", "millpond", "test", "main.mlp")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        _until(lambda: place.exists() and place.read_text("utf-8") != "")
        worker = int(place.read_text("utf-8"))
        p.send_signal(how)
        p.communicate(timeout=60)
    assert p.returncode == (-how if how is signal.SIGKILL else 130)
    _until(lambda: not _alive(worker))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


def _until(holds: object, seconds: float = 60) -> None:
    assert callable(holds)
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.02)
