"""Mistakes with values: `:` for `=`, a line that ends early, comparisons in a chain."""

from __future__ import annotations

from ...diagnostics.diagnostic import Edit, Fix, Label, error
from ...source import Span
from ..situation import CLOSERS, Situation
from ..tokens import END, KIND
from .mistake import CLOSING, KEYWORDS, SIGNS, Change, Mistake

_COMPARISONS = frozenset(
    KIND[n] for n in ("EQUALS", "DIFFERS", "LESSTHAN", "ATMOST", "MORETHAN", "ATLEAST", "IN")
)
# The type that a default lets one guess.
_TYPES = {
    KIND["INT"]: "Int",
    KIND["FLOAT"]: "Float",
    KIND["STRING"]: "String",
    KIND["TRUE"]: "Bool",
    KIND["FALSE"]: "Bool",
    KIND["DATE"]: "Date",
    KIND["DATETIME"]: "Time",
}
_WHY_COLON = (
    "why: in .mlp files `:` always says what type something has, and `=` says what value it has"
)


def _owner(s: Situation) -> tuple[str, Label | None]:
    """What has its value set at this place, and a label on what it belongs to."""
    opened = s.bracket
    if opened is None:
        return "a name", None
    before = opened.token - 1
    named = before >= 0 and (
        s.tokens.kinds[before] == KIND["NAME"] or s.tokens.kinds[before] in KEYWORDS
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


def colon_for_equal(s: Situation) -> Mistake | None:
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


def type_for_value(s: Situation) -> Mistake | None:
    """`output model: m.model`: a value was read as the type, and the value is missing."""
    output = s.inside("OUTPUT")
    if output is None or not s.fits("EQUAL") or s.at < output.token + 4:
        return None
    colon, first = output.token + 2, s.tokens.text(output.token + 3)
    if s.tokens.kinds[colon] != KIND["COLON"] or not first[:1].islower():
        return None
    span = s.tokens.span(colon)
    return Mistake(
        error(
            "MLP0103",
            "use `=` to give an output its value",
            span,
            "this `:` should be `=`",
            notes=[_WHY_COLON],
            fixes=[Fix("replace it", (Edit(span, " ="),), safe=True)],
        ),
        (Change(colon, KIND["EQUAL"]),),
    )


def equal_for_colon(s: Situation) -> Mistake | None:
    if s.kind not in (KIND["EQUAL"], KIND["DANGLING_EQUAL"]) or not s.fits("COLON"):
        return None
    name = s.text_at(-1)
    typed = s.kind_at(1) == KIND["NAME"] or s.kind_at(1) == KIND["STRING"]
    before = s.tokens.ends[s.at - 1]
    edit = Edit(Span(s.span.file, before, s.span.end), ":")
    looks_like_type = s.text_at(1)[:1].isupper()
    meant = _TYPES.get(s.kind_at(1))
    fixes = [Fix("write `:`", (edit,), safe=True)] if looks_like_type else []
    if meant is not None:
        default = Edit(edit.span, f": {meant} =")
        written = f"{name}: {meant} = {s.text_at(1)}"
        fixes = [Fix(f"write `{written}`", (default,), safe=False)]
    return Mistake(
        error(
            "MLP0105",
            f"use `:` to say what type `{name}` has",
            s.span,
            "this `=` should be `:`" if looks_like_type else "a type comes first",
            notes=[_WHY_COLON],
            help=[] if looks_like_type or meant else [f"write `{name}: Type = {s.text_at(1)}`"],
            fixes=fixes,
        ),
        (Change(s.at, KIND["COLON"]),) if typed and looks_like_type else (),
    )


def dangling(s: Situation) -> Mistake | None:
    """A line ends with `.` or `=` although what belongs there could follow."""
    plain = {KIND["DANGLING_DOT"]: KIND["DOT"], KIND["DANGLING_EQUAL"]: KIND["EQUAL"]}
    token = s.at
    if s.kind not in plain and s.kind_at(-1) in (KIND["DOT"], KIND["EQUAL"]) and s.kind == END:
        token, kind = s.at - 1, s.kind_at(-1)
    elif s.kind in plain and s.would_fit(plain[s.kind]):
        kind = plain[s.kind]
    else:
        return None
    sign = SIGNS[kind]
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


def chained_comparison(s: Situation) -> Mistake | None:
    if s.kind not in _COMPARISONS or not s.fits("AND"):
        return None
    depth, token = 0, s.at - 1
    while token >= 0 and (depth or s.tokens.kinds[token] not in _COMPARISONS):
        kind = s.tokens.kinds[token]
        depth += (kind in CLOSING) - (kind in CLOSERS)
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
