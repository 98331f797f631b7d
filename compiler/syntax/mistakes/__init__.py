"""Recognises common mistakes where a parse stopped: what to say, and how to read on."""

from __future__ import annotations

from collections.abc import Callable

from ...diagnostics.diagnostic import error
from ..expected import example, thing
from ..situation import Situation
from ..tokens import END, KIND
from . import brackets, choices, omitted, signs, types, values, words
from .mistake import Change, Mistake

__all__ = ["Change", "Mistake", "recognise"]

_SHOWN = 24
_BLOCKS = ("FOR", "WHEN", "PARTITION", "ON", "FINALLY")


def recognise(situation: Situation) -> Mistake:
    """The mistake at a place where a token does not fit."""
    for recogniser in _RECOGNISERS:
        if mistake := recogniser(situation):
            return mistake
    return _unexpected(situation)


def _unexpected(s: Situation) -> Mistake:
    missing, smallest = thing(s), example(s)
    # What a line lacks at its end is shown there, not at the start of the next one.
    lacking = s.at > 0 and not missing.endswith(("`}`", "declaration"))
    if lacking and not s.same_line(s.at - 1, s.at):
        span, label = s.tokens.span(s.at - 1).at_end(), "something is missing here"
    elif s.kind != END:
        span = s.span
        label = f"`{s.text}` does not fit here" if len(s.text) <= _SHOWN else "this does not fit"
        if s.kind == KIND["COLON"] and s.fits("LBRACE") and s.inside(*_BLOCKS):
            label = "a block stands in `{ }`, without `:`"
    else:
        ends = not s.tokens.source.text[s.tokens.starts[s.at] :].strip()
        span, label = s.span, "the file ends here" if ends else "something is missing here"
    return Mistake(
        error(
            "MLP0101",
            f"expected {missing} here",
            span,
            label,
            help=[f"for example: {smallest}"] if smallest else [],
        ),
        (Change(s.at, None),) if s.kind == s.kind_at(-1) == KIND["COMMA"] else (),
    )


_RECOGNISERS: tuple[Callable[[Situation], Mistake | None], ...] = (
    brackets.unclosed_brace,
    choices.condition_in_the_middle,
    choices.question_mark,
    brackets.comprehension,
    words.foreign,
    signs.text_format,
    signs.equal_for_comparison,
    signs.hyphen,
    signs.added_texts,
    omitted.arrow,
    omitted.colon_of_target,
    omitted.body_kind,
    omitted.quoted_node,
    values.type_for_value,
    values.colon_for_equal,
    types.unnamed_output,
    values.equal_for_colon,
    types.angle_brackets,
    values.chained_comparison,
    values.dangling,
    words.reserved,
    brackets.wrong_closer,
    words.misplaced,
    brackets.missing_comma,
    brackets.stray_closer,
)
