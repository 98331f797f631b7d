"""Whatever the text: no crash, no long wait, a diagnostic for every mistake, spans in the file."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syntax import lark_parser
from syntax.programs import derived, edited

from millpond.compiler.diagnostics.diagnostic import Diagnostic, Report, Severity
from millpond.compiler.diagnostics.export import diagnostic_to_json
from millpond.compiler.diagnostics.fix import apply_fixes
from millpond.compiler.diagnostics.render import render, render_short
from millpond.compiler.source import Source, Span
from millpond.compiler.syntax import ast
from millpond.compiler.syntax.chunks import chunks
from millpond.compiler.syntax.parse import parse
from millpond.compiler.syntax.tokens import scan
from millpond.compiler.syntax.walk import nodes

_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_SECONDS = 2.0


def _read(text: str) -> tuple[ast.File, list[Diagnostic]]:
    source, report = Source("t.mlp", text), Report()
    started = time.perf_counter()
    file = parse(source, report)
    assert time.perf_counter() - started < _SECONDS
    for diagnostic in report:
        for span in _spans(diagnostic):
            assert 0 <= span.start <= span.end <= len(text)
        render(diagnostic, {"t.mlp": source})
        render_short(diagnostic, {"t.mlp": source})
        diagnostic_to_json(diagnostic, {"t.mlp": source})
        apply_fixes(source, diagnostic.fixes)
    for node in nodes(file):
        assert 0 <= node.span.start <= node.span.end <= len(text)
    return file, list(report)


def _spans(diagnostic: Diagnostic) -> list[Span]:
    spans = [diagnostic.span] if diagnostic.span else []
    spans += [label.span for label in diagnostic.labels]
    return spans + [edit.span for fix in diagnostic.fixes for edit in fix.edits]


@_SLOW
@given(text=edited())
def test_edited_files(text: str) -> None:
    _file, diagnostics = _read(text)
    if lark_parser.tree(text) is None:
        assert any(d.severity is Severity.ERROR for d in diagnostics)


@_SLOW
@given(text=derived())
def test_derived_programs_parse_and_lose_nothing(text: str) -> None:
    file, diagnostics = _read(text)
    assert not file.broken
    assert {d.code for d in diagnostics} <= {"MLP0005", "MLP0007", "MLP0110"}


@_SLOW
@given(text=st.text(max_size=200))
def test_any_text(text: str) -> None:
    _read(text)


@_SLOW
@given(text=derived())
def test_chunks_together_are_the_whole(text: str) -> None:
    tokens = scan(Source("t.mlp", text))
    ranges = list(chunks(tokens))
    assert [first for first, _ in ranges] == [0, *(last for _, last in ranges[:-1])][: len(ranges)]
    assert not ranges or ranges[-1][1] == len(tokens.kinds) - 1


@_SLOW
@given(text=derived())
def test_each_chunk_of_a_healthy_file_is_one_declaration(text: str) -> None:
    source = Source("t.mlp", text)
    whole = parse(source, Report())
    parts = []
    tokens = scan(source)
    for first, last in chunks(tokens):
        start, end = tokens.starts[first], tokens.ends[last - 1]
        # Blanks keep every declaration where it stands in the whole.
        alone = " " * start + text[start:end] + "\n"
        part = parse(Source("t.mlp", alone), Report())
        parts.append((part.edition, part.declarations))
    assert [e for e, _ in parts if e] == ([whole.edition] if whole.edition else [])
    assert tuple(d for _, ds in parts for d in ds) == whole.declarations
