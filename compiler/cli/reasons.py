"""Reasons as `plan` and `why` print them for machines."""

from __future__ import annotations

from collections.abc import Mapping

from ..driver.pointing import Pointer
from ..reasons import Reason
from ..source import Source, Span


def reason_to_json(reason: Reason, pointer: Pointer) -> dict[str, object]:
    """`span` is what the program says of it, `at` where the change itself stands."""
    return {
        "part": reason.part,
        "was": reason.was,
        "now": reason.now,
        "span": _span(reason.span, pointer.sources),
        "at": _span(pointer.of(reason), pointer.sources),
        "text": reason.text,
    }


def _span(span: Span | None, sources: Mapping[str, Source]) -> dict[str, object] | None:
    if span is None or span.file not in sources:
        return None
    source = sources[span.file]
    start, end = source.position(span.start), source.position(span.end)
    return {
        "file": source.name,
        "start": {"line": start.line, "column": start.column},
        "end": {"line": end.line, "column": end.column},
    }
