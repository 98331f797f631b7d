"""Failures and gates: what is shown, what is skipped, what the run comes to."""

from __future__ import annotations

import pytest
from local.project import Project

BODY = """
def score(n: int) -> dict:
    print("looking at", n)
    return {"auc": n / 10}

def fails(n: int) -> int:
    print("almost there")
    return helper(n)

def helper(n):
    raise LookupError(f"no row number {n}")

def same(n: int) -> int:
    return n
"""
STEPS = """
step score(n: Int) -> (metrics: Metrics) { run python "body:score" }
step fails(n: Int) -> (x: Int) { run python "body:fails" }
step same(n: Int) -> (x: Int) { run python "body:same" }
"""


def gated(project: Project, gate: str) -> None:
    project.body(BODY)
    project.pipeline(
        STEPS
        + f"""
        pipeline p(low: Float = 0.5) {{
          scored = score(n = 4)
          {gate}
          later = same(n = 1)
          output auc = scored.metrics.auc
          output x = later.x
        }}
        """
    )


def test_a_gate_that_fails_stops_the_line_and_shows_what_it_saw(project: Project) -> None:
    gated(project, 'expect scored.metrics.auc >= low else fail f"AUC under {low}"')
    ran = project.run()
    assert ran.code == 1
    assert ran.json["status"] == "failed"
    assert ran.states == {"scored": "ran", "expect_1": "failed", "later": "skipped"}
    assert ran.json["outputs"] == {"auc": 0.4}
    assert "AUC under 0.5 (scored.metrics.auc >= low; scored.metrics.auc = 0.4)" in ran.err


def test_a_called_pipeline_that_stops_leaves_the_run_as_it_is(project: Project) -> None:
    project.body(BODY)
    project.pipeline(
        STEPS
        + """
        pipeline sub(n: Int) {
          a = same(n = n)
          expect a.x > 5 else stop "small"
          b = same(n = n + 1)
          output b = b.x
        }
        pipeline p() {
          called = sub(n = 1)
          later = same(n = called.b ?? 77)
          output b = called.b
          output x = later.x
        }
        """
    )
    ran = project.run("--pipeline", "p")
    assert (ran.code, ran.json["status"]) == (0, "succeeded")
    assert ran.states["called.b"] == "skipped"
    assert ran.json["outputs"] == {"b": None, "x": 77}


def test_a_window_that_is_not_full_gives_no_value(project: Project) -> None:
    project.body("def of(day): return day.day\n\ndef total(xs): return sum(xs)\n")
    project.pipeline(
        """
        step of(day: Date) -> (n: Int) { run python "body:of" }
        step total(xs: List[Int]) -> (n: Int) { run python "body:total" }
        pipeline p() {
          daily = partition by day(from = 2026-11-01, to = 2026-11-03) as d {
            a = of(day = d.start)
            yield a.n
          }
          full = total(xs = trailing(daily, 9d, at_least = 3d))
          short = total(xs = trailing(daily, 9d, at_least = 4d))
          output full = full.n
          output short = short.n
        }
        """
    )
    ran = project.run()
    assert (ran.code, ran.json["status"]) == (0, "succeeded")
    assert ran.states["short"] == "skipped"
    assert ran.json["outputs"] == {"full": 6, "short": None}


def test_a_gate_in_a_when_holds_back_only_what_is_in_it(project: Project) -> None:
    project.body(BODY + "\ndef tell(n: int) -> None: open('../told.txt', 'a').write(str(n))\n")
    project.pipeline(
        STEPS
        + """
        step tell(n: Int) { run python "body:tell" effects = true }
        pipeline p(low: Bool = true) {
          one = same(n = 1)
          when one.x == 1 {
            expect one.x > 1 else stop
            tell(n = 1)
          }
          told = tell(n = 2)
        }
        """
    )
    ran = project.run()
    assert (ran.code, ran.json["status"]) == (0, "succeeded")
    assert ran.states == {
        "one": "ran",
        "expect_1": "skipped",
        "when_1.tell": "skipped",
        "when_1": "ran",
        "told": "ran",
    }


