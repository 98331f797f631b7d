"""Messages end in a way out: the fix or the help of mistakes that newcomers make."""

from __future__ import annotations

import pytest
from check.test_literate import diagnose

from millpond.compiler.diagnostics.fix import apply_edits

BASE = """edition 2026
step fit(rows: Dataset, rounds: Int = 1, note: File? = none) -> (model: Model) {
  run python "f:fit"
  timeout = 15m
}
pipeline p(rows: Dataset, day: Date = 2026-01-01, low: Float = 0.5, yes: Bool = false) {
  m = fit(rows = rows, rounds = 10)
  expect yes and low > 0.1 else fail f"{low} on {day}"
  output model = m.model
}
"""
FIXED = [
    ("rounds = 10", "rounds == 10", "rounds = 10"),
    ("rounds = 10", "rounds = 10.0", "rounds = 10"),
    ("rounds = 10", 'rounds = "10"', "rounds = 10"),
    ("yes: Bool = false", "yes: Bool = False", "yes: Bool = false"),
    ("yes: Bool = false", 'yes: Bool = "True"', "yes: Bool = true"),
    ("note: File? = none", "note: File? = None", "note: File? = none"),
    ("note: File? = none", 'note: File? = "uv.lock"', 'note: File? = file("uv.lock")'),
    ("Date = 2026-01-01", 'Date = "2026-01-01"', "Date = 2026-01-01"),
    ("Float = 0.5", 'Float = "50%"', "Float = 50%"),
    ("timeout = 15m", 'timeout = "15m"', "timeout = 15m"),
    ("timeout = 15m", "retries = 3", "retry { attempts = 3 }"),
    ("timeout = 15m", "retry = 3", "retry { attempts = 3 }"),
    ("timeout = 15m", "cpu = 2", "resources { cpu = 2 }"),
    ("timeout = 15m", "resources { mem = 2GB }", "resources { memory = 2GB }"),
    ("timeout = 15m", 'env_vars { A = "b" }', 'env { A = "b" }'),
    ("timeout = 15m", 'environment { requirements = "uv.lock" }', 'file("uv.lock")'),
    ("run python", "run py", "run python"),
    ("rounds: Int", "rounds: list[Int]", "rounds: List[Int]"),
    ("File? = none", "Optional[File] = none", "note: File? = none"),
    ("File? = none", "File | None = none", "note: File? = none"),
    ("rounds = 10)", "rounds = 10) with (retry = 3)", "with (retry = { attempts = 3 })"),
    ("rounds = 10)", "rounds = 10) with (retries = 3)", "with (retry = { attempts = 3 })"),
    ("rounds = 10)", "rounds = 10) with (retry = { on = [oom] })", 'on = ["oom"]'),
    ("timeout = 15m", "retry { on = [failure] }", 'retry { on = ["failure"] }'),
]


@pytest.mark.parametrize(("right", "wrong", "mended"), FIXED, ids=[wrong for _, wrong, _ in FIXED])
def test_the_fix_writes_what_was_meant(right: str, wrong: str, mended: str) -> None:
    text = BASE.replace(right, wrong)
    assert text != BASE
    first = diagnose(text, None)[0]
    assert mended in apply_edits(text, first.fixes[0].edits)


HELPED = [
    ("  output model", "  print(low)\n  output model", "`output name = …` hands a value out"),
    ("rounds = 10)", "rounds = 10, depends_on = rows)", "`fit(…) after x`"),
    ("timeout = 15m", 'command = "ls"', "what a step runs is its `run` line"),
    ("on {day}", "on {day + 1}", "`1d` for days"),
    ("low > 0.1", "now() > day", "`run.day` is the day that the run is for"),
    ("low > 0.1", "[1, 2].length > 1", "`len([1, 2])`"),
    ("rounds = 10)", "rounds = 10 % 3)", "remainders are computed in steps"),
    ("rounds = 10)", "rounds = 10 // 3)", "`round(a / b)` makes an Int of it"),
    ("Date = 2026-01-01", "Date = 01/01/2026", "a Date is written `2026-01-31`"),
    ("timeout = 15m", "environment { python = 3.12 }", 'write it in quotes: `"3.12"`'),
]


@pytest.mark.parametrize(("right", "wrong", "words"), HELPED)
def test_the_help_says_what_to_do(right: str, wrong: str, words: str) -> None:
    found = diagnose(BASE.replace(right, wrong), None)
    assert any(words in text for diagnostic in found for text in diagnostic.help)


def test_words_want_quotes_where_settings_want_no_sign() -> None:
    signed, bare = diagnose(BASE.replace("timeout = 15m", "retry = { on = [oom] }"), None)
    assert (signed.code, signed.fixes[0].title) == ("MLP0301", "drop the `=`")
    assert (bare.code, bare.fixes[0].title) == ("MLP0201", 'write `"oom"`')


def test_one_mistake_where_slashes_divide() -> None:
    for wrong in ("rounds = (9 // 3))", "rounds = 9 // 3)", "rounds = 9 // (1 + 2))"):
        (found,) = diagnose(BASE.replace("rounds = 10)", wrong), None)
        assert found.code == "MLP0003"
    (found,) = diagnose(BASE.replace("timeout = 15m", "timeout = 15m // see below"), None)
    assert found.code == "MLP0006"
    (found,) = diagnose(BASE.replace("timeout = 15m", "timeout = 15m  // 3 times as long"), None)
    assert found.code == "MLP0006"


def test_scheduled_runs_go_one_at_a_time_and_nothing_else_can_be_asked_for() -> None:
    head = "yes: Bool = false) {"
    text = BASE.replace(head, 'yes: Bool = false) with (concurrency = "skip") {')
    assert diagnose(text, None) == []
    (found,) = diagnose(text.replace('"skip"', '"replace"'), None)
    assert found.message == '`concurrency` must be `"skip"`'
    assert "one at a time" in found.help[0]
    (found,) = diagnose(text.replace('"skip"', "1"), None)
    assert "one at a time" in found.help[0]


def test_a_test_sees_the_outputs_of_its_subject_under_their_own_names() -> None:
    text = (
        "edition 2026\n"
        'step add(a: Int) -> (y: Int, z: Int) { run python "f:add" }\n'
        'test "adds" for add {\n  given a = 1\n  expect add.y == 1\n}\n'
    )
    (found,) = [d for d in diagnose(text, None) if d.code == "MLP0214"]
    assert found.help == ("in its test, the outputs of a step go by their own names: `y`, `z`",)
