"""`mlp why`: what decides over one node, shown where it stands, and never a hash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli.conftest import Answer, Mlp

HASH = re.compile(r"\b[0-9a-f]{16,}\b")

DAYS = """\
edition 2026

step measure(day: Date, scale: Int) -> (v: Int) { run shell "echo $((scale + 1)) > $v" }
step double(v: Int) -> (w: Int) { run shell "echo $((v * 2)) > $w" }

pipeline main(to: Date = 2026-11-03, scale: Int = 1) {
  daily = partition by day(from = 2026-11-01, to = to) as day {
    measured = measure(day = day.start, scale = scale)
    doubled = double(v = measured.v)
    yield doubled.w
  }
  output all = all(daily)
}
"""
WORLD = """\
edition 2026

step peek() -> (v: Int) { run shell "echo 1 > $v" cache = false }
step tell(v: Int) -> (w: Int) { run shell "echo $v > $w" effects = true }
step keep(v: Int) -> (w: Int) { run shell "echo $v > $w" }

pipeline main(open: Bool = true) {
  seen = peek()
  kept = keep(v = seen.v)
  same = keep(v = 7)
  expect open else stop "closed"
  told = tell(v = kept.w)
}
"""


def why(mlp: Mlp, *words: str) -> Answer:
    answer = mlp("why", *words)
    assert answer.code == 0, answer.err
    assert not HASH.search(answer.out), answer.out
    return answer


def root(answer: Answer) -> dict[str, object]:
    found = answer.json["chain"][-1]
    assert isinstance(found, dict)
    return found


def test_a_changed_function_is_shown_where_it_stands(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    code = hello.parent / "hello.py"
    code.write_text(code.read_text("utf-8").replace("Hello", "Good day"), "utf-8")
    lines = why(mlp, "hello.mlp", "hi").out.splitlines()
    assert lines[:5] == [
        "`hi` runs: `hello.py:greet` changed",
        " --> hello.py:1:1",
        "  |",
        "1 | def greet(name: str, excited: bool) -> str:",
        "  | " + "^" * len("def greet(name: str, excited: bool) -> str:"),
    ]
    assert lines[-1].startswith("  compared with its last result, made by run 2")


def test_a_chain_leads_to_what_a_person_did(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    answer = why(mlp, "hello.mlp", "length", "name=anna")
    assert answer.out.splitlines()[:2] == [
        "`length` depends: waits for `hi`, which may come out the same",
        "  because `hi` runs: `name` changed from world to anna",
    ]
    found = why(mlp, "hello.mlp", "length", "name=anna", "--format", "json")
    assert [link["node"] for link in found.json["chain"]] == ["length", "hi"]
    [reason] = found.json["chain"][-1]["reasons"]
    assert (reason["part"], reason["was"], reason["now"]) == ("arguments.name", "world", "anna")
    assert reason["span"]["file"] == "hello.mlp"


def test_a_hit_tells_who_made_it(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    [run] = mlp("runs", "--format", "json").json["runs"]
    answer = why(mlp, "hello.mlp", "hi")
    assert answer.out.startswith(f"`hi` is a hit: made by run {run['run']} here at ")
    found = why(mlp, "hello.mlp", "hi", "--format", "json").json
    assert (found["state"], found["compared"]["run"]) == ("hit", run["run"])


def test_a_script_is_told_by_its_line(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    hello.write_text(hello.read_text("utf-8").replace("wc -w", "wc -c"), "utf-8")
    [reason] = root(why(mlp, "hello.mlp", "length", "--format", "json"))["reasons"]  # type: ignore[misc]
    assert reason["text"] == "the shell body of `count` changed"
    assert reason["was"] == "echo $message | wc -w > $words"
    assert reason["now"] == "echo $message | wc -c > $words"
    assert reason["at"]["start"]["line"] == 8


def test_a_partition_is_asked_for_by_its_key(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "days.mlp").write_text(DAYS, "utf-8")
    mlp("run", "days.mlp", "to=2026-11-02")
    answer = why(mlp, "days.mlp", "doubled[2026-11-03]")
    assert answer.out.startswith("`daily[2026-11-03].doubled` ")
    assert "because `daily[2026-11-03].measured` runs: " in answer.out
    answer = why(mlp, "days.mlp", "daily.measured")
    assert answer.out.splitlines()[0] == "3 copies: 2 hit, 1 run: 2026-11-03; of these"
    assert why(mlp, "days.mlp", "measured[2026-11-01]").out.count(" is a hit: made by run ") == 1
    answer = mlp("why", "days.mlp", "measured[2026-12-03]")
    assert answer.code == 2
    assert (
        "it goes from 2026-11-01 to 2026-11-03; did you mean `measured[2026-11-03]`?" in answer.err
    )


def test_a_node_that_never_ran_is_compared_with_the_nearest_of_its_step(
    mlp: Mlp, hello: Path
) -> None:
    mlp("run", "hello.mlp")
    text = hello.read_text("utf-8").replace("hi = greet(name = name)", 'hey = greet(name = "eve")')
    hello.write_text(text.replace("hi.message", "hey.message"), "utf-8")
    answer = why(mlp, "hello.mlp", "hey")
    assert answer.out.startswith("`hey` runs: `name` changed from world to eve\n")
    assert "compared with its last result as `hi`, made by run " in answer.out
    assert "never run" not in answer.out
    text = hello.read_text("utf-8").replace(
        "  output message", '  ho = greet(name = "bob")\n\n  output message'
    )
    hello.write_text(text.replace("hey", "hi").replace('"eve"', "name"), "utf-8")
    answer = why(mlp, "hello.mlp", "ho")
    assert answer.out.startswith("`ho` runs: has never run here\n  --> hello.mlp:15:8\n")
    assert "  the nearest result of its step is of `hi` of `hello`, made by run " in answer.out
    assert answer.out.endswith("  unlike that: `name` is bob, not world\n")


def test_a_result_of_another_machine(mlp: Mlp, hello: Path) -> None:
    shared = hello.parent / "shared"
    (hello.parent / "mlp.toml").write_text(f'[store]\nurl = "file://{shared}"\n', "utf-8")
    mlp("run", "hello.mlp")
    (hello.parent / ".millpond").rename(hello.parent / "elsewhere")
    answer = why(mlp, "hello.mlp", "hi", "name=anna")
    assert answer.out.startswith("`hi` runs: `name` changed from world to anna\n")
    assert "  also: has never run here" in answer.out
    assert "compared with the nearest result in the store, made on " in answer.out
    assert why(mlp, "hello.mlp", "hi").out.startswith("`hi` is a hit: made on ")


def test_what_answers_no_other_run(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "world.mlp").write_text(WORLD, "utf-8")
    mlp("run", "world.mlp")
    assert why(mlp, "world.mlp", "seen").out.startswith(
        "`seen` runs: it reads the world outside (`cache = false`)\n --> world.mlp:3:"
    )
    assert "because `seen` runs" in why(mlp, "world.mlp", "kept").out
    assert why(mlp, "world.mlp", "same").out.startswith("`same` is a hit: ")
    assert why(mlp, "world.mlp", "told", "open=false").out.splitlines()[:3] == [
        "`told` is skipped: it stands behind `expect_1`: `expect open` does not hold, so nothing "
        "behind it runs",
        "  --> world.mlp:11:3",
        "   |",
    ]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("hii", "there is no node called `hii`; did you mean `hi`?"),
        ("zzzzzz", "there is no node called `zzzzzz`; the steps are `hi`, `length`"),
        ("hi[3]", "`hi` stands in no block that has branches or partitions; ask for `hi`"),
        ("name", "`name` is a parameter, and only nodes run or are hits"),
        ("greet", "`greet` is a step; its calls here are `hi`"),
        ("name=x", "name the node before `name=x`"),
    ],
)
def test_a_node_that_is_not_there(mlp: Mlp, hello: Path, word: str, text: str) -> None:
    answer = mlp("why", "hello.mlp", word)
    assert answer.code == 2
    assert answer.err == f"mlp why: {text}\n"


def installed(site: Path, name: str, version: str, *needs: str) -> None:
    place = site / f"{name}.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    said = (f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in needs))
    (place / "METADATA").write_text("\n".join(said), "utf-8")
    (place / "RECORD").write_text(f"{name}/__init__.py,,\n", "utf-8")


def test_a_package_that_another_one_needs(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = hello.parent.parent / "site-packages"
    installed(site, "frames", "2.2.3", "arrays>=1; python_version >= '3'")
    installed(site, "arrays", "1.26.4")
    monkeypatch.syspath_prepend(str(site))
    code = hello.parent / "hello.py"
    rare = "    if name == 'nobody':\n        import frames\n"
    code.write_text(
        code.read_text("utf-8").replace(") -> str:\n", f") -> str:\n{rare}", 1), "utf-8"
    )
    mlp("run", "hello.mlp")
    assert "`hi` is a hit" in why(mlp, "hello.mlp", "hi").out
    installed(site, "arrays", "2.0.1")
    text = "`arrays` changed from 1.26.4 to 2.0.1, which `frames` needs"
    assert why(mlp, "hello.mlp", "hi").out.startswith(f"`hi` runs: {text}\n")
    assert text in mlp("plan", "hello.mlp").out
    reason = root(why(mlp, "hello.mlp", "hi", "--format", "json"))["reasons"]
    assert isinstance(reason, list)
    assert reason[0]["part"] == "environment.packages.arrays"
    installed(site, "arrays", "1.26.4")
    assert "`hi` is a hit" in why(mlp, "hello.mlp", "hi").out


def test_a_name_that_means_several_nodes_lists_them(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "calls.mlp").write_text(CALLS, "utf-8")
    words = ("calls.mlp", "--pipeline", "main")
    mlp("run", *words)
    answer = why(mlp, words[0], "made", *words[1:], "n=2")
    assert answer.out.splitlines()[0] == "several: `one.made` (run), `two.made` (hit)"
    assert mlp("why", words[0], "one", *words[1:]).err == (
        "mlp why: `one` is a pipeline that is called here; its nodes are `one.made`\n"
    )
    plan = mlp("plan", *words, "n=2").out
    assert plan.splitlines()[-1] == "next: mlp run calls.mlp --pipeline main n=2"


CALLS = """\
edition 2026

