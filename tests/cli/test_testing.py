"""`mlp test`: what it runs and what it does not, what it says where a test fails, its reports."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli.conftest import Mlp

HEAD = """\
edition 2026

step load(day: Date, n: Int = 3) -> (rows: Dataset, count: Int) {
  run shell "printf 'a\\n1\\n2\\n' > $rows; echo $n > $count; echo load >> $HERE/ran"
  env { HERE = "FOLDER" }
}
step fit(rows: Dataset, rate: Float) -> (model: File, auc: Float) {
  run shell "cp $rows $model; echo 0.$((5 + 2)) > $auc; echo fit >> $HERE/ran"
  env { HERE = "FOLDER" }
}
step tell(text: String) -> () {
  run shell "echo tell >> $HERE/ran"
  env { HERE = "FOLDER" }
  effects = true
}
step break(n: Int) -> (m: Int) { run shell "echo no more >&2; exit 3" }
step plus(n: Int) -> (m: Int) { run shell "echo $((n + 1)) > $m" }

pipeline part(n: Int) {
  first = plus(n = n)
  second = plus(n = first.m)
  output n = second.m
}
"""
MAIN = """\
pipeline train(day: Date, least: Float = 0.6) {
  loaded = load(day = day)
  fitted = fit(rows = loaded.rows, rate = 0.1)
  twice = loaded.count * 2
  expect fitted.auc >= least else fail f"{fitted.auc} is too little"
  tell(text = f"{twice}")
  output auc = fitted.auc
}
"""
STUBS = """\
  given day = 2026-11-22
  stub loaded = { rows = file("main.mlp"), count = 3 }
  stub fitted = { model = file("main.mlp"), auc = AUC }
"""


class Write:
    """Writes `main.mlp` from pieces; `ran` says which steps ran for real."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *pieces: str) -> None:
        text = "\n".join((HEAD, *pieces)).replace("FOLDER", str(self.folder))
        (self.folder / "main.mlp").write_text(text, "utf-8")

    @property
    def ran(self) -> list[str]:
        file = self.folder / "ran"
        return file.read_text("utf-8").split() if file.exists() else []


@pytest.fixture
def write(tmp_path: Path, mlp: Mlp) -> Write:
    return Write(tmp_path)


def stubs(auc: str) -> str:
    return STUBS.replace("AUC", auc)


def test_with_every_node_stubbed_nothing_runs(mlp: Mlp, write: Write) -> None:
    write(
        MAIN,
        f'test "good" for train {{\n{stubs("0.9")}  stub tell = {{ }}\n'
        "  expect ran(tell) and runs(fitted) == 1\n"
        "  expect auc == 0.9 and twice == 6 and fitted.auc > 0.8\n"
        '  expect run.status == "succeeded"\n}\n'
        f'test "weak" for train {{\n{stubs("0.1")}'
        '  expect run.status == "failed" and run.failed_node == "expect_1"\n'
        "  expect not ran(tell) and day == 2026-11-22\n}\n",
    )
    answer = mlp("test", "main.mlp", "--stubbed")
    assert answer.code == 0, answer.out
    assert "2 tests: 2 passed" in answer.out
    assert write.ran == []
    assert not (write.folder / ".millpond").exists()


def test_what_has_no_stub_runs_and_is_a_hit_the_next_time(mlp: Mlp, write: Write) -> None:
    write(
        MAIN,
        'test "real" for train {\n  given day = 2026-11-22\n  stub tell = { }\n'
        "  expect auc == 0.7 and loaded.rows.row_count == 2\n}\n",
    )
    first = mlp("test", "main.mlp", "--format", "json").json
    states = {node["id"]: node["state"] for node in first["tests"][0]["nodes"]}
    assert states == {"loaded": "ran", "fitted": "ran", "expect_1": "passed", "tell": "stubbed"}
    second = mlp("test", "main.mlp", "--format", "json").json
    states = {node["id"]: node["state"] for node in second["tests"][0]["nodes"]}
    assert states["loaded"] == states["fitted"] == "hit"
    assert write.ran == ["load", "fit"]
    assert mlp(
        "plan", "main.mlp", "--pipeline", "train", "day=2026-11-22", "--format", "json"
    ).json["totals"] == {"hit": 2, "run": 1, "depends": 0}


