"""Runs at the same moment: every key is computed once, whatever becomes of who computes it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter

from kill.pipeline import total
from kill.rounds import leases_of, nobody_works, script, sound, tasks
from local.project import Project, ended, until

RUNNERS = 8


def test_eight_runs_on_a_fresh_store_compute_every_key_once(project: Project) -> None:
    together = [project.start("run", "p.mlp", "--format", "json") for _ in range(RUNNERS)]
    came = [ended(process) for process in together]
    assert [each.code for each in came] == [0] * RUNNERS, [each.err for each in came]
    assert all(each.json["outputs"] == {"sum": total(1)} for each in came)
    made = Counter(project.lines("made"))
    assert made == {f"{name}-{i}": 1 for name in ("part", "script") for i in range(3)}
    for node in tasks(came[0]):
        states = Counter(each.states[node] for each in came)
        assert states == {"ran": 1, "hit": RUNNERS - 1}, node
    state = project.folder / ".millpond"
    assert leases_of(state) == []
    sound(state)


HELD = """
step held(place: String) -> (n: Int) {
  run shell \"\"\"
    echo $$ >> "$place/began"
    while [ -e "$place/hold" ]; do sleep 0.05; done
    echo 7 > "$n"
  \"\"\"
}
pipeline p() {
  once = held(place = "PLACE")
  output n = once.n
}
"""


def _held(project: Project) -> None:
    project.pipeline(HELD.replace("PLACE", str(project.folder)))
    project.write("hold", "")


def test_a_dead_holder_is_followed_at_once_by_one_of_those_who_wait(project: Project) -> None:
    _held(project)
    first = project.start("run", "p.mlp", "--format", "json")
    until(lambda: len(project.lines("began")) == 1)
    others = [project.start("run", "p.mlp", "--format", "json") for _ in range(RUNNERS - 1)]
    until(lambda: len(project.runs) == RUNNERS)
    time.sleep(0.5)
    assert len(project.lines("began")) == 1, "the others wait"
    first.kill()
    first.communicate()
    died = time.monotonic()
    until(lambda: len(project.lines("began")) == 2)
    assert time.monotonic() - died < 10, "nobody waited for a heartbeat to age"
    (project.folder / "hold").unlink()
    came = [ended(process) for process in others]
    assert [each.code for each in came] == [0] * len(others), [each.err for each in came]
    assert Counter(each.states["once"] for each in came) == {"ran": 1, "hit": RUNNERS - 2}
    assert len(project.lines("began")) == 2
    nobody_works(project.folder)


IMPATIENT = """
    import os, sys
    from millpond.runtime import leases
    leases.BEAT_SECONDS, leases.DEAD_SECONDS = 0.2, 1.5
    from millpond.__main__ import main
    os.chdir(sys.argv[1])
    sys.argv[1:] = ["run", "p.mlp", "--format", "json"]
    sys.exit(main())
"""


def _impatient(project: Project) -> subprocess.Popen[str]:
    """A run that takes a holder for dead after a second and a half without a beat."""
    return script(IMPATIENT, project.folder)


def test_a_stopped_holder_is_followed_when_it_no_longer_beats(project: Project) -> None:
    _held(project)
    first = _impatient(project)
    until(lambda: len(project.lines("began")) == 1)
    second = _impatient(project)
    time.sleep(2.5)
    assert len(project.lines("began")) == 1, "who beats is not followed, however long it takes"
    first.send_signal(signal.SIGSTOP)
    until(lambda: len(project.lines("began")) == 2)
    (project.folder / "hold").unlink()
    one = ended(second)
    assert (one.code, one.states) == (0, {"once": "ran"}), one.err
    # Who was stopped goes on, is too late, and takes what stands.
    os.kill(first.pid, signal.SIGCONT)
    other = ended(first)
    assert other.code == 0, other.err
    assert other.json["outputs"] == one.json["outputs"] == {"n": 7}
    sound(project.folder / ".millpond")