step make(n: Int) -> (m: Int) { run shell "echo $n > $m" }

pipeline inner(n: Int) {
  made = make(n = n)
  output m = made.m
}

pipeline main(n: Int = 1) {
  one = inner(n = n)
  two = inner(n = 7)
  output m = one.m + two.m
}
"""


def test_the_partitions_of_a_block_that_was_renamed_have_their_past(
    mlp: Mlp, tmp_path: Path
) -> None:
    file = tmp_path / "days.mlp"
    file.write_text(DAYS, "utf-8")
    mlp("run", "days.mlp")
    file.write_text(DAYS.replace("daily", "by_day"), "utf-8")
    plan = mlp("plan", "days.mlp", "scale=2").out
    assert (
        "by_day.measured  3 run (`scale` changed from 1 to 2; ran as `daily.measured` before)"
        in plan
    )
    answer = why(mlp, "days.mlp", "measured[2026-11-02]", "scale=2")
    assert "compared with its last result as `daily[2026-11-02].measured`, made by" in answer.out


def test_files_that_were_equal_keep_their_own_names(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "equal.mlp").write_text(EQUAL, "utf-8")
    for day in ("01", "02"):
        (tmp_path / f"2026-11-{day}.csv").write_text("n\n", "utf-8")
    mlp("run", "equal.mlp")
    (tmp_path / "2026-11-02.csv").write_text("n\n1\n", "utf-8")
    first, last = (why(mlp, "equal.mlp", f"read[2026-11-{day}]").out for day in ("01", "02"))
    assert first.startswith("`daily[2026-11-01].read` is a hit")
    assert last.splitlines()[0] == (
        "`daily[2026-11-02].read` runs: `2026-11-02.csv` changed (4 B, was 2 B)"
    )


EQUAL = """\
edition 2026

step count(rows: Dataset) -> (n: Int) { run shell "wc -l < $rows > $n" }

pipeline main() {
  daily = partition by day(from = 2026-11-01, to = 2026-11-02) as day {
    read = count(rows = dataset(f"{day.key}.csv"))
    yield read.n
  }
  output n = all(daily)
}
"""
