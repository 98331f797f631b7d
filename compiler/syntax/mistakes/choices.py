"""Mistakes of choosing: `10 if big else 5` as Python writes it, `big ? 10 : 5` as C does."""

from __future__ import annotations

from ...diagnostics.diagnostic import Edit, Fix, error
from ..expected import thing
from ..situation import CLOSERS, Situation
from ..tokens import END, KIND
from .mistake import CLOSING, Mistake

_BEFORE_A_VALUE = frozenset(KIND[n] for n in ("EQUAL", "COMMA", "YIELD", "THEN", "ELSE", "EXPECT"))
_OPENING = frozenset(CLOSERS)


def condition_in_the_middle(s: Situation) -> Mistake | None:
    """`10 if big else 5`: the condition comes first."""
    if s.kind != KIND["IF"] or s.at == 0 or s.kind_at(-1) in _BEFORE_A_VALUE | _OPENING:
        return None
    in_call = s.bracket is not None and s.bracket.kind != KIND["LBRACE"]
    if not (in_call or s.same_line(s.at - 1, s.at)):
        return None
    first, middle = _value_before(s), _else_after(s)
    help_ = ["write `if … then … else …`"]
    fixes: list[Fix] = []
    if first is not None and middle is not None and (last := _end_of_value(s, middle)) > middle:

        def text(begin: int, end: int) -> str:
            return s.tokens.source.slice(s.tokens.span(begin).to(s.tokens.span(end)))

        condition, otherwise = text(s.at + 1, middle - 1), text(middle + 1, last)
        written = f"if {condition} then {text(first, s.at - 1)} else {otherwise}"
        if "\n" not in written:
            span = s.tokens.span(first).to(s.tokens.span(last))
            help_, fixes = [], [Fix(f"write `{written}`", (Edit(span, written),), safe=True)]
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            "the condition comes before both values",
            help=help_,
            fixes=fixes,
        )
    )


def question_mark(s: Situation) -> Mistake | None:
    """`big ? 10 : 5`, as C writes it."""
    if s.kind != KIND["QMARK"] or s.at == 0 or not s.fits("PLUS"):
        return None
    first, middle = _value_before(s), _colon_after(s)
    last = -1 if middle is None else _end_of_value(s, middle)
    if first is None or middle is None or last <= middle:
        return None

    def text(begin: int, end: int) -> str:
        return s.tokens.source.slice(s.tokens.span(begin).to(s.tokens.span(end)))

    condition, then, otherwise = (
        text(first, s.at - 1),
        text(s.at + 1, middle - 1),
        text(middle + 1, last),
    )
    written = f"if {condition} then {then} else {otherwise}"
    span = s.tokens.span(first).to(s.tokens.span(last))
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            "a choice is written `if … then … else …`",
            fixes=[Fix(f"write `{written}`", (Edit(span, written),), safe=True)],
        )
    )


def _colon_after(s: Situation) -> int | None:
    """The `:` on the same line that parts the two values of a choice."""
    for token in range(s.at + 2, len(s.tokens.kinds)):
        kind = s.tokens.kinds[token]
        if kind == END or not s.same_line(s.at, token):
            return None
        if kind == KIND["COLON"]:
            return token
    return None


def _value_before(s: Situation) -> int | None:
    """The first token of the value that ends before the `if`."""
    depth, token = 0, s.at - 1
    while token >= 0:
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSING) - (kind in CLOSERS)
        if depth < 0 or (depth == 0 and kind in _BEFORE_A_VALUE):
            return token + 1
        token -= 1
    return None


def _else_after(s: Situation) -> int | None:
    depth = 0
    for token in range(s.at + 1, len(s.tokens.kinds)):
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSERS) - (kind in CLOSING)
        if depth < 0 or kind in (KIND["THEN"], END):
            return None
        if depth == 0 and kind == KIND["ELSE"]:
            return token if token > s.at + 1 else None
    return None


def _end_of_value(s: Situation, middle: int) -> int:
    """The last token of what follows the `else`: up to a comma, a bracket or the line's end."""
    depth, last = 0, middle
    for token in range(middle + 1, len(s.tokens.kinds)):
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSERS) - (kind in CLOSING)
        if depth < 0 or (depth == 0 and kind == KIND["COMMA"]) or kind == END:
            break
        if depth == 0 and not s.same_line(token - 1, token):
            break
        last = token
    return last
