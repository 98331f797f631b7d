"""What people see while a pipeline runs: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios

import pytest
from local.project import ROOT, Project, ended, until

PIPELINE = """
step same(n: Int) -> (x: Int) { run python "body:same" }
step fails(n: Int) -> (x: Int) { run python "body:fails" }
pipeline p() {
  first = same(n = 1)
  expect first.x > 5 else warn "it is small"
  wrong = fails(n = first.x)
  last_of_all = same(n = wrong.x)
  output x = first.x
}
"""
BODY = """
def same(n):
    return n

def fails(n):
    raise ValueError("no " + "x" * 200)
"""


@pytest.fixture
def mixed(project: Project) -> Project:
    project.pipeline(PIPELINE)
    project.body(BODY)
    return project


def in_a_terminal(project: Project, *words: str, lines: int = 24, columns: int = 80) -> str:
    """What a terminal of that size is sent."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project.folder)
        os.environ.update(PYTHONPATH=str(ROOT), TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-m", "millpond", *words])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.waitpid(child, 0)
    os.close(terminal)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_shows_every_node_and_keeps_the_table(mixed: Project) -> None:
    shown = in_a_terminal(mixed, "run", "p.mlp")
    frame = shown.rpartition("\x1b[1A")[2]
    rows = [line.rstrip() for line in plain(frame).splitlines()]
    table = rows[: rows.index(next(r for r in rows if r.startswith("4 of 4 done"))) + 1]
    assert re.fullmatch(r"ran +first +\d+\.\d s", table[0])
    assert table[1].split() == ["passed", "expect_1"]
    assert table[2].split()[:3] == ["failed", "wrong", "ValueError:"]
    assert table[2].endswith("…")
    assert table[3].startswith("skipped   last_of_all")
    assert max(map(len, table)) <= 80


def test_a_low_terminal_ends_with_what_went_wrong(project: Project) -> None:
    nodes = "\n".join(f"  n{i} = same(n = {i})" for i in range(100, 140))
    project.pipeline(
        PIPELINE.replace("  output x", f"{nodes}\n  output x").replace("expect", "# expect")
    )
    project.body(BODY)
    shown = in_a_terminal(project, "run", "p.mlp", "--keep-going", lines=10)
    frame = shown.rpartition("\x1b[1A")[2]
    rows = [line.rstrip() for line in plain(frame).splitlines()]
    assert rows[0].split()[:2] == ["failed", "wrong"]
    assert rows[1].startswith("43 of 43 done")


LOOPS = """
step numbers(n: Int) -> (xs: List[Int]) { run python "body:numbers" }
step same(n: Int) -> (x: Int) { run python "body:same" }
pipeline p() {
  few = numbers(n = 2)
  many = numbers(n = 30)
  short = for n in few.xs {
    a = same(n = n)
    yield a.x
  }
  long = for n in many.xs {
    b = same(n = n + 100)
    yield b.x
  }
  when len(long) > 40 {
    never = same(n = 7)
  }
  output short = short
}
"""


def test_a_terminal_shows_short_loops_in_full_and_long_ones_in_numbers(project: Project) -> None:
    project.pipeline(LOOPS)
    project.body(BODY + "\ndef numbers(n):\n    return list(range(n))\n")
    shown = in_a_terminal(project, "run", "p.mlp")
    frame = plain(shown.rpartition("\x1b[1A")[2])
    rows = [line.split() for line in frame.splitlines()]
    table = rows[: rows.index(next(r for r in rows if r[1:2] == ["of"]))]
    states = {row[1]: row[0] for row in table}
    assert list(states) == [
        "few",
        "many",
        "short[0].a",
        "short[1].a",
        "short",
        "long",
        "never",
        "when_1",
    ]
    assert states["never"] == "skipped"
    assert next(row for row in table if row[1] == "long")[2:] == ["30", "ran"]
    assert "38 of 38 done" in frame


def test_plain_lines_are_aligned(mixed: Project) -> None:
    ran = mixed.mlp("run", "p.mlp")
    lines = ran.err.partition("\n\n")[0].splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["started", "first"],
        ["ran", "first"],
        ["warned", "expect_1"],
        ["passed", "expect_1"],
        ["started", "wrong"],
        ["failed", "wrong"],
        ["skipped", "last_of_all"],
    ]
    starts = {line.index(line.split()[1]) for line in lines}
    assert len(starts) == 1
    assert "it is small (first.x > 5; first.x = 1)" in lines[2]


def test_what_is_refused_shows_no_progress(project: Project) -> None:
    project.pipeline(PIPELINE.replace("}\nstep fails", "resources { cpu = 4000 } }\nstep fails"))
    project.body(BODY)
    shown = plain(in_a_terminal(project, "run", "p.mlp"))
    assert "MLP0907" in shown
    assert "waiting" not in shown


def test_the_log_of_a_long_step_can_be_read_while_it_runs(project: Project) -> None:
    project.pipeline(
        """
        step slow() -> (x: Int) { run python "body:slow" }
        pipeline p() {
          it = slow()
          output x = it.x
        }
        """
    )
    project.body(
        f"""
        import time
        from pathlib import Path

        def slow():
            print("begun")
            while not Path({str(project.folder / "end")!r}).exists():
                time.sleep(0.05)
            print("ended")
            return 1
        """
    )
    process = project.start("run", "p.mlp", "--format", "json")

    def logged() -> list[str]:
        found = list(project.folder.glob(".millpond/runs/*/logs/it.log"))
        return found[0].read_text().splitlines() if found else []

    until(lambda: logged() == ["begun"])
    project.write("end", "")
    assert ended(process).code == 0
    assert logged() == ["begun", "ended"]
