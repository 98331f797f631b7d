"""Every code is explained, and the examples of syntax codes show exactly what they claim."""

from __future__ import annotations

import re

import pytest

from millpond.compiler.diagnostics.codes import CODES
from millpond.compiler.diagnostics.diagnostic import Report
from millpond.compiler.diagnostics.explain import explain, explanations, render_explanation
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse

SYNTAX = [code for code in CODES if "MLP0003" <= code < "MLP0200"]


def _codes(text: str) -> set[str]:
    report = Report()
    parse(Source("example.mlp", text), report)
    return {diagnostic.code for diagnostic in report}


def test_every_code_is_explained_in_order() -> None:
    assert list(explanations()) == sorted(CODES)


def test_titles_are_terse_sentences() -> None:
    for code in CODES.values():
        assert not code.title.endswith(".")
        assert code.title[0] in "`{" or code.title[0].islower() or code.title[0].isdigit()
        assert len(code.title) < 100


@pytest.mark.parametrize("code", CODES)
def test_examples_parse_unless_syntax_is_the_matter(code: str) -> None:
    found = explain(code)
    assert found is not None
    assert found.text.endswith(".")
    if found.right is not None:
        assert _codes(found.right) == set()
    if found.wrong is not None:
        assert _codes(found.wrong) == ({code} if code in SYNTAX else set())


def test_an_explanation_is_printed_with_both_files() -> None:
    found = explain("mlp0103")
    assert found is not None
    text = render_explanation(found)
    assert text.startswith("error[MLP0103]: use `=` to give a {setting} its value\n\n")
    assert "\nWrong:\n\n  edition 2026\n" in text
    assert "\nRight:\n\n  edition 2026\n" in text
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r" +$", text, re.MULTILINE)


def test_an_unknown_code_has_no_explanation() -> None:
    assert explain("MLP9999") is None
