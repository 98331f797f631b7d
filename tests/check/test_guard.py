"""A fix is called safe only where nothing new is wrong after it."""

from __future__ import annotations

import pytest
from check.test_literate import diagnose

from millpond.compiler.check import guard
from millpond.compiler.diagnostics.diagnostic import Fix
from millpond.compiler.diagnostics.fix import apply_fixes
from millpond.compiler.source import Source

STEPS = """edition 2026
step load(day: Date) -> (rows: Dataset) { run python "f:load" }
step fit(rows: Dataset, rounds: Int = 1) -> (model: Model) { run python "f:fit" }
step score(model: Model) -> (value: Float) { run python "f:score" }
"""


def fix_of(code: str, text: str) -> Fix:
    found = [d for d in diagnose(text, None) if d.code == code]
    assert len(found) == 1
    return found[0].fixes[0]


def pipeline(body: str) -> str:
    return f"{STEPS}pipeline p(day: Date, low: Float = 0.5) {{\n{body}}}\n"


def test_a_renaming_that_breaks_a_field_is_not_safe() -> None:
    body = "  scored = load(day = day)\n  output x = score.value\n  output y = scorex.value\n"
    fix = fix_of("MLP0201", pipeline(body))
    assert fix.title == "rename it to `scored`"
    assert not fix.safe
    assert fix.why == "MLP0204 comes up then"


def test_a_renaming_that_checks_is_safe() -> None:
    text = pipeline("  loaded = load(day = day)\n  output x = laoded.rows\n")
    fix = fix_of("MLP0201", text)
    assert fix.safe
    assert diagnose(apply_fixes(Source("test.mlp", text), [fix]), None)[0].code == "MLP1001"


def test_a_word_that_only_moves_the_mistake_is_not_safe() -> None:
    fix = fix_of("MLP0104", pipeline("  if low > 0.1 { output x = day }\n"))
    assert not fix.safe
    assert fix.why == "MLP0101 comes up then"


def test_a_name_for_an_output_fits_how_it_is_read() -> None:
    text = STEPS.replace("-> (model: Model)", "-> Model") + (
        "pipeline p(day: Date) {\n  loaded = load(day = day)\n"
        "  m = fit(rows = loaded.rows)\n  s = score(model = m.booster)\n}\n"
    )
    fix = fix_of("MLP0106", text)
    assert fix.title == "name it `booster`"
    assert fix.safe
    assert diagnose(apply_fixes(Source("test.mlp", text), [fix]), None) == []


def test_a_sign_put_right_stays_safe_where_it_uncovers_more() -> None:
    text = STEPS.replace('"f:fit"', "“f:fit”") + (
        "pipeline p(day: Date) {\n  a = load(day = day)\n  b = fit(rowz = a.rows)\n}\n"
    )
    assert fix_of("MLP0003", text).safe


def test_fixes_that_cannot_be_tried_are_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_WORK", 1)
    text = pipeline("  if low > 0.1 { output y = day }\n") + (
        "pipeline q(day: Date) {\n  loaded = load(day = day)\n  output x = loaded.row\n}\n"
    )
    assert fix_of("MLP0204", text).why == "not tried"


def test_a_healthy_file_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> str:
        raise AssertionError("a healthy file was checked again")

    monkeypatch.setattr(guard, "apply_fixes", never)
    text = STEPS.removeprefix("edition 2026\n") + "pipeline p(day: Date) { load(day = day) }\n"
    assert {d.code for d in diagnose(text, None)} == {"MLP1001", "MLP1020"}
