"""Attempts: retries with their waits, timeouts, and bodies that take their process down."""

from __future__ import annotations

import pytest
from local.project import Project, alive, until

FLAKY = """
from pathlib import Path

def flaky(place: str, times: int) -> int:
    tries = Path(place)
    seen = tries.read_text().count("x") if tries.exists() else 0
    tries.write_text("x" * (seen + 1))
    if seen < times:
        raise ValueError(f"not yet, said {seen} times")
    return seen + 1
"""


def flaky(project: Project, settings: str, times: int) -> None:
    project.body(FLAKY)
    project.pipeline(
        f"""
        step flaky(place: String, times: Int) -> (tries: Int) {{
          run python "body:flaky"
          {settings}
        }}
        pipeline p() {{
          it = flaky(place = "{project.folder / "tries"}", times = {times})
          output tries = it.tries
        }}
        """
    )


def test_a_step_is_tried_again_until_it_works(project: Project) -> None:
    flaky(project, "retry { attempts = 3, backoff = exponential(100ms) }", 2)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"tries": 3}
    assert ran.nodes["it"]["attempts"] == 3
    assert "retrying it ValueError: not yet, said 0 times; again in 0.1 s" in " ".join(
        ran.err.split()
    )


def test_a_step_that_never_works_fails_after_its_attempts(project: Project) -> None:
    flaky(project, "retry { attempts = 2 }", 9)
    ran = project.run()
    assert ran.code == 1
    assert ran.nodes["it"] | {"seconds": 0} == {
        "id": "it",
        "kind": "task",
        "branch": None,
        "partition": None,
        "state": "failed",
        "seconds": 0,
        "attempts": 2,
        "outputs": {},
        "noisy": [],
    }
    assert project.lines("tries") == ["xx"]


def test_causes_that_are_not_listed_are_not_retried(project: Project) -> None:
    flaky(project, 'retry { attempts = 5, on = ["infrastructure"] }', 9)
    assert project.run().nodes["it"]["attempts"] == 1


def test_a_shell_step_says_by_75_that_it_may_be_tried_again(project: Project) -> None:
    project.pipeline(
        f"""
        step s() -> (x: Int) {{
          run shell \"\"\"
            echo x >> "{project.folder / "tries"}"
            [ "$(wc -l < "{project.folder / "tries"}")" = 2 ] || exit 75
            echo 7 > "$x"
          \"\"\"
          retry {{ attempts = 3, on = ["infrastructure"] }}
        }}
        pipeline p() {{
          it = s()
          output x = it.x
        }}
        """
    )
    ran = project.run()
    assert ran.json["outputs"] == {"x": 7}
    assert ran.nodes["it"]["attempts"] == 2


def test_a_timeout_ends_a_python_body_with_its_children(project: Project) -> None:
    project.body(
        f"""
        import os, subprocess, time

        def slow() -> int:
            hidden = subprocess.Popen(["sleep", "300"], start_new_session=True)
            near = subprocess.Popen(["sleep", "300"])
            with open({str(project.folder / "pids")!r}, "w") as file:
                file.write(f"{{os.getpid()}}\\n{{near.pid}}\\n{{hidden.pid}}\\n")
            time.sleep(300)
            return 1
        """
    )
    project.pipeline(
        """
        step slow() -> (x: Int) {
          run python "body:slow"
          timeout = 3s
        }
        pipeline p() {
          it = slow()
          output x = it.x
        }
        """
    )
    ran = project.run()
    assert ran.code == 1
    assert "it failed: it ran longer than its timeout of 3 s" in ran.err
    pids = [int(line) for line in project.lines("pids")]
    assert len(pids) == 3
    until(lambda: not any(map(alive, pids)), 5)


def test_a_timeout_ends_a_shell_body_with_its_children(project: Project) -> None:
    project.pipeline(
        f"""
        step slow() -> (x: Int) {{
          run shell \"\"\"
            sleep 300 &
            echo $! > "{project.folder / "pids"}"
            setsid sleep 301 > /dev/null 2>&1 &
            echo $! >> "{project.folder / "pids"}"
            sleep 302
          \"\"\"
          timeout = 2s
          retry {{ attempts = 2, on = ["timeout"] }}
        }}
        pipeline p() {{
          it = slow()
          output x = it.x
        }}
        """
    )
    ran = project.run()
    assert ran.code == 1
    assert ran.nodes["it"]["attempts"] == 2
    pids = [int(line) for line in project.lines("pids")]
    assert len(pids) == 2
    until(lambda: not any(map(alive, pids)), 5)


def test_what_a_body_leaves_running_ends_with_it(project: Project) -> None:
    project.body(
        f"""
        import subprocess

        def leave() -> int:
            child = subprocess.Popen(["sleep", "300"], start_new_session=True)
            with open({str(project.folder / "pids")!r}, "w") as file:
                file.write(f"{{child.pid}}\\n")
            return 1

        def after(x: int) -> int:
            return x + 1
        """
    )
    project.pipeline(
        """
        step leave() -> (x: Int) { run python "body:leave" }
        step after_it(x: Int) -> (y: Int) { run python "body:after" }
        pipeline p() {
          first = leave()
          second = after_it(x = first.x)
          output y = second.y
        }
        """
    )
    ran = project.run()
    assert ran.json["outputs"] == {"y": 2}
    (pid,) = map(int, project.lines("pids"))
    assert not alive(pid)


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("os._exit(3)", "it ended with exit code 3"),
        ("os._exit(0)", "the body ended its process"),
        ("os.kill(os.getpid(), 9)", "it was ended by signal 9"),
        ("ctypes.string_at(0)", "it was ended by signal 11"),
        ("sys.exit(4)", "SystemExit: 4"),
    ],
)
def test_a_body_that_takes_its_process_down_costs_its_step_alone(
    project: Project, death: str, words: str
) -> None:
    project.body(
        f"""
        import ctypes, os, sys

        def dies() -> int:
            print("last words")
            {death}
            return 0

        def lives(n: int) -> int:
            return n
        """
    )
    project.pipeline(
        """
        step dies() -> (x: Int) { run python "body:dies" }
        step lives(n: Int) -> (x: Int) { run python "body:lives" }
        pipeline p() {
          bad = dies()
          one = lives(n = 1)
          two = lives(n = one.x + 1)
          three = lives(n = bad.x)
          output x = two.x
        }
        """
    )
    ran = project.run("--keep-going")
    assert ran.code == 1
    assert ran.states == {"bad": "failed", "one": "ran", "two": "ran", "three": "skipped"}
    assert f"bad failed: {words}\n  last words\n" in ran.err
    assert ran.json["outputs"] == {"x": 2}


def test_a_crash_may_be_retried(project: Project) -> None:
    project.body(
        f"""
        import os
        from pathlib import Path

        def dies_once() -> int:
            place = Path({str(project.folder / "seen")!r})
            if not place.exists():
                place.touch()
                os.kill(os.getpid(), 9)
            return 5
        """
    )
    project.pipeline(
        """
        step dies_once() -> (x: Int) {
          run python "body:dies_once"
          retry { attempts = 2 }
        }
        pipeline p() {
          it = dies_once()
          output x = it.x
        }
        """
    )
    assert project.run().json["outputs"] == {"x": 5}
