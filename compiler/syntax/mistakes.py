"""Recognises common mistakes where a parse stopped: what to say, and how to read on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...grammar import tables
from ..diagnostics.diagnostic import Diagnostic, Edit, Fix, Label, error
from ..source import Span
from .expected import example, thing
from .foreign import begins_statement, instead_of
from .situation import CLOSERS, Open, Situation
from .tokens import END, KIND

_COMPARISONS = frozenset(
    KIND[n] for n in ("EQUALS", "DIFFERS", "LESSTHAN", "ATMOST", "MORETHAN", "ATLEAST", "IN")
)
_KEYWORDS = frozenset(dict(tables.WORDS).values())
_VALUES = frozenset(KIND[n] for n in ("TRUE", "FALSE", "NONE"))
_CLOSING = frozenset(CLOSERS.values())
_SIGNS = {kind: sign for sign, kind in tables.SYMBOLS}
_OPENINGS = {closer: opener for opener, closer in CLOSERS.items()}
_AFTER_A_TYPE = frozenset(KIND[n] for n in ("RPAR", "COMMA", "LSQB", "QMARK", "VBAR"))
_BLOCKS = ("FOR", "WHEN", "PARTITION")
_SHOWN = 24
_WHY_COLON = (
    "why: in .mlp files `:` always says what type something has, and `=` says what value it has"
)


@dataclass(frozen=True, slots=True)
class Change:
    """Read token `token` as one of `kind`, or with `insert` put such a token before it.

    An inserted token has the text of token `like`, or none. A `kind` of None takes it away.
    """

    token: int
    kind: int | None
    insert: bool = False
    like: int | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """What to say, and the changes with which the declaration can be read; none: it cannot."""

    diagnostic: Diagnostic
    changes: tuple[Change, ...] = ()


def recognise(situation: Situation) -> Mistake:
    """The mistake at a place where a token does not fit."""
    for recogniser in _RECOGNISERS:
        if mistake := recogniser(situation):
            return mistake
    return _unexpected(situation)


def _foreign(s: Situation) -> Mistake | None:
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


def _suspect(s: Situation) -> tuple[Open, int] | None:
    """A brace, and the first line that its indentation puts outside although it is still open."""
    stack: list[Open] = []
    kinds = s.tokens.kinds
    for token in range(s.at + (s.kind != END)):
        kind = kinds[token]
        if stack and stack[-1].kind == KIND["LBRACE"] and s.starts_line(token):
            brace = stack[-1].token
            indent, margin = s.indent(token), s.indent(brace)
            outside = indent < margin if kind in _CLOSING else indent <= margin
            if outside and not s.same_line(brace, token):
                return stack[-1], token
        if kind in CLOSERS:
            stack.append(Open(kind, token))
        elif kind in _CLOSING and stack:
            stack.pop()
    return None


def _never_closed(s: Situation, opened: Open, outside: int | None) -> Diagnostic:
    sign, closer = _SIGNS[opened.kind], _SIGNS[CLOSERS[opened.kind]]
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


def _unclosed_brace(s: Situation) -> Mistake | None:
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


def _wrong_closer(s: Situation) -> Mistake | None:
    if s.kind not in _CLOSING or (s.kind == KIND["RBRACE"] and s.bracket is None):
        return None
    opened = s.bracket
    if opened is None or CLOSERS[opened.kind] == s.kind:
        return None
    diagnostic = _never_closed(s, opened, s.at)
    closer = CLOSERS[opened.kind]
    if not s.would_fit(closer, s.kind):
        return Mistake(diagnostic)
    return Mistake(diagnostic, (Change(s.at, closer, insert=True),))


def _stray_closer(s: Situation) -> Mistake | None:
    if s.kind not in _CLOSING or s.bracket is not None:
        return None
    alone = s.at == 0 and s.kind_at(1) == END
    return Mistake(
        error(
            "MLP0101",
            "expected a declaration here",
            s.span,
            f"no `{_SIGNS[_OPENINGS[s.kind]]}` is open here",
            fixes=[Fix("delete it", (Edit(s.span, ""),), safe=False)] if alone else [],
        )
    )


def _owner(s: Situation) -> tuple[str, Label | None]:
    """What has its value set at this place, and a label on what it belongs to."""
    opened = s.bracket
    if opened is None:
        return "a name", None
    before = opened.token - 1
    named = before >= 0 and (
        s.tokens.kinds[before] == KIND["NAME"] or s.tokens.kinds[before] in _KEYWORDS
    )
    if opened.kind == KIND["LPAR"]:
        if named and s.tokens.kinds[before] != KIND["WITH"]:
            return "an argument", Label(s.tokens.span(before), "in this call")
        return "an option", None
    if s.tokens.kinds[before] in (KIND["EQUAL"], KIND["YIELD"], KIND["COMMA"], KIND["LSQB"]):
        return "a field", None
    if s.inside("PIPELINE") and not s.inside("WITH"):
        return "a binding", None
    return "a setting", Label(s.tokens.span(before), "inside these settings") if named else None


def _colon_for_equal(s: Situation) -> Mistake | None:
    """`cpu: 8`: reported once per declaration, with every such colon (see `merge`)."""
    if s.kind != KIND["COLON"] or not s.fits("EQUAL"):
        return None
    if (
        s.kind_at(1) == KIND["NAME"]
        and s.kind_at(2) == KIND["EQUAL"]
        and s.bracket
        and (s.bracket.kind == KIND["LBRACE"])
    ):
        cut = Span(s.span.file, s.span.start, s.tokens.ends[s.at + 1])
        return Mistake(
            error(
                "MLP0101",
                "expected `=` and a value here",
                s.span,
                "the type of a binding follows from its value",
                fixes=[Fix("leave the type out", (Edit(cut, ""),), safe=True)],
            ),
            (Change(s.at, None), Change(s.at, None)),
        )
    what, label = _owner(s)
    text, span = s.tokens.source.text, s.span
    equal = "=" if text[span.start - 1] in " \t" else " ="
    space = "" if text[span.end : span.end + 1].isspace() else " "
    return Mistake(
        error(
            "MLP0103",
            f"use `=` to give {what} its value",
            span,
            "this `:` should be `=`",
            labels=[label] if label else [],
            notes=[_WHY_COLON],
            fixes=[Fix("replace it", (Edit(span, equal + space),), safe=True)],
        ),
        (Change(s.at, KIND["EQUAL"]),),
    )


def _equal_for_colon(s: Situation) -> Mistake | None:
    if s.kind not in (KIND["EQUAL"], KIND["DANGLING_EQUAL"]) or not s.fits("COLON"):
        return None
    name = s.text_at(-1)
    typed = s.kind_at(1) == KIND["NAME"] or s.kind_at(1) == KIND["STRING"]
    before = s.tokens.ends[s.at - 1]
    edit = Edit(Span(s.span.file, before, s.span.end), ":")
    looks_like_type = s.text_at(1)[:1].isupper()
    return Mistake(
        error(
            "MLP0105",
            f"use `:` to say what type `{name}` has",
            s.span,
            "this `=` should be `:`" if looks_like_type else "a type comes first",
            notes=[_WHY_COLON],
            help=[] if looks_like_type else [f"write `{name}: Type = {s.text_at(1)}`"],
            fixes=[Fix("write `:`", (edit,), safe=True)] if looks_like_type else [],
        ),
        (Change(s.at, KIND["COLON"]),) if typed and looks_like_type else (),
    )


def _end_of_type(s: Situation, first: int) -> int:
    """The last token of the type that begins at `first`."""
    depth, last = 0, first
    for token in range(first, len(s.tokens.kinds) - 1):
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSERS) - (kind in _CLOSING)
        if depth < 0 or (depth == 0 and kind == KIND["COMMA"]):
            break
        last = token
    return last


def _unnamed_output(s: Situation) -> Mistake | None:
    arrow = s.inside("ARROW")
    if arrow is None:
        return None
    if s.at == arrow.token + 1 and s.kind in (KIND["NAME"], KIND["STRING"]):
        first, kinds = s.at, s.tokens.kinds
        last = first
        while kinds[last + 1] not in (END, KIND["LBRACE"]) and s.same_line(last, last + 1):
            last += 1
        span = s.tokens.span(first).to(s.tokens.span(last))
        edits = [Edit(span.at_start(), "(result: "), Edit(span.at_end(), ")")]
        written = f"-> (result: {s.tokens.source.slice(span)})"
    elif s.at == arrow.token + 3 and s.kind in _AFTER_A_TYPE:
        span = s.tokens.span(s.at - 1).to(s.tokens.span(_end_of_type(s, s.at - 1)))
        edits = [Edit(span.at_start(), "result: ")]
        written = f"-> (result: {s.tokens.source.slice(span)})"
    else:
        return None
    return Mistake(
        error(
            "MLP0106",
            "outputs have names",
            span,
            "this is a type; the name of the output is missing",
            help=[f"write `{written}`"],
            fixes=[Fix("name it `result`", tuple(edits), safe=True)],
        )
    )


def _angle_brackets(s: Situation) -> Mistake | None:
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


def _chained_comparison(s: Situation) -> Mistake | None:
    if s.kind not in _COMPARISONS or not s.fits("AND"):
        return None
    depth, token = 0, s.at - 1
    while token >= 0 and (depth or s.tokens.kinds[token] not in _COMPARISONS):
        kind = s.tokens.kinds[token]
        depth += (kind in _CLOSING) - (kind in CLOSERS)
        if depth < 0:
            return None
        token -= 1
    if token < 0 or token + 1 >= s.at:
        return None
    middle = range(token + 1, s.at)
    span = s.tokens.span(middle[0]).to(s.tokens.span(middle[-1]))
    text = s.tokens.source.slice(span)
    left, operator = s.text_at(token - 1 - s.at), s.tokens.text(token)
    insert = Edit(s.span.at_start(), f"and {text} ")
    return Mistake(
        error(
            "MLP0107",
            "comparisons do not chain",
            s.span,
            "a second comparison",
            labels=[Label(s.tokens.span(token), "the first one")],
            help=[f"write `{left} {operator} {text} and {text} {s.text} {s.text_at(1)}`"],
            fixes=[Fix(f"compare `{text}` twice", (insert,), safe=True)],
        ),
        (
            *(Change(s.at, s.tokens.kinds[t], insert=True, like=t) for t in reversed(middle)),
            Change(s.at, KIND["AND"], insert=True),
        ),
    )


def _dangling(s: Situation) -> Mistake | None:
    """A line ends with `.` or `=` although what belongs there could follow."""
    plain = {KIND["DANGLING_DOT"]: KIND["DOT"], KIND["DANGLING_EQUAL"]: KIND["EQUAL"]}
    token = s.at
    if s.kind not in plain and s.kind_at(-1) in (KIND["DOT"], KIND["EQUAL"]) and s.kind == END:
        token, kind = s.at - 1, s.kind_at(-1)
    elif s.kind in plain and s.would_fit(plain[s.kind]):
        kind = plain[s.kind]
    else:
        return None
    sign = _SIGNS[kind]
    span = s.tokens.span(token)
    following = token + 1
    gap = Span(span.file, span.end, s.tokens.starts[following])
    joins = (
        token == s.at
        and s.tokens.kinds[following] != END
        and not s.tokens.source.slice(gap).strip()
        and s.would_fit(kind, s.tokens.kinds[following])
    )
    space = " " if kind == KIND["EQUAL"] else ""
    return Mistake(
        error(
            "MLP0110",
            f"nothing may end a line with `{sign}`",
            span,
            "the value must begin on this line" if space else "the name must follow on this line",
            fixes=[Fix("join the lines", (Edit(gap, space),), safe=True)] if joins else [],
        ),
        (Change(token, kind),) if joins else (),
    )


def _reserved(s: Situation) -> Mistake | None:
    """A keyword where a name is needed: `step for(…)`, or `when = f()` as a binding."""
    if s.kind in _KEYWORDS - _VALUES and s.fits("NAME"):
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
        and s.kind_at(-1) in _KEYWORDS
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


def _missing_comma(s: Situation) -> Mistake | None:
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


def _misplaced(s: Situation) -> Mistake | None:
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


def _unexpected(s: Situation) -> Mistake:
    missing, smallest = thing(s), example(s)
    # What a line lacks at its end is shown there, not at the start of the next one.
    lacking = s.at > 0 and not missing.endswith(("`}`", "declaration"))
    if lacking and not s.same_line(s.at - 1, s.at):
        span, label = s.tokens.span(s.at - 1).at_end(), "something is missing here"
    elif s.kind != END:
        span = s.span
        label = f"`{s.text}` does not fit here" if len(s.text) <= _SHOWN else "this does not fit"
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
    _unclosed_brace,
    _foreign,
    _colon_for_equal,
    _unnamed_output,
    _equal_for_colon,
    _angle_brackets,
    _chained_comparison,
    _dangling,
    _reserved,
    _wrong_closer,
    _misplaced,
    _missing_comma,
    _stray_closer,
)