def test_a_gate_in_a_called_pipeline_holds_back_only_what_is_in_it(project: Project) -> None:
    project.body(BODY + "\ndef tell(n: int) -> None: open('../told.txt', 'a').write(str(n))\n")
    project.pipeline(
        STEPS
        + """
        step tell(n: Int) { run python "body:tell" effects = true }
        pipeline job(n: Int) {
          one = same(n = n)
          expect one.x > 1 else stop
          expect one.x > 0
          tell(n = one.x)
          output x = one.x
        }
        pipeline p() {
          first = job(n = 1)
          second = job(n = 2)
          told = tell(n = first.x ?? 0)
        }
        """
    )
    ran = project.run("--pipeline", "p")
    assert (ran.code, ran.json["status"]) == (0, "succeeded")
    assert (ran.states["first.tell"], ran.states["second.tell"]) == ("skipped", "ran")
    assert ran.states["told"] == "ran"


def test_what_is_below_a_failure_names_what_failed(project: Project) -> None:
    project.body(BODY)
    project.pipeline(
        STEPS
        + """
        pipeline p(n: Int = 1) {
          failed = fails(n = n)
          expect failed.x > 0 else stop
          later = same(n = 2)
          last = same(n = later.x)
          output x = last.x
        }
        """
    )
    ran = project.run()
    assert ran.states == {
        "failed": "failed", "expect_1": "skipped", "later": "skipped", "last": "skipped"
    }  # fmt: skip
    told = [line for line in ran.err.splitlines() if line.startswith("skipped")]
    assert [line.split()[1] for line in told] == ["expect_1", "later", "last"]
    assert all(line.endswith("`failed` failed") for line in told)


def test_an_argument_without_a_value_is_named(project: Project) -> None:
    project.body(BODY)
    project.pipeline(
        STEPS
        + """
        pipeline p(xs: List[Int] = []) {
          one = same(n = 1)
          two = same(n = xs[one.x])
          output x = two.x
        }
        """
    )
    ran = project.run()
    assert ran.code == 1
    assert "two failed: the argument `n` of `two` has no value: " in ran.err


def test_a_gate_that_warns_lets_pass(project: Project) -> None:
    gated(project, "expect scored.metrics.auc >= low else warn")
    ran = project.run()
    assert ran.code == 0
    assert set(ran.states.values()) == {"ran"}
    assert "expected scored.metrics.auc >= low" in ran.err


def test_a_gate_that_stops_is_green(project: Project) -> None:
    gated(project, 'expect scored.metrics.auc >= low else stop "nothing new"')
    ran = project.run()
    assert (ran.code, ran.json["status"]) == (0, "stopped")
    assert ran.states == {"scored": "ran", "expect_1": "skipped", "later": "skipped"}
    assert "nothing new" in ran.err


def test_a_gate_on_parameters_refuses_before_anything_starts(project: Project) -> None:
    gated(project, "expect scored.metrics.auc >= low")
    text = (project.folder / "p.mlp").read_text()
    (project.folder / "p.mlp").write_text(
        text.replace(
            "scored = score", 'expect low < 1.0 else fail "low is no share"\n  scored = score'
        )
    )
    assert project.run("low=0.3").code == 0
    refused = project.run("low=1.5", env={"COLUMNS": "200"})
    assert refused.code == 1
    (found,) = [d for d in refused.json["diagnostics"] if d["severity"] == "error"]
    assert "low is no share" in found["message"]
    assert found["span"]["start"]["line"] == 9
    assert len(list((project.folder / ".millpond" / "runs").iterdir())) == 1


def failing(project: Project) -> None:
    project.body(BODY)
    project.pipeline(
        STEPS
        + """
        pipeline p() {
          bad = fails(n = 7)
          below = same(n = bad.x)
          beside = same(n = 2)
          behind = same(n = beside.x + 1)
          output x = behind.x
        }
        target here: local { workers = 1 }
        """
    )


