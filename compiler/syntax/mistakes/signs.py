"""Mistakes with signs: `=` or `=>` in a comparison, `-` in a name, `+` between texts."""

from __future__ import annotations

import re

from ...diagnostics.diagnostic import Edit, Fix, error
from ...source import Span
from ..expected import thing
from ..situation import Situation
from ..tokens import KIND
from .mistake import KEYWORDS, Change, Mistake

_WORDS = KEYWORDS | {KIND["NAME"]}
_TEXTS = frozenset(KIND[n] for n in ("STRING", "FSTRING", "RAWSTRING"))
# What is meant by a sign that stops the parse, by it and the sign right behind it.
_AFTER_EQUAL = {KIND["MORETHAN"]: "ATLEAST", KIND["LESSTHAN"]: "ATMOST"}
_SPELT = {"EQUALS": "==", "DIFFERS": "!=", "ATLEAST": ">=", "ATMOST": "<="}


def _touches(s: Situation, token: int) -> bool:
    """Whether a token stands right behind the one before it."""
    return token > 0 and s.tokens.ends[token - 1] == s.tokens.starts[token]


def equal_for_comparison(s: Situation) -> Mistake | None:
    """`expect a = b`, `a => b`, `a =< b`, `a === b`, `a !== b`."""
    if s.kind not in (KIND["EQUAL"], KIND["DANGLING_EQUAL"]):
        return None
    before = s.kind_at(-1)
    changes: tuple[Change, ...]
    if before in (KIND["EQUALS"], KIND["DIFFERS"]) and _touches(s, s.at):
        sign = "==" if before == KIND["EQUALS"] else "!="
        first, last, changes = s.at - 1, s.at, (Change(s.at, None),)
    elif not s.fits("EQUALS"):
        return None
    elif s.kind_at(1) in _AFTER_EQUAL and _touches(s, s.at + 1):
        meant = _AFTER_EQUAL[s.kind_at(1)]
        sign, first, last = _SPELT[meant], s.at, s.at + 1
        changes = (Change(s.at, KIND[meant]), Change(s.at + 1, None))
    elif s.inside("EXPECT", "WHEN", "IF", "CHECK"):
        sign, first, last = "==", s.at, s.at
        changes = (Change(s.at, KIND["EQUALS"]),)
    else:
        return None
    span = s.tokens.span(first).to(s.tokens.span(last))
    written = s.tokens.source.slice(span)
    label = "`=` gives a value, `==` compares" if written == "=" else f"`{written}` is no sign here"
    return Mistake(
        error(
            "MLP0101",
            f"expected `{sign}` here",
            span,
            label,
            fixes=[Fix(f"write `{sign}`", (Edit(span, sign),), safe=True)],
        ),
        changes,
    )


def hyphen(s: Situation) -> Mistake | None:
    """`MY-VAR`, `my-step`: names have underscores."""
    if s.kind != KIND["MINUS"] or s.kind_at(-1) not in _WORDS or not _touches(s, s.at):
        return None
    last = s.at
    while s.tokens.kinds[last] == KIND["MINUS"] and _touches(s, last + 1):
        if s.tokens.kinds[last + 1] not in _WORDS:
            break
        last += 2
    last -= 1
    if last <= s.at:
        return None
    span = s.tokens.span(s.at - 1).to(s.tokens.span(last))
    name = s.tokens.source.slice(span).replace("-", "_")
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            "no name has a `-` in it",
            fixes=[Fix(f"write `{name}`", (Edit(span, name),), safe=False)],
        ),
        tuple(Change(s.at, None) for _ in range(s.at, last + 1)),
    )


def added_texts(s: Situation) -> Mistake | None:
    """`"AUC " + auc` where a text stands that no operator may follow."""
    if s.kind != KIND["PLUS"] or s.kind_at(-1) not in _TEXTS:
        return None
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            "texts are not added",
            help=['put values into one text: `f"{name} is {value}"`'],
        )
    )


def text_format(s: Situation) -> Mistake | None:
    """`{auc:.2f}`: what Python writes behind the colon."""
    if s.machine.start != "expr" or s.kind != KIND["COLON"] or s.bracket is not None or s.at == 0:
        return None
    tokens = s.tokens
    value = Span(s.span.file, tokens.starts[0], tokens.ends[s.at - 1])
    whole = Span(s.span.file, tokens.starts[0], tokens.ends[len(tokens.kinds) - 1])
    digits = re.fullmatch(r"\.(\d+)[fg]?", tokens.source.text[s.span.end : whole.end].strip())
    rounded = f"round({tokens.source.slice(value)}, {digits[1] if digits else 2})"
    fixes = [Fix(f"write `{rounded}`", (Edit(whole, rounded),), safe=False)] if digits else []
    return Mistake(
        error(
            "MLP0101",
            "expected `}` here",
            s.span,
            "a value in a text takes no format behind `:`",
            help=[f"round it first: `{{{rounded}}}`"] if digits else ["let a step write the text"],
            fixes=fixes,
        )
    )
