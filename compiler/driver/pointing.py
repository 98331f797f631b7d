"""Where the change that a reason speaks of stands: in the program, in Python, in a lock."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from ..difference.values import Written
from ..manifest import MANIFEST
from ..reasons import Reason
from ..source import Source, Span
from .choose import program_of
from .front import Checked
from .written import arguments_of


class Pointer:
    """Finds places; `sources` has the text of every file that was pointed into."""

    def __init__(self, checked: Checked) -> None:
        self._checked = checked
        self.sources: dict[str, Source] = dict(checked.sources)

    def of(self, reason: Reason) -> Span | None:
        """The place of a change, else what the program says of what changed."""
        span = self._of(reason)
        if reason.call is None or span is None or span not in (reason.span, reason.call):
            return span
        written = self._arguments.get(reason.call, {}).get(reason.input or "")
        return span if written is None else written.span

    def _of(self, reason: Reason) -> Span | None:
        kind, _, name = reason.part.partition(".")
        if kind == "body" and name in self._symbols:
            path, line = self._symbols[name]
            return self._line(path, line) or reason.span
        if reason.file is not None:
            project = self._checked.project
            root = project.root if reason.file == MANIFEST else project.folder
            return self._quoted(root / reason.file, reason.quote) or reason.span
        if reason.quote is not None and reason.span is not None:
            return self._within(reason.span, reason.quote) or reason.span
        return reason.span

    def place(self, reason: Reason) -> str | None:
        """The place of a change as `file:line:column`."""
        span = self.of(reason)
        if span is None or span.file not in self.sources:
            return None
        position = self.sources[span.file].position(span.start)
        return f"{span.file}:{position.line}:{position.column}"

    @cached_property
    def _arguments(self) -> dict[Span, dict[str, Written]]:
        """What every call writes."""
        return arguments_of(self._checked)

    @cached_property
    def _symbols(self) -> dict[str, tuple[Path, int]]:
        """Where the symbols of Python bodies and notebooks stand, by their labels."""
        found: dict[str, tuple[Path, int]] = {}
        for module in program_of(self._checked).modules.values():
            for step in module.steps.values():
                code = getattr(step.source, "code", None)
                for symbol in () if code is None else code.symbols:
                    found.setdefault(symbol.label, (symbol.path, symbol.line))
        return found

    def _source(self, path: Path) -> Source | None:
        here = os.path.relpath(path)
        name = self._checked.project.within(path) if here.startswith("..") else here
        if name not in self.sources:
            try:
                self.sources[name] = Source(name, path.read_text("utf-8"))
            except (OSError, UnicodeDecodeError):
                return None
        return self.sources[name]

    def _line(self, path: Path, line: int) -> Span | None:
        source = self._source(path)
        if source is None or line > source.line_count:
            return None
        start = source.line_starts[line - 1]
        return source.trimmed(source.span(start, start + len(source.line(line))))

    def _quoted(self, path: Path, quote: str | None) -> Span | None:
        """The first line of a file that reads so, or else begins so, or holds it in quotes."""
        source = self._source(path) if quote is not None else None
        if source is None or quote is None:
            return None
        lines = [source.line(number).strip() for number in range(1, source.line_count + 1)]
        whole, begins, holds = [], [], []
        for number, line in enumerate(lines, 1):
            if line == quote:
                whole.append(number)
            elif line.startswith(quote) and not line[len(quote)].isalnum():
                begins.append(number)
            elif f'"{quote}"' in line:
                holds.append(number)
        found = [*whole, *begins, *holds]
        return self._line(path, found[0]) if found else None

    def _within(self, span: Span, quote: str) -> Span | None:
        """Where a line stands in what a span covers."""
        source = self.sources[span.file]
        at = source.text.find(quote, span.start)
        return None if at < 0 else source.span(at, at + len(quote))
