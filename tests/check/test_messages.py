"""The messages that the design shows in full: every label, note, help and fix of them."""

from __future__ import annotations

from check.test_literate import diagnose

from millpond.compiler.diagnostics.diagnostic import Diagnostic
from millpond.compiler.source import Source, Span

COLUMNS = """edition 2026

schema Flights {
  carrier: String
  dep_delay: Float?
}
schema Features { carrier: String dep_delay: Float hour: Int }
step clean(day: Date) -> (rows: Dataset[Flights]) { run python "f:clean" }
step fit(data: Dataset[Features]) -> (model: Model) { run python "f:fit" }
step find() -> (metrics: Metrics[Quality]?) { run python "f:find" }
schema Quality { auc: Float }

pipeline p(day: Date) {
  cleaned = clean(day = day)
  fitted = fit(data = cleaned.rows)
  output model = fitted.modle
  champion = find()
  output auc = champion.metrics.auc + 0.002
}
"""


def only(code: str) -> Diagnostic:
    found = [d for d in diagnose(COLUMNS, None) if d.code == code]
    assert len(found) == 1
    return found[0]


def text(span: Span | None) -> str:
    assert span is not None
    return Source("test.mlp", COLUMNS).slice(span)


def test_columns_are_compared_one_by_one() -> None:
    diagnostic = only("MLP0302")
    assert text(diagnostic.span) == "cleaned.rows"
    assert diagnostic.label == "Dataset[Flights] given, Dataset[Features] wanted"
    assert [(text(label.span), label.text) for label in diagnostic.labels] == [
        ("Dataset[Flights]", "`cleaned.rows` holds Flights"),
        ("Dataset[Features]", "`data` must hold Features"),
    ]
    assert diagnostic.notes == (
        "column by column:   carrier    String   ok",
        "                    dep_delay  Float?   may be empty, but Features wants Float",
        "                    hour       Int      missing",
    )
    assert diagnostic.help == (
        "put a step that returns Dataset[Features] between `clean` and `fit`",
    )


def test_a_wrong_output_shows_the_step_and_its_outputs() -> None:
    diagnostic = only("MLP0204")
    assert text(diagnostic.span) == "modle"
    assert diagnostic.label == "did you mean `model`?"
    assert [(text(label.span), label.text) for label in diagnostic.labels] == [
        ("fitted", "`fitted` runs the step `fit`")
    ]
    assert diagnostic.notes == ("the step `fit` (test.mlp:9) has one output: `model: Model`",)
    assert [(fix.title, fix.safe) for fix in diagnostic.fixes] == [("rename it to `model`", True)]


def test_a_missing_value_comes_with_a_line_to_paste() -> None:
    diagnostic = only("MLP0305")
    assert diagnostic.message == "`champion.metrics` may be missing"
    assert text(diagnostic.span) == "champion.metrics.auc"
    (fix,) = diagnostic.fixes
    assert fix.title == "fall back to 0.0"
    assert not fix.safe
    assert fix.edits[0].text == "(champion.metrics?.auc ?? 0.0)"
