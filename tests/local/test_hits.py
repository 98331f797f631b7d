"""What runs again after an edit: exactly what the edit can reach."""

from __future__ import annotations

import pytest
from local.project import Project

PIPELINE = """
step load(n: Int) -> (rows: File) {
  run python "body:load"
}

step square(rows: File) -> (squares: File) {
  run python "body:square"
  resources { cpu = 1 }
}

step total(squares: File, above: Int) -> (sum: Int) {
  run python "body:total"
}

step count(rows: File) -> (lines: Int) {
  run shell \"\"\"
    wc -l < "$rows" > "$lines"
  \"\"\"
}

pipeline p(above: Int = 2) {
  loaded = load(n = 5)
  squared = square(rows = loaded.rows)
  summed = total(squares = squared.squares, above = above)
  counted = count(rows = loaded.rows)

  output sum = summed.sum
  output lines = counted.lines
}
"""
BODY = """
from pathlib import Path


def load(n, out_rows):
    out_rows.write_text("".join(f"{i}\\n" for i in range(n)))


def parse(path):
    return [int(line) for line in path.read_text().splitlines()]


def square(rows, out_squares):
    out_squares.write_text("".join(f"{i * i}\\n" for i in parse(rows)))


def total(squares, above):
    return sum(i for i in parse(squares) if i > above)
"""
ALL = {"loaded", "squared", "summed", "counted"}


@pytest.fixture
def ran(project: Project) -> Project:
    project.pipeline(PIPELINE)
    project.body(BODY)
    first = project.run()
    assert first.code == 0, first.out + first.err
    assert set(first.states.values()) == {"ran"}
    assert first.json["outputs"] == {"sum": 29, "lines": 5}
    return project


def test_a_second_run_does_nothing_and_says_so(ran: Project) -> None:
    second = ran.run()
    assert set(second.states.values()) == {"hit"}
    assert second.json["outputs"] == {"sum": 29, "lines": 5}
    text = ran.mlp("run", "p.mlp")
    assert "nothing ran: all 4 steps were hits" in text.out
    assert text.out.splitlines()[-3:-1] == ["sum = 29", "lines = 5"]
    assert text.out.splitlines()[-1].startswith("report: .millpond/runs/")
    report = ran.folder / text.out.splitlines()[-1].removeprefix("report: ")
    assert "<title>" in report.read_text()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("body.py", "def square", "# squares every number\ndef square"),
        ("body.py", "        return", "        return"),
        ("p.mlp", "squared", "again"),
        ("p.mlp", "resources { cpu = 1 }", "resources { cpu = 2, memory = 1MB }"),
        ("p.mlp", "resources { cpu = 1 }", "retry { attempts = 3 }, timeout = 1h"),
        ("p.mlp", "loaded = load(n = 5)", "# all of them\n  loaded = load(n = 5)"),
        ("p.mlp", "output sum", "output the_sum"),
        ("p.mlp", "pipeline p(", "pipeline renamed("),
        ("p.mlp", "step square(", "step to_squares("),
    ],
)
def test_what_changes_no_result_runs_nothing(ran: Project, file: str, old: str, new: str) -> None:
    path = ran.folder / file
    text = path.read_text().replace(old, new)
    if "to_squares" in new:
        text = text.replace("= square(", "= to_squares(")
    path.write_text(text)
    assert set(ran.run("--oversubscribe").states.values()) == {"hit"}


def test_code_that_moves_within_its_file_runs_nothing(ran: Project) -> None:
    head, load, parse, rest = BODY.split("\n\n\n", 3)
    ran.body("\n\n\n".join((head, parse, load, rest)))
    assert set(ran.run().states.values()) == {"hit"}


@pytest.mark.parametrize(
    ("file", "old", "new", "again"),
    [
        ("p.mlp", "above: Int = 2", "above: Int = 3", {"summed"}),
        ("p.mlp", "load(n = 5)", "load(n = 6)", ALL),
        ("body.py", "i * i", "i * i * i", {"squared", "summed"}),
        ("body.py", "range(n)", "range(n + 1)", ALL),
        # Other code, equal bytes: nobody downstream wakes.
        ("body.py", "i * i", "i ** 2", {"squared"}),
        ("p.mlp", 'wc -l < "$rows"', 'cat "$rows" | wc -l', {"counted"}),
        ("p.mlp", "resources { cpu = 1 }", 'env { MODE = "x" }', {"squared"}),
        ("p.mlp", "resources { cpu = 1 }", 'cache { version = "2" }', {"squared"}),
    ],
)
def test_an_edit_runs_exactly_what_depends_on_it(
    ran: Project, file: str, old: str, new: str, again: set[str]
) -> None:
    path = ran.folder / file
    path.write_text(path.read_text().replace(old, new))
    planned = {
        n["id"]: n["state"] for n in ran.mlp("plan", "p.mlp", "--format", "json").json["nodes"]
    }
    states = ran.run().states
    assert {node for node, state in states.items() if state == "ran"} == again
    assert {node for node, state in planned.items() if state == "run"} <= again
    assert again <= {node for node, state in planned.items() if state in ("run", "depends")}


def test_a_parameter_from_the_command_line_comes_before_the_default(ran: Project) -> None:
    again = ran.run("above=10")
    assert again.json["outputs"]["sum"] == 16
    assert {n for n, s in again.states.items() if s == "ran"} == {"summed"}


def test_a_shared_store_answers_whoever_asks(project: Project) -> None:
    shared = project.folder.parent / "shared"
    project.write("mlp.toml", f"""[store]\nurl = "{shared.as_uri()}"\n""")
    project.pipeline(PIPELINE)
    project.body(BODY)
    assert set(project.run().states.values()) == {"ran"}
    (project.folder / ".millpond").rename(project.folder.parent / "gone")
    again = project.run()
    assert set(again.states.values()) == {"hit"}
    assert again.json["outputs"] == {"sum": 29, "lines": 5}


def test_a_run_ends_when_its_last_node_turns_out_to_be_a_hit(project: Project) -> None:
    project.pipeline(
        """
        step one(n: Int) -> (m: Int) { run python "body:one" }
        pipeline p(n: Int = 3) {
          found = for i in range(2) {
            same = one(n = n)
            yield same.m
          }
          output found = found
        }
        """
    )
    project.body("import time\n\n\ndef one(n):\n    time.sleep(0.3)\n    return n\n")
    done = project.run()
    assert sorted(done.states.values()) == ["hit", "ran", "ran"], done.states
    (run,) = (project.folder / ".millpond" / "runs").iterdir()
    last, end = ((run / name).stat().st_mtime for name in ("events.jsonl", "run.json"))
    assert end - last < 3, "nothing is left to wait for"