def test_steps_with_effects_never_run_in_a_test(mlp: Mlp, write: Write) -> None:
    test = f'test "good" for train {{\n{stubs("0.9")}  expect auc == 0.9\n}}\n'
    write(MAIN, test)
    answer = mlp("test", "main.mlp")
    assert answer.code == 1
    assert "MLP0722" in answer.out
    assert "add `stub tell = { }` to the test" in answer.out
    write(MAIN, test.replace("0.9", "0.1").replace("auc == 0.1", 'run.status == "failed"'))
    assert mlp("test", "main.mlp").code == 0, "the gate holds it back"
    assert write.ran == []


def test_stubbed_lets_nothing_run(mlp: Mlp, write: Write) -> None:
    write(MAIN, 'test "real" for train {\n  given day = 2026-11-22\n}\n')
    answer = mlp("test", "main.mlp", "--stubbed", "--format", "json")
    assert answer.code == 1
    (failure,) = answer.json["tests"][0]["failures"]
    assert failure["code"] == "MLP0722"
    assert failure["message"] == "test `real` would run `load`, which has no stub"
    assert failure["span"]["start"] == {"line": 26, "column": 12}
    assert "of this test" in [label["text"] for label in failure["labels"]]
    assert failure["help"] == ["add `stub loaded = { rows = …, count = … }` to the test"]
    assert write.ran == []


