"""Outputs: a run whose nodes all end well fails where one of its outputs has no value."""

from __future__ import annotations

from local.project import Project

BODY = """
def numbers(n: int) -> list:
    return list(range(n))

def say(text: str, place: str) -> None:
    with open(place, "a") as said:
        said.write(text + "\\n")
"""
PIPELINE = """
step numbers(n: Int) -> (xs: List[Int]) { run python "body:numbers" }
step say(text: String, place: String) {
  run python "body:say"
  effects = true
}

pipeline p(place: String, n: Int = 2) {
  list = numbers(n = n)
  trials = for x in list.xs { yield { x = x } }
  best = max_by(trials, .x)
  output best = best.x
  output n = n
  on failure { say(text = f"{run.failed_node}: {run.error}", place = place) }
  on success { say(text = "fine", place = place) }
}

test "the best of no trials" for p {
  given n = 0
  given place = "nowhere"
  expect run.status == "failed"
}

test "the best of two" for p {
  given place = "nowhere"
  expect run.status == "succeeded"
}
"""


def test_an_output_without_a_value_fails_the_run(project: Project) -> None:
    project.body(BODY)
    project.pipeline(PIPELINE)
    place = f"place={project.folder / 'said'}"
    fine = project.run(place)
    assert (fine.code, fine.json["outputs"], fine.json["error"]) == (0, {"best": 1, "n": 2}, None)
    failed = project.run(place, "n=0")
    assert (failed.code, failed.json["status"]) == (1, "failed")
    assert failed.json["outputs"] == {"n": 0}
    assert failed.json["error"] == "the output `best` has no value: max_by of nothing"
    assert "the run failed: the output `best` has no value" in failed.err
    assert "max_by of nothing" in (project.runs[-1] / "report.html").read_text()
    assert project.lines("said") == ["fine", f"p: {failed.json['error']}"]


def test_so_does_it_in_tests(project: Project) -> None:
    project.body(BODY)
    project.pipeline(PIPELINE)
    tested = project.mlp("test", "p.mlp")
    assert tested.code == 0, tested.out + tested.err


def test_an_output_whose_bytes_are_damaged_fails_the_run_and_is_made_anew(
    project: Project,
) -> None:
    project.body(
        """
        def make(i, out_rows):
            out_rows.write_text(f"{i}" * 1000)
        """
    )
    project.pipeline(
        """
        step make(i: Int) -> (rows: File) { run python "body:make" }
        pipeline p() {
          made = for i in range(3) {
            one = make(i = i)
            yield one.rows
          }
          output rows = made
        }
        """
    )
    whole = project.run()
    assert whole.code == 0, whole.err
    objects = project.folder / ".millpond" / "objects"
    large = [path for path in objects.rglob("*") if path.is_file() and path.stat().st_size == 1000]
    for path in large[:2]:
        path.chmod(0o644)
        path.write_bytes(b"x" * 1000)
    damaged = project.run()
    assert (damaged.code, damaged.json["outputs"]) == (1, {})
    assert "the run failed: the store has lost the output `rows`, or it is damaged" in damaged.err
    again = project.run()
    assert sorted(again.states.values()) == ["hit", "ran", "ran", "ran"], "both were found at once"
    texts = [(project.folder / each["path"]).read_text() for each in again.json["outputs"]["rows"]]
    assert texts == ["0" * 1000, "1" * 1000, "2" * 1000]
