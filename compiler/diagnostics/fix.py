"""Carries out the edits of fixes on a file's text."""

from __future__ import annotations

from collections.abc import Iterable

from ..source import Source
from .diagnostic import Edit, Fix


def _collide(one: Edit, other: Edit) -> bool:
    if one.span.empty or other.span.empty:
        point, range_ = (one.span, other.span) if one.span.empty else (other.span, one.span)
        return range_.start < point.start < range_.end
    return one.span.start < other.span.end and other.span.start < one.span.end


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` after edits that do not overlap; insertions at one place keep their order."""
    ordered = sorted(enumerate(edits), key=lambda item: (item[1].span.start, item[0]))
    for _, edit in reversed(ordered):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def apply_fixes(source: Source, fixes: Iterable[Fix]) -> str:
    """The text of `source` after its fixes; one that overlaps an earlier one is left out whole."""
    chosen: list[Edit] = []
    for fix in fixes:
        edits = [edit for edit in fix.edits if edit.span.file == source.name]
        fresh = [edit for edit in edits if edit not in chosen]
        if not any(_collide(edit, taken) for edit in fresh for taken in chosen):
            chosen.extend(fresh)
    return apply_edits(source.text, chosen)
