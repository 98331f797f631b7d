"""Comments that allow a lint: `# mlp: allow(MLP1005) because …` on the line above."""

from __future__ import annotations

import re

from ..diagnostics.diagnostic import Edit, Fix, Report, Severity
from ..source import Source, Span
from .finding import finding

_ALLOW = re.compile(r"^[ \t]*#[ \t]*mlp:[ \t]*allow\((MLP\d{4})\).*$", re.MULTILINE)


def apply_suppressions(source: Source, report: Report) -> None:
    """Takes allowed lints and warnings out of the report; errors cannot be allowed.

    A comment that allows nothing is a lint of its own.
    """
    if "mlp:" not in source.text:
        return
    for match in _ALLOW.finditer(source.text):
        code = match[1]
        line = source.position(match.start()).line
        allowed = [
            d
            for d in report.diagnostics
            if d.code == code
            and d.severity is not Severity.ERROR
            and d.span is not None
            and d.span.file == source.name
            and source.position(d.span.start).line == _next_line(source, line)
        ]
        if allowed:
            report.diagnostics[:] = [d for d in report.diagnostics if d not in allowed]
        else:
            _report_idle(source, match, report)


def _next_line(source: Source, line: int) -> int:
    """The line that a comment speaks about: the next that is neither empty nor a comment."""
    line += 1
    while line <= source.line_count:
        text = source.line(line).strip()
        if text and not text.startswith("#"):
            return line
        line += 1
    return line


def _report_idle(source: Source, match: re.Match[str], report: Report) -> None:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    end = min(match.end() + 1, len(source.text))
    report.add(
        finding(
            "MLP1021",
            "nothing to allow here any more",
            Span(source.name, start, match.end()),
            f"the next line has no {match[1]}",
            fixes=(
                Fix(
                    "delete the comment",
                    (Edit(Span(source.name, match.start(), end), ""),),
                    safe=True,
                ),
            ),
        )
    )
