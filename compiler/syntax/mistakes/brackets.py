"""Mistakes with brackets and commas: never closed, closed by another, one too many."""

from __future__ import annotations

from ...diagnostics.diagnostic import Diagnostic, Edit, Fix, Label, error
from ...source import Span
from ..situation import CLOSERS, Open, Situation
from ..tokens import END, KIND
from .mistake import CLOSING, SIGNS, Change, Mistake

_OPENINGS = {closer: opener for opener, closer in CLOSERS.items()}


def _suspect(s: Situation) -> tuple[Open, int] | None:
    """A brace, and the first line that its indentation puts outside although it is still open."""
    stack: list[Open] = []
    kinds = s.tokens.kinds
    for token in range(s.at + (s.kind != END)):
        kind = kinds[token]
        if stack and stack[-1].kind == KIND["LBRACE"] and s.starts_line(token):
            brace = stack[-1].token
            indent, margin = s.indent(token), s.indent(brace)
            outside = indent < margin if kind in CLOSING else indent <= margin
            if outside and not s.same_line(brace, token):
                return stack[-1], token
        if kind in CLOSERS:
            stack.append(Open(kind, token))
        elif kind in CLOSING and stack:
            stack.pop()
    return None


def _never_closed(s: Situation, opened: Open, outside: int | None) -> Diagnostic:
    sign, closer = SIGNS[opened.kind], SIGNS[CLOSERS[opened.kind]]
    labels = []
    if outside is not None:
        before = "this line" if s.starts_line(outside) else "this"
        labels = [Label(s.tokens.span(outside), f"a `{closer}` is missing before {before}")]
    return error(
        "MLP0102",
        f"this `{sign}` is never closed",
        s.tokens.span(opened.token),
        "it opens here",
        labels=labels,
        help=[] if labels else [f"write the missing `{closer}`"],
    )


def unclosed_brace(s: Situation) -> Mistake | None:
    """More braces open than close: the indentation tells which one, else the end of the text."""
    kinds = s.tokens.kinds
    if kinds.count(KIND["LBRACE"]) <= kinds.count(KIND["RBRACE"]) and s.kind != END:
        return None
    suspect = _suspect(s)
    if suspect is not None:
        opened, outside = suspect
        change = Change(outside, CLOSERS[opened.kind], insert=True)
        return Mistake(_never_closed(s, opened, outside), (change,))
    if s.kind != END or s.bracket is None:
        return None
    closers = tuple(Change(s.at, CLOSERS[o.kind], insert=True) for o in reversed(s.brackets))
    fits = s.would_fit(*(CLOSERS[opened.kind] for opened in s.brackets))
    return Mistake(_never_closed(s, s.bracket, None), closers if fits else ())


def comprehension(s: Situation) -> Mistake | None:
    """`[f(x) for x in xs]`, as Python writes it."""
    opened = s.bracket
    if s.kind != KIND["FOR"] or opened is None or opened.kind != KIND["LSQB"]:
        return None
    return Mistake(
        error(
            "MLP0101",
            "expected `,` or `]` here",
            s.span,
            "a list in brackets is written out",
            help=[
                "for what runs once for each: `made = for x in list { … yield v }`",
                "for one field of each: `list[*].field`",
            ],
        )
    )


def wrong_closer(s: Situation) -> Mistake | None:
    if s.kind not in CLOSING or (s.kind == KIND["RBRACE"] and s.bracket is None):
        return None
    opened = s.bracket
    if opened is None or CLOSERS[opened.kind] == s.kind:
        return None
    diagnostic = _never_closed(s, opened, s.at)
    closer = CLOSERS[opened.kind]
    if not s.would_fit(closer, s.kind):
        return Mistake(diagnostic)
    return Mistake(diagnostic, (Change(s.at, closer, insert=True),))


def stray_closer(s: Situation) -> Mistake | None:
    if s.kind not in CLOSING or s.bracket is not None:
        return None
    alone = s.at == 0 and s.kind_at(1) == END
    return Mistake(
        error(
            "MLP0101",
            "expected a declaration here",
            s.span,
            f"no `{SIGNS[_OPENINGS[s.kind]]}` is open here",
            fixes=[Fix("delete it", (Edit(s.span, ""),), safe=False)] if alone else [],
        )
    )


def missing_comma(s: Situation) -> Mistake | None:
    """Two items stand side by side: a comma is missing, or the bracket is not closed."""
    opened = s.bracket
    if opened is None or s.kind == END or s.at == 0:
        return None
    closer = CLOSERS[opened.kind]
    if opened.kind != KIND["LBRACE"] and s.would_fit(closer, s.kind):
        outdented = s.starts_line(s.at) and s.indent(s.at) <= s.indent(opened.token)
        if outdented or not s.would_fit(KIND["COMMA"], s.kind):
            return Mistake(_never_closed(s, opened, s.at), (Change(s.at, closer, insert=True),))
    if not s.would_fit(KIND["COMMA"], s.kind):
        return None
    end = s.tokens.ends[s.at - 1]
    same_line = s.same_line(s.at - 1, s.at)
    gap = Span(s.span.file, end, s.tokens.starts[s.at] if same_line else end)
    return Mistake(
        error(
            "MLP0109",
            "a comma is missing between these two",
            gap,
            "put a `,` here",
            fixes=[Fix("add a comma", (Edit(gap.at_start(), ","),), safe=True)],
        ),
        (Change(s.at, KIND["COMMA"], insert=True),),
    )
