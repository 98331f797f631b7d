"""Places of words that the tree does not keep."""

from __future__ import annotations

from ..source import Source, Span


def keyword_span(span: Span, word: str) -> Span:
    """The word that a statement begins with."""
    return Span(span.file, span.start, span.start + len(word))


def word_before(span: Span, word: str, source: Source) -> Span:
    """The nearest `word` before a place: the `else` of a block."""
    start = source.text.rfind(word, 0, span.start)
    return Span(span.file, start, start + len(word))
