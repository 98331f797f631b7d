"""Runs that are killed at random instants: nothing is damaged, no orphan, the next is right."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

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

Kill = Callable[[subprocess.Popen[str]], None]


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


@pytest.mark.parametrize("kill", [the_runner, everybody, its_group], ids=lambda kill: kill.__name__)
def test_a_run_that_is_killed_leaves_a_sound_store(project: Project, kill: Kill) -> None:
    state = project.folder / ".millpond"
    cut = 0
    for number, dice in rounds(7):
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
    assert cut >= (ROUNDS or 7) // 2, "nearly every run had ended before it was killed"
    # Whatever was ever said to be done is right: everything is a hit now, with the same values.
    for number, _ in rounds(7):
        once_more = project.run(f"n={number}")
        assert once_more.json["outputs"] == {"sum": total(number)}
        assert set(tasks(once_more).values()) == {"hit"}
