"""Whole programs: what a user writes about order, branches and people, and what `mlp run` does."""

from __future__ import annotations

import signal

import pytest
from local.project import Project, ended, until

BODY = """
from pathlib import Path

def numbers(n: int) -> list:
    return list(range(n))

def fit(rate: float, bad: float) -> float:
    if rate == bad:
        raise ValueError("it diverges")
    return rate * 2

def write(n: int, out_rows):
    out_rows.write_text("x" * n)

def lines(rows: list) -> int:
    return sum(len(Path(path).read_text()) for path in rows)

def same(x: int) -> int:
    return x

def weigh(key: str, bad: str) -> int:
    if key == bad:
        raise ValueError("nothing came in")
    return len(key)

def say(text: str) -> str:
    with open("PLACE/said", "a") as said:
        said.write(text + "\\n")
    return text

def hold(x: int) -> int:
    import time
    Path("PLACE/holding").touch()
    while not Path("PLACE/go").exists():
        time.sleep(0.02)
    return x
"""
STEPS = """
step numbers(n: Int) -> (xs: List[Int]) { run python "body:numbers" }
step fit(rate: Float, bad: Float = 99.0) -> (auc: Float) { run python "body:fit" }
step write(n: Int) -> (rows: File) { run python "body:write" }
step lines(rows: List[File]) -> (count: Int) { run python "body:lines" }
step same(x: Int) -> (y: Int) { run python "body:same" }
step hold(x: Int) -> (y: Int) { run python "body:hold" }
step weigh(key: String, bad: String) -> (n: Int) { run python "body:weigh" }
step say(text: String) -> (text: String) {
  run python "body:say"
  effects = true
}
"""


@pytest.fixture
def written(project: Project) -> Project:
    project.body(BODY.replace("PLACE", str(project.folder)))
    return project


def program(project: Project, text: str) -> None:
    project.pipeline(STEPS + text)


def test_loops_and_branches_within_each_other(written: Project) -> None:
    program(
        written,
        """
        pipeline p(n: Int = 3) {
          outer = numbers(n = n)
          sums = for a in outer.xs {
            inner = numbers(n = a)
            rows = for b in inner.xs {
              small = when b < 1 {
                low = same(x = b + 100)
                yield low.y
              } else {
                high = same(x = b)
                yield high.y
              }
              yield small
            }
            yield rows
          }
          output sums = sums
        }
        """,
    )
    ran = written.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"sums": [[], [100], [100, 1]]}
    assert ran.states["sums[2].rows[1].high"] == "ran"
    assert ran.states["sums[2].rows[1].low"] == "skipped"
    assert ran.nodes["sums[2].rows[1].high"]["branch"] == "2.1"
    assert "nothing ran: all 7 steps were hits, 3 not needed" in written.mlp("run", "p.mlp").out
    grown = written.run("n=4")
    ran_now = {
        node for node, n in grown.nodes.items() if n["kind"] == "task" and n["state"] == "ran"
    }
    assert ran_now == {"outer", "sums[3].rows[2].high"}


@pytest.mark.parametrize("items", ["[1, 2, 3]", "list.xs"])
def test_what_blocks_within_a_branch_hold_waits_with_it(written: Project, items: str) -> None:
    program(
        written,
        f"""
        pipeline p() {{
          list = numbers(n = 3)
          for a in {items} with (max_parallel = 1) {{
            for b in [1, 2, 3] {{
              say(text = f"{{a}}")
            }}
          }}
        }}
        target here: local {{ workers = 3 }}
        """,
    )
    ran = written.run()
    assert ran.code == 0, ran.err
    assert written.lines("said") == sorted(written.lines("said"))
    assert len(written.lines("said")) == 9


def test_a_search_that_puts_up_with_a_failure_and_takes_the_best(written: Project) -> None:
    program(
        written,
        """
        pipeline p(bad: Float = 0.2) {
          trials = for rate in [0.1, 0.2, 0.3] with (max_parallel = 2, allow_failures = 34%) {
            m = fit(rate = rate, bad = bad)
            yield { auc = m.auc, rate = rate }
          }
          best = max_by(trials, .auc)
          output rate = best.rate
          output tried = len(trials)
        }
        """,
    )
    ran = written.run()
    assert (ran.code, ran.json["status"]) == (0, "succeeded"), ran.err
    assert ran.json["outputs"] == {"rate": 0.3, "tried": 2}
    assert ran.states["trials[1].m"] == "failed"
    assert "trials[1].m failed: ValueError: it diverges" in ran.err
    listed = written.mlp("logs", "latest").out
    assert "trials[1].m" in listed


