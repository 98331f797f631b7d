"""Mistakes with types: outputs without names, angle brackets."""

from __future__ import annotations

import re

from ...diagnostics.diagnostic import Edit, Fix, error
from ...source import Span
from ..situation import CLOSERS, Situation
from ..tokens import END, KIND
from .mistake import CLOSING, Change, Mistake

_AFTER_A_TYPE = frozenset(KIND[n] for n in ("RPAR", "COMMA", "LSQB", "QMARK", "VBAR"))


def _end_of_type(s: Situation, first: int) -> int:
    """The last token of the type that begins at `first`."""
    depth, last = 0, first
    for token in range(first, len(s.tokens.kinds) - 1):
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSERS) - (kind in CLOSING)
        if depth < 0 or (depth == 0 and kind == KIND["COMMA"]):
            break
        last = token
    return last


def _output_name(s: Situation, arrow: int, type_: str) -> tuple[str, bool]:
    """What to call an output: what the file reads of the step's nodes, else after its type.

    With it whether nothing in the file speaks against that name.
    """
    text, kinds = s.tokens.source.text, s.tokens.kinds
    step = s.tokens.text(1)
    nodes = "|".join(re.escape(name) for name in _nodes_of(step).findall(text)) or "$."
    read = set(re.findall(rf"(?<![\w.])(?:{nodes})\.([a-z_]\w*)", text))
    if len(read) == 1:
        return read.pop(), True
    inputs = {s.tokens.text(t) for t in range(arrow) if kinds[t + 1] == KIND["COLON"]}
    name = type_.lower()
    if not name.isidentifier() or name in inputs:
        name = "result"
    return name, not read


def _nodes_of(step: str) -> re.Pattern[str]:
    return re.compile(rf"(\w+)[ \t]*=[ \t]*{re.escape(step)}[ \t]*\(")


def _without_parentheses(s: Situation, outputs: Span) -> Mistake:
    """`-> model: Model`."""
    edits = (Edit(outputs.at_start(), "("), Edit(outputs.at_end(), ")"))
    return Mistake(
        error(
            "MLP0101",
            "expected `(` here",
            s.span,
            "outputs stand in parentheses",
            fixes=[Fix("put parentheses around them", edits, safe=True)],
        )
    )


def unnamed_output(s: Situation) -> Mistake | None:
    arrow = s.inside("ARROW")
    if arrow is None:
        return None
    if s.at == arrow.token + 1 and s.kind in (KIND["NAME"], KIND["STRING"]):
        first, kinds = s.at, s.tokens.kinds
        last = first
        while kinds[last + 1] not in (END, KIND["LBRACE"]) and s.same_line(last, last + 1):
            last += 1
        span = s.tokens.span(first).to(s.tokens.span(last))
        if s.kind_at(1) == KIND["COLON"]:
            return _without_parentheses(s, span)
        name, safe = _output_name(s, arrow.token, s.text)
        edits = [Edit(span.at_start(), f"({name}: "), Edit(span.at_end(), ")")]
        written = f"-> ({name}: {s.tokens.source.slice(span)})"
    elif s.at == arrow.token + 3 and s.kind in _AFTER_A_TYPE:
        span = s.tokens.span(s.at - 1).to(s.tokens.span(_end_of_type(s, s.at - 1)))
        name, safe = _output_name(s, arrow.token, s.text_at(-1))
        edits = [Edit(span.at_start(), f"{name}: ")]
        written = f"-> ({name}: {s.tokens.source.slice(span)})"
    else:
        return None
    return Mistake(
        error(
            "MLP0106",
            "outputs have names",
            span,
            "this is a type; the name of the output is missing",
            help=[f"write `{written}`"],
            fixes=[Fix(f"name it `{name}`", tuple(edits), safe=safe)],
        )
    )


def angle_brackets(s: Situation) -> Mistake | None:
    if s.kind != KIND["LESSTHAN"] or not s.fits("LSQB") or not s.inside("COLON"):
        return None
    depth, closing = 0, None
    for token in range(s.at, min(len(s.tokens.kinds), s.at + 64)):
        kind = s.tokens.kinds[token]
        depth += {KIND["LESSTHAN"]: 1, KIND["MORETHAN"]: -1}.get(kind, 0)
        if depth == 0:
            closing = token
            break
    name = s.text_at(-1)
    if closing is None:
        return Mistake(
            error("MLP0111", f"`{name}<…>` is written `{name}[…]`", s.span, "use `[` here")
        )
    inner = range(s.at, closing + 1)
    angles = [t for t in inner if s.tokens.kinds[t] in (KIND["LESSTHAN"], KIND["MORETHAN"])]
    opening = {t: s.tokens.kinds[t] == KIND["LESSTHAN"] for t in angles}
    edits = tuple(Edit(s.tokens.span(t), "[" if opening[t] else "]") for t in angles)
    written = "".join(
        ("[" if opening[t] else "]") if t in opening else s.tokens.text(t) for t in inner
    ).replace(",", ", ")
    was = s.tokens.source.slice(s.tokens.span(s.at).to(s.tokens.span(closing)))
    return Mistake(
        error(
            "MLP0111",
            f"`{name}{was}` is written `{name}{written}`",
            s.span,
            "square brackets hold the parts of a type",
            fixes=[Fix(f"write `{name}{written}`", edits, safe=True)],
        ),
        tuple(Change(t, KIND["LSQB"] if opening[t] else KIND["RSQB"]) for t in angles),
    )