def test_a_failure_shows_the_users_own_lines_and_skips_the_rest(project: Project) -> None:
    failing(project)
    ran = project.mlp("run", "p.mlp")
    assert ran.code == 1
    assert "bad failed: LookupError: no row number 7" in ran.err
    assert "almost there" in ran.err
    assert 'body.py", line 10, in helper' in ran.err
    assert "millpond" not in ran.err.replace(".millpond", "")
    assert "failed in" in ran.out
    states = project.run().states
    assert states["bad"] == "failed"
    assert states["below"] == states["behind"] == "skipped"


def test_keep_going_finishes_what_does_not_depend_on_the_failure(project: Project) -> None:
    failing(project)
    ran = project.run("--keep-going")
    assert ran.code == 1
    assert ran.states == {"bad": "failed", "below": "skipped", "beside": "ran", "behind": "ran"}
    assert ran.json["outputs"] == {"x": 3}


@pytest.mark.parametrize(
    ("declared", "returned", "message"),
    [
        ("(x: Int)", "None", "output `x: Int` (p.mlp:3:17): nothing was returned"),
        ("(x: Int)", "'seven'", "output `x: Int` (p.mlp:3:17): "),
        ("(x: Float)", "float('nan')", "output `x: Float` (p.mlp:3:17): "),
        ("(x: File)", "None", "output `x: File` (p.mlp:3:17): nothing was returned"),
        ("(x: Int, y: Int)", "{'x': 1}", "`x`, `y` are declared, `x` were returned"),
        ("(x: Int, y: Int)", "3", "a mapping or named tuple with `x`, `y` is wanted"),
        ("(x: Json)", "(n for n in [1])", "the function returned a generator"),
    ],
)
def test_a_wrong_return_names_the_declaration(
    project: Project, declared: str, returned: str, message: str
) -> None:
    project.body(f"def give():\n    return {returned}\n")
    project.pipeline(
        f"step give() -> {declared} {{\n"
        '  run python "body:give"\n}\n'
        "pipeline p() {\n  it = give()\n  output x = it.x\n}\n"
    )
    ran = project.run()
    assert ran.code == 1
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_an_output_may_be_a_folder(project: Project) -> None:
    project.body(
        """
        def make(out_pages):
            (out_pages / "inner").mkdir(parents=True)
            (out_pages / "inner" / "a.txt").write_text("a")

        def read(pages):
            return (pages / "inner" / "a.txt").read_text()
        """
    )
    project.pipeline(
        """
        step make() -> (pages: Dir) { run python "body:make" }
        step read(pages: Dir) -> (text: String) { run python "body:read" }
        pipeline p() {
          made = make()
          seen = read(pages = made.pages)
          output text = seen.text
          output pages = made.pages
        }
        """
    )
    ran = project.run()
    assert ran.json["outputs"]["text"] == "a"
    pages = ran.json["outputs"]["pages"]["path"]
    assert project.lines(f"{pages}/inner/a.txt") == ["a"]


def test_a_body_that_changes_its_input_fails_and_spoils_nothing(project: Project) -> None:
    project.body(
        """
        import os
        from pathlib import Path

        def make(out_rows):
            out_rows.write_text("x" * 100_000)

        def spoil(rows: Path) -> int:
            os.chmod(rows, 0o644)
            with rows.open("r+") as file:
                file.write("y")
            return 1

        def read(rows: Path, x: int) -> int:
            return rows.read_text().count("y")
        """
    )
    project.pipeline(
        """
        step make() -> (rows: File) { run python "body:make" }
        step spoil(rows: File) -> (x: Int) { run python "body:spoil" }
        step read(rows: File, x: Int) -> (y: Int) { run python "body:read" }
        pipeline p() {
          made = make()
          spoiled = spoil(rows = made.rows)
          counted = read(rows = made.rows, x = 1)
          output y = counted.y
        }
        target here: local { workers = 1 }
        """
    )
    project.run("--keep-going")
    again = project.run("--keep-going")
    assert again.json["outputs"].get("y", 0) == 0
    assert b"yxxx" not in b"".join(
        path.read_bytes()
        for path in (project.folder / ".millpond" / "objects").rglob("*")
        if path.is_file() and path.suffix != ".damaged"
    )