def test_files_that_a_loop_yields_lie_in_the_runs_folder(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          sizes = numbers(n = 3)
          files = for n in sizes.xs {
            w = write(n = n)
            yield w.rows
          }
          counted = lines(rows = files)
          output files = files
          output count = counted.count
        }
        """,
    )
    ran = written.run()
    assert ran.json["outputs"]["count"] == 3
    files = ran.json["outputs"]["files"]
    assert [len(written.lines(file["path"])) for file in files] == [0, 1, 1]
    assert all(set(file) == {"path", "digest"} for file in files)
    text = written.mlp("run", "p.mlp").out
    assert "files = [.millpond/runs/" in text


def test_hooks_of_a_program_know_what_failed(written: Project) -> None:
    program(
        written,
        """
        pipeline p(bad: Float = 1.0) {
          first = same(x = 4)
          second = fit(rate = 1.0, bad = bad)
          on failure {
            say(text = f"{run.failed_node} failed: {run.error}; first was {first?.y ?? 0}")
          }
          on success { say(text = f"all well with {run.id}") }
          finally { say(text = run.status) }
        }
        """,
    )
    failed = written.run()
    assert (failed.code, failed.json["status"]) == (1, "failed")
    assert written.lines("said") == [
        "second failed: ValueError: it diverges; first was 4",
        "failed",
    ]
    good = written.run("bad=2.0")
    assert written.lines("said")[2:] == [f"all well with {good.json['run']}", "succeeded"]
    assert good.states["on_success.say"] == good.states["finally.say"] == "ran"


def test_hooks_run_after_every_run_whatever_is_stored(written: Project) -> None:
    program(
        written,
        """
        step noted(text: String) -> (text: String) { run python "body:say" }
        pipeline p(bad: Float = 1.0) {
          only = fit(rate = 1.0, bad = bad)
          on failure { told = noted(text = "failed") }
          finally { when bad == 1.0 { swept = noted(text = "swept") } }
        }
        """,
    )
    for times in (1, 2):
        failed = written.run()
        assert failed.states["told"] == "ran"
        assert written.lines("said") == ["failed", "swept"] * times


def test_the_run_has_a_name_that_stays_when_it_is_resumed(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          named = say(text = run.id)
          held = hold(x = 1) after named
          output id = named.text
        }
        """,
    )
    process = written.start("run", "p.mlp", "--format", "json")
    until((written.folder / "holding").exists)
    busy = written.run("--resume", "latest")
    assert busy.code == 2
    assert "is still under way" in busy.err
    process.send_signal(signal.SIGINT)
    first = ended(process).json
    assert first["outputs"]["id"] == first["run"]
    written.write("go", "")
    resumed = written.run("--resume", "latest")
    assert resumed.json["outputs"]["id"] == resumed.json["run"] == first["run"]
    assert resumed.states["named"] == "hit"
    assert len(written.lines("said")) == 1
    assert written.run().states["named"] == "ran"
    other = written.run("--resume", "nosuch")
    assert (other.code, "there is no run called `nosuch`" in other.err) == (2, True)


def test_a_person_decides_about_a_program(written: Project) -> None:
    program(
        written,
        """
        pipeline p() {
          checked = same(x = 7)
          approve f"ship {checked.y}?" with (by = ["ops"], timeout = 1h)
          shipped = say(text = "shipped")
          output text = shipped.text
        }
        """,
    )
    process = written.start("run", "p.mlp")
    until(lambda: "approve_1" in written.mlp("approve").out)
    assert "ship 7?" in written.mlp("approve").out
    assert written.mlp("approve", "latest", "approve_1").code == 2
    assert written.mlp("approve", "latest", "approve_1", "--by", "ops").code == 0
    ran = ended(process)
    assert ran.code == 0, ran.err
    assert "text = shipped" in ran.out
    assert "asks      approve_1" in ran.err
    assert "to decide: mlp approve" in ran.err
    assert "approved by ops" in (written.runs[0] / "report.html").read_text()


def test_partitions_run_and_fail_for_themselves(written: Project) -> None:
    program(
        written,
        """
        pipeline p(last: Date = 2026-11-05, bad: String = "") {
          daily = partition by day(from = 2026-11-01, to = last) as day {
            weighed = weigh(key = day.key, bad = bad)
            again = same(x = weighed.n)
            yield again.y
          }
          monthly = partition by month(from = 2026-11-01, to = last) as month {
            first = same(x = len(within(daily, month)))
            yield first.y
          }
          output daily = daily
          output monthly = monthly
        }
        """,
    )
    ran = written.run()
    assert ran.code == 0, ran.err
    keys = [row["key"] for row in ran.json["outputs"]["daily"]]
    assert keys == [f"2026-11-0{day}" for day in range(1, 6)]
    assert ran.nodes["daily[2026-11-02].again"]["partition"] == "2026-11-02"
    failed = written.run("bad=2026-11-03")
    assert (failed.code, failed.json["status"]) == (1, "failed")
    states = {node[6:16]: state for node, state in failed.states.items() if "again" in node}
    assert states.pop("2026-11-03") == "skipped"
    assert set(states.values()) <= {"ran", "hit"}
    assert failed.states["monthly[2026-11].first"] == "skipped"
    assert "daily failed: 1 of 5 partitions failed: 2026-11-03" in failed.err


def test_a_loop_of_many_branches_is_one_line_and_one_fold(written: Project) -> None:
    program(
        written,
        """
        pipeline p(n: Int = 60) {
          list = numbers(n = n)
          for x in list.xs {
            s = same(x = x)
          }
          on success { say(text = "done") }
        }
        """,
    )
    ran = written.mlp("run", "p.mlp")
    assert ran.code == 0, ran.err
    lines = ran.err.splitlines()
    lines = lines[lines.index(next(line for line in lines if line.startswith("started"))) :]
    assert [line.split()[:2] for line in lines] == [
        ["started", "list"],
        ["ran", "list"],
        ["expanded", "for_1"],
        ["ran", "for_1"],
        ["started", "on_success.say"],
        ["ran", "on_success.say"],
    ]
    assert lines[2].endswith("60 branches")
    assert lines[3].endswith("60 ran")
    page = (written.runs[0] / "report.html").read_text()
    assert "<summary>60 ran</summary>" in page
    assert "<h2>Hooks</h2>" in page
