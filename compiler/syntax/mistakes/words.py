"""Mistakes with words: those of other languages, keywords as names, words in the wrong block."""

from __future__ import annotations

from ...diagnostics.diagnostic import Edit, Fix, Label, error
from ...source import Span
from ..foreign import begins_statement, instead_of
from ..situation import Situation
from ..tokens import END, KIND
from .mistake import KEYWORDS, Change, Mistake

_VALUES = frozenset(KIND[n] for n in ("TRUE", "FALSE", "NONE"))
_DECLARING = frozenset(KIND[n] for n in ("STEP", "PIPELINE", "SCHEMA", "TARGET"))
_BLOCKS = ("FOR", "WHEN", "PARTITION")


def foreign(s: Situation) -> Mistake | None:
    """`let x = 1`, `def f(…)`, `if c {`: the word itself, or the one before, is foreign."""
    token = s.at if s.kind == KIND["IF"] else s.at - 1
    instead = instead_of(s, token) if token >= 0 and s.same_line(token, s.at) else None
    if instead is not None:
        span, word = s.tokens.span(token), s.tokens.text(token)
        message = f"`{word}` is not an .mlp word; you want `{instead}`"
        help_: list[str] = []
        fixes: list[Fix] = []
        changes: tuple[Change, ...] = ()
        if word == "if":
            help_ = ["`when` decides what runs; `if … then … else …` picks a value"]
            fixes = [Fix("write `when`", (Edit(span, "when"),), safe=True)]
            changes = (Change(token, KIND["WHEN"]),)
            message = f"`{word}` does not begin a statement; you want `when`"
        elif instead == "name =":
            after = Span(span.file, span.start, s.span.start)
            changes = (Change(token, None),)
            help_ = [f"bindings need no word: write `{s.text} = …`"]
            fixes = [Fix(f"drop `{word}`", (Edit(after, ""),), safe=True)]
        elif instead == "output":
            help_ = ["`output name = value` hands a result out of a pipeline"]
            name = _last_name(s)
            if name is not None:
                written = f"output {s.tokens.text(name)} ="
                fixes = [Fix(f"write `{written}`", (Edit(span, written),), safe=True)]
                changes = (
                    Change(token, KIND["OUTPUT"]),
                    Change(s.at, KIND["EQUAL"], insert=True),
                    Change(s.at, KIND["NAME"], insert=True, like=name + 1),
                )
        elif instead.upper() in KIND:
            fixes = [Fix(f"write `{instead}`", (Edit(span, instead),), safe=False)]
            if word == "while":
                fixes = []
                help_ = [
                    "there are no loops over conditions: `for x in list { … }` goes over a list"
                ]
        return Mistake(
            error("MLP0104", message, span, f"write `{instead}`", help=help_, fixes=fixes), changes
        )
    return None


def _last_name(s: Situation) -> int | None:
    """The last name of `m.model` where a path stands here and nothing else on its line."""
    last = s.at
    while s.tokens.kinds[last] == KIND["NAME"] and s.tokens.kinds[last + 1] == KIND["DOT"]:
        last += 2
    alone = s.tokens.kinds[last + 1 : last + 2] == [KIND["RBRACE"]] or not s.same_line(
        last, min(last + 1, len(s.tokens.kinds) - 1)
    )
    return last if s.tokens.kinds[last] == KIND["NAME"] and alone else None


def reserved(s: Situation) -> Mistake | None:
    """A keyword where a name is needed: `step for(…)`, or `when = f()` as a binding."""
    declares = s.kind_at(-1) in _DECLARING
    if (s.kind in KEYWORDS - _VALUES or (declares and s.kind in _VALUES)) and s.fits("NAME"):
        token = s.at
        if (
            token > 0
            and not s.same_line(token - 1, token)
            and not s.would_fit(KIND["NAME"], s.kind_at(1))
        ):
            return None
        if not s.would_fit(KIND["NAME"], s.kind_at(1)):
            return None
    elif (
        s.kind in (KIND["EQUAL"], KIND["DANGLING_EQUAL"])
        and s.kind_at(-1) in KEYWORDS
        and begins_statement(s, s.at - 1)
    ):
        token = s.at - 1
    else:
        return None
    word = s.tokens.text(token)
    before = s.tokens.kinds[token - 1] if token else END
    named = {KIND[k]: k.lower() for k in ("STEP", "PIPELINE", "SCHEMA", "TARGET")}.get(
        before, "parameter" if s.kind_at(1) == KIND["COLON"] else "binding"
    )
    return Mistake(
        error(
            "MLP0108",
            f"`{word}` is a word of the language and cannot name a {named}",
            s.tokens.span(token),
            "choose another name",
            help=[f"write `{word}_`, or a word that says more"],
        ),
        (Change(token, KIND["NAME"]),),
    )


def misplaced(s: Situation) -> Mistake | None:
    """`output` and hooks inside a block."""
    if s.kind not in (KIND["OUTPUT"], KIND["ON"], KIND["FINALLY"]):
        return None
    block = s.inside(*_BLOCKS)
    if block is None or s.bracket is None or s.bracket.token < block.token:
        return None
    word = s.tokens.text(block.token)
    help_ = (
        [f"`yield` a value and bind it, as in `x = {word} …`, then write `output` below"]
        if s.kind == KIND["OUTPUT"]
        else []
    )
    return Mistake(
        error(
            "MLP0101",
            "expected a statement or `}` here",
            s.span,
            f"`{s.text}` stands in the pipeline itself, not in a `{word}`",
            labels=[Label(s.tokens.span(block.token), f"inside this `{word}`")],
            help=help_,
        )
    )
