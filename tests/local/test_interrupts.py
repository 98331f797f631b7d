"""Ends that nobody planned: Ctrl-C, a killed runner, and two runs at the same moment."""

from __future__ import annotations

import os
import shlex
import signal

import pytest
from local.project import Project, alive, ended, until

PIPELINE = """
step note(place: String) -> (n: Int) {
  run python "body:note"
  effects = true
}
step quick(n: Int) -> (n: Int) { run python "body:quick" }
step slow(n: Int, place: String) -> (n: Int) { run python "body:slow" }
step script(n: Int, place: String) -> (result: Int) {
  run shell \"\"\"
    echo $$ >> "$place/pids"
    while [ -e "$place/hold" ]; do sleep 0.1; done
    echo "$n" > "$result"
  \"\"\"
}
pipeline p() {
  noted = note(place = "PLACE")
  done = quick(n = noted.n)
  waits = slow(n = done.n, place = "PLACE")
  also = script(n = done.n, place = "PLACE")
  output sum = waits.n + also.result
}
target here: local { workers = 4 }
"""

BODY = """
import os, time
from pathlib import Path

def note(place):
    with open(f"{place}/noted", "a") as file:
        file.write(os.environ["MLP_IDEMPOTENCY_KEY"] + "\\n")
    return 1

def quick(n):
    return n + 1

def slow(n, place):
    with open(f"{place}/pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
    while Path(f"{place}/hold").exists():
        time.sleep(0.05)
    return n + 1
"""


@pytest.fixture
def held(project: Project) -> Project:
    """A pipeline whose last two steps wait as long as the file `hold` is there."""
    project.write("p.mlp", "edition 2026\n" + PIPELINE.replace("PLACE", str(project.folder)))
    project.body(BODY)
    project.write("hold", "")
    return project


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(held: Project) -> None:
    process = held.start("run", "p.mlp", "--keep-going")
    until(lambda: len(held.lines("pids")) == 2)
    process.send_signal(signal.SIGINT)
    stopped = ended(process)
    assert stopped.code == 130
    assert "Traceback" not in stopped.err
    pids = [int(line) for line in held.lines("pids")]
    assert not any(map(alive, pids))
    (line,) = [line for line in stopped.err.splitlines() if "to go on: " in line]
    command = shlex.split(line.partition("to go on: ")[2])
    assert command[:4] == ["mlp", "run", "p.mlp", "--keep-going"]
    (held.folder / "hold").unlink()
    resumed = held.mlp(*command[1:], "--format", "json")
    assert resumed.code == 0, resumed.err
    assert resumed.states == {"noted": "hit", "done": "hit", "waits": "ran", "also": "ran"}
    assert len(held.lines("noted")) == 1


def test_effects_happen_again_in_another_run_and_once_in_each(held: Project) -> None:
    (held.folder / "hold").unlink()
    first, second = held.run(), held.run()
    assert first.states["noted"] == second.states["noted"] == "ran"
    assert second.states["done"] == "hit"
    keys = held.lines("noted")
    assert len(keys) == 2
    assert keys[0] != keys[1]


def test_nothing_survives_a_killed_runner_and_the_next_run_goes_on(held: Project) -> None:
    process = held.start("run", "p.mlp")
    until(lambda: len(held.lines("pids")) == 2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    pids = [int(line) for line in held.lines("pids")]
    until(lambda: not any(map(alive, pids)), 2)
    (held.folder / "hold").unlink()
    again = held.run()
    assert again.code == 0, again.err
    assert again.states["waits"] == again.states["also"] == "ran"
    # The dead run's leases were taken over at once: nobody waited for a heartbeat to age.
    assert again.nodes["waits"]["seconds"] < 10


def test_two_runs_at_once_compute_each_key_once(held: Project) -> None:
    both = [held.start("run", "p.mlp", "--format", "json") for _ in range(2)]
    until(lambda: len(held.lines("noted")) == 2)
    until(lambda: len(held.lines("pids")) == 2)
    (held.folder / "hold").unlink()
    one, two = map(ended, both)
    assert one.code == two.code == 0, one.err + two.err
    assert one.json["outputs"] == two.json["outputs"] == {"sum": 5}
    assert len(held.lines("pids")) == 2
    for node in ("done", "waits", "also"):
        assert sorted((one.states[node], two.states[node])) == ["hit", "ran"]


def test_sigterm_is_taken_for_ctrl_c(held: Project) -> None:
    process = held.start("run", "p.mlp", "--format", "json")
    until(lambda: len(held.lines("pids")) == 2)
    os.kill(process.pid, signal.SIGTERM)
    stopped = ended(process)
    assert stopped.code == 130
    assert stopped.json["status"] == "interrupted"
    assert stopped.states == {"noted": "ran", "done": "ran"}
    assert f"--resume {stopped.json['run']}" in stopped.err
