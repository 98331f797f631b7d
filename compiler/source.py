"""Source text and places in it: files, spans, and line and column arithmetic."""

from __future__ import annotations

from bisect import bisect_right

from ..runtime.dataclass import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range `[start, end)` of code-point offsets in the file called `file`."""

    file: str
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that covers both; they must lie in one file."""
        return Span(self.file, min(self.start, other.start), max(self.end, other.end))

    @property
    def empty(self) -> bool:
        return self.start == self.end

    def at_start(self) -> Span:
        return Span(self.file, self.start, self.start)

    def at_end(self) -> Span:
        return Span(self.file, self.end, self.end)


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column, both from 1; columns count code points."""

    line: int
    column: int


def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return tuple(starts)


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text under the name that messages use for it (a path relative to the caller)."""

    name: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "line_starts", _line_starts(self.text))

    def position(self, offset: int) -> Position:
        """The line and column of a code-point offset (one past the last is allowed)."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """The inverse of `position`, clamped to the line's end."""
        start = self.line_starts[position.line - 1]
        return min(start + position.column - 1, start + len(self.line(position.line)))

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    @property
    def line_count(self) -> int:
        return len(self.line_starts)

    def span(self, start: int, end: int) -> Span:
        return Span(self.name, start, end)

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def trimmed(self, span: Span) -> Span:
        """`span` without the white space at its ends."""
        text = self.slice(span)
        left = len(text) - len(text.lstrip())
        right = len(text) - len(text.rstrip())
        if left == len(text):
            return span
        return Span(span.file, span.start + left, span.end - right)
