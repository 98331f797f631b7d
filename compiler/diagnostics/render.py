"""Diagnostics for people: the source with what is wrong marked, why, and the way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from ...runtime.dataclass import dataclass
from ..source import Source, Span
from .diagnostic import Diagnostic, Edit, Fix, Severity
from .fix import apply_edits
from .paint import Paint, ansi, plain, shown, width

COLUMNS = 96
LONGEST_LINE = 160
BEFORE_MARK = 60


@dataclass(frozen=True, slots=True)
class _Mark:
    """A row of carets (`^`) or dashes (`-`) under one line, with words behind it."""

    span: Span
    text: str
    sign: str


def render(diagnostic: Diagnostic, sources: Mapping[str, Source], *, color: bool = False) -> str:
    """One diagnostic as a block of lines, without a line break at its end."""
    paint = ansi if color else plain
    severity = diagnostic.severity.value
    head = paint(severity, f"{severity}[{diagnostic.code}]")
    lines = [f"{head}{paint('title', ': ' + diagnostic.message)}"]
    marks = _marks(diagnostic)
    files = list(dict.fromkeys(mark.span.file for mark in marks))
    gutter = _gutter(diagnostic, marks, sources)
    bar = paint("gutter", f"{'':{gutter}} |")
    for number, file in enumerate(files):
        here = [mark for mark in marks if mark.span.file == file]
        arrow = paint("gutter", f"{'':{gutter}}{':::' if number else '-->'}")
        if file not in sources:
            lines.append(f"{arrow} {shown(file)}")
            continue
        source = sources[file]
        place = source.position(here[0].span.start)
        lines.append(f"{arrow} {shown(file)}:{place.line}:{place.column}")
        lines.append(bar)
        lines.extend(_snippet(source, here, gutter, severity, paint))
        lines.append(bar)
    equals = f"{'':{gutter}} {paint('gutter', '=')}"
    for note in diagnostic.notes:
        name, text = ("why", note[5:]) if note.startswith("why: ") else ("note", note)
        lines.extend(_words(equals, gutter, name, text))
    for text in diagnostic.help:
        lines.extend(_words(equals, gutter, "help", text))
    for fix in diagnostic.fixes:
        lines.extend(_words(equals, gutter, "fix", f"{fix.title} ({_safety(fix)})"))
        lines.extend(_preview(fix, sources, gutter, paint))
    lines.append(f"{equals} more: mlp explain {diagnostic.code}")
    return "\n".join(lines)


def excerpt(
    span: Span, words: str, sources: Mapping[str, Source], *, color: bool = False
) -> list[str]:
    """The source at a place as a diagnostic shows it, marked, without a headline."""
    paint = ansi if color else plain
    source = sources[span.file]
    place = source.position(span.start)
    gutter = len(str(source.position(span.end).line))
    bar = paint("gutter", f"{'':{gutter}} |")
    arrow = paint("gutter", f"{'':{gutter}}-->")
    mark = _Mark(span, words, "^")
    return [
        f"{arrow} {shown(span.file)}:{place.line}:{place.column}",
        bar,
        *_snippet(source, [mark], gutter, "warning", paint),
        bar,
    ]


def render_short(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> str:
    """One diagnostic on one line: `file:line:column: severity[code] message`."""
    text = f"{diagnostic.severity.value}[{diagnostic.code}] {diagnostic.message}"
    if diagnostic.label.endswith("?"):
        text += f"; {diagnostic.label}"
    span = diagnostic.span
    if span is None or span.file not in sources:
        return text if span is None else f"{shown(span.file)}: {text}"
    place = sources[span.file].position(span.start)
    return f"{shown(span.file)}:{place.line}:{place.column}: {text}"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is nothing to count."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(
        f"{count} {severity.value}{'' if count == 1 else 's'}"
        for severity in Severity
        if (count := counts[severity])
    )


def _marks(diagnostic: Diagnostic) -> list[_Mark]:
    """The main mark first. Places that a fix changes are marked like it."""
    if diagnostic.span is None:
        return []
    edits = [edit for fix in diagnostic.fixes for edit in fix.edits]
    edited = {edit.span for edit in edits}
    inserted = {edit.span.start for edit in edits if edit.span.empty}
    return [
        _Mark(diagnostic.span, diagnostic.label, "^"),
        *(
            _Mark(
                label.span,
                label.text,
                "^" if label.span in edited or label.span.start in inserted else "-",
            )
            for label in diagnostic.labels
        ),
    ]


def _gutter(diagnostic: Diagnostic, marks: list[_Mark], sources: Mapping[str, Source]) -> int:
    spans = [mark.span for mark in marks]
    spans += [edit.span for fix in diagnostic.fixes if _previewed(fix) for edit in fix.edits]
    numbers = [
        sources[span.file].position(span.start).line for span in spans if span.file in sources
    ]
    return len(str(max(numbers, default=1)))


def _snippet(
    source: Source, marks: list[_Mark], gutter: int, severity: str, paint: Paint
) -> Iterator[str]:
    rows: dict[int, list[_Mark]] = {}
    for mark in sorted(marks, key=lambda m: (m.span.start, m.span.end)):
        rows.setdefault(source.position(mark.span.start).line, []).append(mark)
    previous: int | None = None
    for line in sorted(rows):
        if previous is not None and line == previous + 2:
            yield _source_line(source, line - 1, [], gutter, paint)
        elif previous is not None and line > previous + 2:
            yield paint("gutter", "...")
        yield _source_line(source, line, rows[line], gutter, paint)
        for mark in rows[line]:
            style = severity if mark.sign == "^" else "second"
            yield _mark_line(source, line, mark, rows[line], gutter, style, paint)
        previous = line


def _window(text: str, marks: list[_Mark], line_start: int) -> tuple[int, int]:
    """The part of a very long line to print: around its first mark."""
    if len(text) <= LONGEST_LINE:
        return 0, len(text)
    first = max(0, marks[0].span.start - line_start - BEFORE_MARK) if marks else 0
    return first, min(len(text), first + LONGEST_LINE)


def _source_line(source: Source, line: int, marks: list[_Mark], gutter: int, paint: Paint) -> str:
    text = source.line(line)
    first, last = _window(text, marks, source.line_starts[line - 1])
    cut = ("…" if first else "") + shown(text[first:last]) + ("…" if last < len(text) else "")
    return f"{paint('gutter', f'{line:>{gutter}} |')} {cut}"


def _mark_line(
    source: Source,
    line: int,
    mark: _Mark,
    marks: list[_Mark],
    gutter: int,
    style: str,
    paint: Paint,
) -> str:
    text, line_start = source.line(line), source.line_starts[line - 1]
    first, last = _window(text, marks, line_start)
    start = min(mark.span.start - line_start, last)
    end = min(last, mark.span.end - line_start)
    under = mark.sign * max(1, width(text[start:end]))
    words = f"{under} {mark.text}".rstrip()
    indent = width(text[first:start]) + (first > 0)
    bar = paint("gutter", f"{'':{gutter}} |")
    return f"{bar} {'':{indent}}{paint(style, words)}"


def _words(equals: str, gutter: int, name: str, text: str) -> list[str]:
    """`= name: text`, broken at 96 columns; further lines of the text stay as they are below."""
    lead = f" {name}: "
    indent = gutter + 2 + len(lead)
    text, *below = text.split("\n")
    kept = [f"{'':{indent}}{shown(line)}".rstrip() for line in below]
    if indent + len(text) <= COLUMNS:
        return [f"{equals}{lead}{text}", *kept]
    from textwrap import wrap

    first, *others = wrap(text, COLUMNS - indent, break_long_words=False, break_on_hyphens=False)
    return [f"{equals}{lead}{first}", *(f"{'':{indent}}{line}" for line in others), *kept]


def _safety(fix: Fix) -> str:
    if fix.safe:
        return "safe, `mlp check --fix`" if len(fix.edits) > 1 else "safe"
    return f"unsafe: {fix.why}" if fix.why else "unsafe, `mlp check --fix --unsafe`"


def _previewed(fix: Fix) -> bool:
    return bool(fix.edits) and not fix.title.startswith("write `")


def _shifted(edit: Edit, by: int) -> Edit:
    span = edit.span
    return Edit(Span(span.file, span.start - by, span.end - by), edit.text)


def _preview(fix: Fix, sources: Mapping[str, Source], gutter: int, paint: Paint) -> Iterator[str]:
    """The lines that a fix changes: new ones, and the old ones too where it makes several edits."""
    files = {edit.span.file for edit in fix.edits}
    if not _previewed(fix) or len(files) != 1 or not files <= sources.keys():
        return
    source = sources[files.pop()]
    yield paint("gutter", f"{'':{gutter}} |")
    by_line: dict[int, list[int]] = {}
    for number, edit in enumerate(fix.edits):
        by_line.setdefault(source.position(edit.span.start).line, []).append(number)
    moved = 0  # how far the lines above have pushed the new ones down
    for line, numbers in sorted(by_line.items()):
        edits = [fix.edits[number] for number in numbers]
        start = source.line_starts[line - 1]
        last = max(source.position(edit.span.end).line for edit in edits)
        end = source.line_starts[last - 1] + len(source.line(last))
        text = source.text[start:end]
        before = text.split("\n")
        after = apply_edits(text, [_shifted(edit, start) for edit in edits]).split("\n")
        above, below = _same_ends(before, after)
        gone, new = before[above : len(before) - below], after[above : len(after) - below]
        if len(fix.edits) > 1 or not new:
            yield from _rows("-", "removed", line + above, gone, gutter, paint)
        yield from _rows("+", "added", line + above + moved, new, gutter, paint)
        moved += len(new) - len(gone)


def _same_ends(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many lines at the start, and how many of the others at the end, two texts share."""
    shorter = min(len(before), len(after))
    above = 0
    while above < shorter and before[above] == after[above]:
        above += 1
    below = 0
    while below < shorter - above and before[-1 - below] == after[-1 - below]:
        below += 1
    return above, below


def _rows(
    sign: str, style: str, first: int, lines: list[str], gutter: int, paint: Paint
) -> Iterator[str]:
    for number, text in enumerate(lines, start=first):
        yield paint(style, f"{number:>{gutter}} {sign} {shown(text.rstrip(chr(13)))}".rstrip())