def test_a_failing_expectation_shows_both_sides(mlp: Mlp, write: Write) -> None:
    write(
        MAIN,
        f'test "good" for train {{\n{stubs("0.9")}  stub tell = {{ }}\n'
        '  expect auc == twice / 10 else fail "they differ"\n  expect ran(fitted)\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 1
    assert answer.out.splitlines()[0].startswith("FAIL  good  (")
    assert "--- is 0.9" in answer.out
    assert "---------- is 0.6" in answer.out
    assert "= note: they differ" in answer.out
    assert "= note: stubbed: `loaded`, `fitted`, `tell`" in answer.out
    assert answer.out.count("error[MLP0723]") == 1
    assert "1 test: 1 failed" in answer.out


def test_a_run_that_fails_unasked_fails_the_test(mlp: Mlp, write: Write) -> None:
    pipeline = "pipeline main(n: Int) {\n  bad = break(n = n)\n  good = plus(n = n)\n}\n"
    write(
        pipeline,
        'test "it breaks" for main {\n  given n = 1\n  expect ran(good)\n}\n'
        'test "so it should" for main {\n  given n = 1\n'
        '  expect run.status == "failed" and run.failed_node == "bad"\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert "the run of the test `it breaks` failed" in answer.out
    assert "it ended with exit code 3" in answer.out
    assert "no more" in answer.out
    assert "pass  so it should" in answer.out


def test_stubs_count_for_every_branch_and_partition(mlp: Mlp, write: Write) -> None:
    write(
        """\
pipeline days(first: Date, last: Date, rates: List[Float] = [0.1, 0.2, 0.3]) {
  trials = for rate in rates {
    fitted = fit(rows = file_of.rows, rate = rate)
    yield fitted.auc
  }
  daily = partition by day(from = first, to = last) as day {
    loaded = load(day = day.start)
    yield loaded.count
  }
  output best = max(trials)
  output counts = daily
}
""".replace("  trials", "  file_of = load(day = first)\n  trials"),
        """\
test "all of them" for days {
  given first = 2026-01-01
  given last = 2026-01-03
  stub file_of = { rows = file("main.mlp"), count = 1 }
  stub fitted = { model = file("main.mlp"), auc = 0.25 }
  stub loaded = { rows = file("main.mlp"), count = 5 }
  expect runs(fitted) == 3 and runs(loaded) == 3 and trials == [0.25, 0.25, 0.25]
  expect best == 0.25 and counts[2].value == 5 and counts[0].key == "2026-01-01"
}
test "one of them can be read" for days {
  given first = 2026-01-01
  given last = 2026-01-01
  given rates = [0.5]
  stub file_of = { rows = file("main.mlp"), count = 1 }
  stub fitted = { model = file("main.mlp"), auc = 0.25 }
  stub loaded = { rows = file("main.mlp"), count = 5 }
  expect loaded.count == 5 and fitted.auc == 0.25
}
test "several cannot" for days {
  given first = 2026-01-01
  given last = 2026-01-03
  stub file_of = { rows = file("main.mlp"), count = 1 }
  stub trials = [1.5]
  stub loaded = { rows = file("main.mlp"), count = 5 }
  expect best == 1.5 and not ran(fitted)
  expect loaded.count == 5
}
""",
    )
    answer = mlp("test", "main.mlp", "--stubbed")
    assert answer.out.count("pass  ") == 2, answer.out
    assert "`loaded` ran 3 times" in answer.out
    assert answer.out.count("MLP0723]") == 1


def test_called_pipelines_approvals_and_hooks(mlp: Mlp, write: Write) -> None:
    write(
        """\
pipeline main(n: Int, urgent: Bool = false) {
  inner = part(n = n)
  told = when urgent {
    now = plus(n = 0)
    yield now.m
  }
  approve "go on?"
  last = plus(n = inner.n)
  output n = last.m
  on failure { tell(text = run.failed_node) }
}
""",
        """\
test "inside" for main {
  given n = 1
  stub inner.first = { m = 5 }
  stub inner.second = { m = 7 }
  stub last = { m = 8 }
  expect inner.n == 7 and n == 8 and ran(inner) and not ran(now) and told == none
  expect run.status == "succeeded"
}
test "as a whole" for main {
  given n = 1
  stub inner = { n = 40 }
  stub last = { m = 41 }
  expect inner.n == 40 and ran(inner) and not ran(inner.first)
}
test "nobody wants it" for main {
  given n = 1
  given urgent = true
  given run.hooks = true
  stub inner = { n = 40 }
  stub now = { m = 1 }
  stub approve_1 = false
  stub tell = { }
  expect run.status == "failed" and not ran(last) and ran(tell) and told == 1
}
test "hooks do not run unless asked" for main {
  given n = 1
  stub inner = { n = 40 }
  stub approve_1 = false
  expect run.status == "failed" and not ran(tell)
}
""",
    )
    answer = mlp("test", "main.mlp", "--stubbed")
    assert answer.code == 0, answer.out


def test_a_step_by_itself(mlp: Mlp, write: Write) -> None:
    write(
        'test "it counts" for load {\n  given day = 2026-01-01\n  given n = 4\n'
        "  expect count == 4 and rows.row_count == 2 and n == 4\n}\n"
        'test "it breaks" for break {\n  given n = 1\n  expect run.status == "failed"\n}\n'
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 0, answer.out
    assert write.ran == ["load"]


def test_stops_and_the_day_of_the_run(mlp: Mlp, write: Write) -> None:
    write(
        """\
pipeline main() {
  loaded = load(day = run.day)
  expect loaded.count > 5 else stop "nothing new"
  fitted = fit(rows = loaded.rows, rate = 0.1)
}
""",
        'test "nothing new" for main {\n  given run.day = 2026-01-02\n'
        '  stub loaded = { rows = file("main.mlp"), count = 3 }\n'
        '  expect run.status == "stopped" and not ran(fitted) and run.day == 2026-01-02\n'
        "  expect fitted.auc > 0.5\n}\n",
    )
    answer = mlp("test", "main.mlp")
    assert "`fitted` did not run" in answer.out
    assert answer.out.count("MLP0723]") == 1


def test_which_tests(mlp: Mlp, write: Write) -> None:
    write(
        'test "one" for plus {\n  given n = 0\n  expect m == 1\n}\n',
        'test "two" for break {\n  given n = 1\n  expect m == 2\n}\n',
    )
    assert mlp("test", "main.mlp", "one", "--format", "json").json["totals"]["failed"] == 0
    assert mlp("test", "main.mlp").code == 1
    answer = mlp("test", "main.mlp", "three")
    assert answer.code == 2
    assert "there is no test called `three`; the file has `one`, `two`" in answer.err
    write()
    answer = mlp("test", "main.mlp")
    assert (answer.code, "has no tests" in answer.out) == (0, True)


def test_what_is_wrong_in_a_file_is_said_first(mlp: Mlp, write: Write) -> None:
    write(MAIN, 'test "wrong" for trian { }\n')
    answer = mlp("test", "main.mlp", "--format", "json")
    assert answer.code == 1
    found = [d["code"] for d in answer.json["diagnostics"] if d["severity"] == "error"]
    assert found == ["MLP0201"]


def test_a_file_that_a_test_names_is_missing(mlp: Mlp, write: Write) -> None:
    write(
        'test "gone" for fit {\n  given rows = dataset("no.csv")\n  given rate = 0.1\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 1
    assert "MLP0506" in answer.out


HOSTILE = 'a < b & "c" ]]> \\u{1} \\u{ffff} ü 😀'


def test_the_report_for_ci_is_well_formed_whatever_tests_are_called(mlp: Mlp, write: Write) -> None:
    title = HOSTILE.replace('"', '\\"')
    write(
        f'test "{title}" for plus {{\n  given n = 0\n  expect m == 1\n}}\n'
        f'test "2 {title}" for plus {{\n  given n = 1\n  expect m == 5\n}}\n'
    )
    answer = mlp("test", "main.mlp", "--junit", "report.xml")
    assert answer.code == 1
    root = ET.fromstring((write.folder / "report.xml").read_bytes())
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    first, second = root.iter("testcase")
    assert first.get("name", "").startswith('a < b & "c" ]]> ')
    assert "😀" in first.get("name", "")
    assert first.find("failure") is None
    failure = second.find("failure")
    assert failure is not None
    assert failure.get("type") == "MLP0723"
    assert "does not hold" in (failure.text or "")
    assert mlp("test", "main.mlp", "--junit", "no/such/folder.xml").code == 2


def test_a_folder_is_given_for_a_dir(mlp: Mlp, write: Write) -> None:
    (write.folder / "small").mkdir()
    (write.folder / "small" / "a.bin").write_bytes(b"a")
    write(
        'step embed(n: Int) -> (vectors: Dir) { run shell "exit 1" }\n'
        "step counted(vectors: Dir, old: Dir, rows: Dataset) -> (n: Int) {\n"
        '  run shell "ls $vectors $old $rows | grep -c a.bin > $n"\n}\n'
        'pipeline search(old: Dir = file("small"), rows: Dataset = dataset("small")) {\n'
        "  e = embed(n = 1)\n"
        "  c = counted(vectors = e.vectors, old = old, rows = rows)\n"
        "  output n = c.n\n}\n"
        'test "folder" for search {\n'
        '  stub e = { vectors = file("small") }\n'
        "  expect n == 3\n}\n"
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 0, answer.out + answer.err


def test_a_step_in_a_loop_without_a_stub_is_one_mistake(mlp: Mlp, write: Write) -> None:
    write(
        'step echo(k: Int) -> (said: Int) { run shell "echo $k > $said" }\n'
        "pipeline p() {\n  all = for k in [1, 2, 3] {\n    e = echo(k = k)\n    yield e.said\n  }\n"
        "  output all = all\n}\n",
        'test "none" for p {\n  expect all == [1, 2, 3]\n}\n',
    )
    answer = mlp("test", "main.mlp", "--stubbed", "--format", "json")
    assert answer.code == 1
    (test,) = answer.json["tests"]
    assert [failure["code"] for failure in test["failures"]] == ["MLP0722"]


def test_a_traceback_stays_as_it_is(mlp: Mlp, write: Write, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "def go() -> int:\n    raise ValueError('boom x')\n", "utf-8"
    )
    write(
        'step go() -> (n: Int) { run python "broken:go" }\n'
        "pipeline p() {\n  e = go()\n  output n = e.n\n}\n",
        'test "it" for p {\n  expect n == 1\n}\n',
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 1
    lines = [line.strip() for line in answer.out.splitlines()]
    assert lines.count("= note: `e` failed: ValueError: boom x") == 1
    assert "Traceback (most recent call last):" in lines
    assert "raise ValueError('boom x')" in lines
    assert answer.out.count("ValueError: boom x") == 1
