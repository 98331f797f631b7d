"""Diagnostics as JSON hold what the command line's contract promises."""

from __future__ import annotations

import json

from millpond.compiler.diagnostics.diagnostic import Edit, Fix, Label, error
from millpond.compiler.diagnostics.export import diagnostic_to_json
from millpond.compiler.source import Source, Span


def test_every_key_of_the_contract() -> None:
    source = Source("a.mlp", "é = 1\nx = y\n")
    other = Source("b.mlp", "y = 1\n")
    place = Span("a.mlp", 10, 11)
    diagnostic = error(
        "MLP0201",
        "nothing here is called `y`",
        place,
        "here",
        labels=[Label(Span("b.mlp", 0, 1), "there")],
        notes=["note"],
        help=["help"],
        fixes=[Fix("write `é`", (Edit(place, "é"),), safe=False)],
    )
    data = diagnostic_to_json(diagnostic, {"a.mlp": source, "b.mlp": other})
    span = {"start": {"line": 2, "column": 5}, "end": {"line": 2, "column": 6}}
    first = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2}}
    assert json.loads(json.dumps(data)) == {
        "code": "MLP0201",
        "severity": "error",
        "message": "nothing here is called `y`",
        "file": "a.mlp",
        "span": span,
        "labels": [
            {"span": span, "text": "here"},
            {"span": first, "text": "there", "file": "b.mlp"},
        ],
        "notes": ["note"],
        "help": ["help"],
        "fixes": [{"title": "write `é`", "safe": False, "edits": [{"span": span, "text": "é"}]}],
    }


def test_without_a_place() -> None:
    data = diagnostic_to_json(error("MLP0001", "cannot read `x`", None), {})
    assert data["file"] is None
    assert data["span"] is None
    assert data["labels"] == []
