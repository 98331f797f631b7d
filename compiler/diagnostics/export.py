"""Diagnostics as plain data for machines: the objects of `mlp check --format json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from ..source import Source, Span
from .diagnostic import Diagnostic, Fix


class PlaceJson(TypedDict):
    line: int
    column: int


class SpanJson(TypedDict):
    start: PlaceJson
    end: PlaceJson


class LabelJson(TypedDict, total=False):
    """`file` stands only where it is not the diagnostic's own."""

    span: SpanJson | None
    text: str
    file: str


class EditJson(TypedDict, total=False):
    span: SpanJson | None
    text: str
    file: str


class FixJson(TypedDict):
    title: str
    safe: bool
    edits: list[EditJson]


class DiagnosticJson(TypedDict):
    code: str
    severity: str
    message: str
    file: str | None
    span: SpanJson | None
    labels: list[LabelJson]
    notes: list[str]
    help: list[str]
    fixes: list[FixJson]


def _place(source: Source, offset: int) -> PlaceJson:
    position = source.position(offset)
    return {"line": position.line, "column": position.column}


def _span(span: Span | None, sources: Mapping[str, Source]) -> SpanJson | None:
    if span is None or span.file not in sources:
        return None
    source = sources[span.file]
    return {"start": _place(source, span.start), "end": _place(source, span.end)}


def _label(span: Span, text: str, home: str | None, sources: Mapping[str, Source]) -> LabelJson:
    label: LabelJson = {"span": _span(span, sources), "text": text}
    if span.file != home:
        label["file"] = span.file
    return label


def _fix(fix: Fix, home: str | None, sources: Mapping[str, Source]) -> FixJson:
    edits: list[EditJson] = []
    for edit in fix.edits:
        row: EditJson = {"span": _span(edit.span, sources), "text": edit.text}
        if edit.span.file != home:
            row["file"] = edit.span.file
        edits.append(row)
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def diagnostic_to_json(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> DiagnosticJson:
    """One diagnostic as plain data: lines and columns from 1, columns in code points, ends
    exclusive. The words at the main span are the first label."""
    home = diagnostic.span.file if diagnostic.span else None
    labels = [_label(label.span, label.text, home, sources) for label in diagnostic.labels]
    if diagnostic.span and diagnostic.label:
        labels.insert(0, _label(diagnostic.span, diagnostic.label, home, sources))
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": home,
        "span": _span(diagnostic.span, sources),
        "labels": labels,
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "fixes": [_fix(fix, home, sources) for fix in diagnostic.fixes],
    }
