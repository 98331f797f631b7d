"""Runs that are killed at random instants: nothing is damaged, no orphan, the next is right."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from kill.pipeline import total
from kill.rounds import (
    ROUNDS,
    began,
    descendants,
    leases_of,
    nobody_works,
    rounds,
    sound,
    tasks,
    workers_of,
)
from local.project import Project, until

_FEW = 6


def the_runner(run: subprocess.Popen[str]) -> None:
    """The runner alone: whatever it started must notice."""
    run.kill()
    run.communicate(timeout=30)


def everybody(run: subprocess.Popen[str]) -> None:
    """The runner, its workers and their bodies, as a machine that goes down would."""
    run.send_signal(signal.SIGSTOP)
    below = descendants(run.pid)
    for pid in (run.pid, *below):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.communicate(timeout=30)


def its_group(run: subprocess.Popen[str]) -> None:
    """The process group, as a terminal that is closed would."""
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=30)


def _wait_for_workers(project: Project, run: subprocess.Popen[str]) -> None:
    """Most of the time passes before the first step starts."""
    until(lambda: bool(workers_of(project.folder)) or run.poll() is not None)


def test_a_run_that_is_killed_leaves_a_sound_store(project: Project) -> None:
    state = project.folder / ".millpond"
    cut = 0
    for number, dice in rounds(_FEW):
        kill = (the_runner, everybody, its_group)[number % 3]
        run = began(project, f"n={number}")
        _wait_for_workers(project, run)
        time.sleep(dice.uniform(0, 0.7))
        cut += run.poll() is None
        kill(run)
        nobody_works(project.folder)
        sound(state)
        again = project.run(f"n={number}")
        assert again.code == 0, again.err
        assert again.json["outputs"] == {"sum": total(number)}
        assert set(tasks(again).values()) <= {"hit", "ran"}
        assert leases_of(state) == []
        assert [*(state / "scratch").iterdir(), *(state / "tmp").iterdir()] == []
    assert cut >= (ROUNDS or _FEW) // 3, "nearly every run had ended before it was killed"
    # Whatever was ever said to be done is right: it is a hit now, with the same value.
    for number in range(0, ROUNDS or _FEW, 5):
        once_more = project.run(f"n={number}")
        assert once_more.json["outputs"] == {"sum": total(number)}
        assert set(tasks(once_more).values()) == {"hit"}


SHELL = """run shell \"\"\"
    echo $$ >> "$place/began"
    (setsid sleep 60; true) &
    while true; do sleep 0.05; echo x >> "$place/beats"; done
  \"\"\"
"""
HELD = f"""
step held(place: String) -> (n: Int) {{
  {SHELL}}}
pipeline p() {{
  once = held(place = "PLACE")
  output n = once.n
}}
"""
# What holds the interpreter's lock in C answers nobody.
HELD_IN_PYTHON = """
import subprocess
def held(place: str) -> int:
    subprocess.Popen(["sleep", "60"], start_new_session=True)
    open(place + "/beats", "a").write("x\\n")
    return sum(range(10**12))
"""


def _held(project: Project, body: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A run in the middle of a body, and what is below it: the keeper, the worker, and so on."""
    project.pipeline(HELD.replace("PLACE", str(project.folder)))
    if body == "python":
        text = (project.folder / "p.mlp").read_text()
        project.pipeline(text[text.index("step") :].replace(SHELL, 'run python "body:held"\n'))
        project.body(HELD_IN_PYTHON)
    run = began(project)
    until(lambda: bool(project.lines("beats")))
    return run, descendants(run.pid)


BODIES = pytest.mark.parametrize("body", ["shell", "python"])


@BODIES
@pytest.mark.parametrize("spared", ["runner", "keeper", "worker", "nobody"])
def test_any_of_three_is_enough_to_end_a_body_and_so_is_none(
    project: Project, spared: str, body: str
) -> None:
    """Killed by separate signals, as somebody does who goes through a list of processes."""
    run, (keeper, worker, *_) = _held(project, body)
    for name, pid in (("worker", worker), ("keeper", keeper), ("runner", run.pid)):
        if name != spared:
            os.kill(pid, signal.SIGKILL)
    run.communicate(timeout=30)
    nobody_works(project.folder)


@BODIES
def test_who_is_stopped_keeps_no_body_alive(project: Project, body: str) -> None:
    run, (keeper, worker, *_) = _held(project, body)
    for pid in (worker, keeper):
        os.kill(pid, signal.SIGSTOP)
    the_runner(run)
    nobody_works(project.folder)


def test_what_worked_on_when_all_were_killed_ends_with_the_next_run(project: Project) -> None:
    run, _ = _held(project, "shell")
    # The sentinel, too, which is nobody's child.
    ours = [pid for pid in workers_of(project.folder) if b"millpond" in _words(pid)]
    for pid in (run.pid, *ours):
        os.kill(pid, signal.SIGKILL)
    run.communicate(timeout=30)
    assert workers_of(project.folder), "somebody has ended what the body had started"
    project.body("def one() -> int: return 1")
    project.pipeline(
        """
        step one() -> (n: Int) { run python "body:one" }
        pipeline p() {
          it = one()
          output n = it.n
        }
        """
    )
    assert project.run().code == 0
    nobody_works(project.folder)


def _words(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_worker_that_is_killed_takes_its_body_with_it(project: Project) -> None:
    project.pipeline(HELD.replace("PLACE", str(project.folder)))
    run = began(project)
    until(lambda: bool(project.lines("beats")))
    (worker,) = descendants(run.pid)[:1]
    os.kill(worker, signal.SIGKILL)
    out, err = run.communicate(timeout=30)
    assert run.returncode == 1, err
    assert "ended by signal 9" in err + out
    nobody_works(project.folder)
    assert leases_of(project.folder / ".millpond") == []
