"""What to say about characters that are no tokens: stray signs, unclosed text, foreign comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics.diagnostic import Diagnostic, Edit, Fix, Label, error
from ..source import Span
from .tokens import Flaw, Tokens

_NAMES = {
    "\0": "a NUL byte",
    "\u00a0": "a no-break space",
    "\u200b": "a zero-width space",
    "\ufeff": "a byte order mark",
    "\t": "a tab",
}
_QUOTES = "“”„‟«»"
_MANY = 5
_VALUE = re.compile(r"[\w)\]][ \t]*$")
_OPERAND = re.compile(r"[ \t]*(?:\(|[\w.]+[ \t]*(?:$|[-+*/<>=!,)\]}]))", re.MULTILINE)


def describe(tokens: Tokens) -> Iterator[Diagnostic]:
    """One diagnostic per flaw; equal stray characters share one."""
    stray: dict[str, list[Span]] = {}
    for flaw in tokens.flaws:
        span = Span(tokens.source.name, flaw.start, flaw.end)
        text = tokens.source.slice(span)
        if divides(tokens, flaw):
            stray.setdefault("//", []).append(Span(span.file, span.start, span.start + 2))
        elif text.startswith("//"):
            yield _comment(span)
        elif flaw.token is None or text == "!":
            stray.setdefault("“" if text in _QUOTES else text, []).append(span)
        elif text[0].isdigit():
            yield _number(span, text)
        else:
            yield _unclosed(tokens, flaw, span, text)
    for character, spans in stray.items():
        yield _character(character, spans)


def breaks(tokens: Tokens, flaw: Flaw) -> bool:
    """Whether a flaw may make what follows it unreadable; a foreign comment does not."""
    return not tokens.source.text.startswith("//", flaw.start) or divides(tokens, flaw)


def divides(tokens: Tokens, flaw: Flaw) -> bool:
    """Whether `//` stands between two values, as where it divides."""
    text = tokens.source.text
    if not text.startswith("//", flaw.start):
        return False
    before = text[text.rfind("\n", 0, flaw.start) + 1 : flaw.start]
    return _VALUE.search(before) is not None and _OPERAND.match(text, flaw.start + 2) is not None


def _comment(span: Span) -> Diagnostic:
    slashes = Span(span.file, span.start, span.start + 2)
    return error(
        "MLP0006",
        "comments start with `#`",
        slashes,
        "write `#` here",
        fixes=[Fix("write `#`", (Edit(slashes, "#"),), safe=True)],
    )


def _number(span: Span, text: str) -> Diagnostic:
    return error(
        "MLP0003",
        f"`{text}` does not mean anything here",
        span,
        "a digit must follow the `.`" if text.endswith(".") else "not a number",
        fixes=[Fix(f"write `{text}0`", (Edit(span.at_end(), "0"),), safe=True)]
        if text.endswith(".")
        else [],
    )


def _unclosed(tokens: Tokens, flaw: Flaw, span: Span, text: str) -> Diagnostic:
    quote = text.lstrip("f")[0] * (3 if text.lstrip("f").startswith('"""') else 1)
    opening = Span(span.file, span.start, span.start + text.index(quote[0]) + len(quote))
    if text.startswith("f") and text.endswith('"') and len(text) > 2:
        brace = span.start + max(text.rfind("{"), 0)
        return error(
            "MLP0102",
            "this `{` is never closed",
            Span(span.file, brace, brace + 1),
            "the expression must end with `}` before the text does",
            help=["for a brace in the text itself write `{{`"],
        )
    help_ = [f"close it with `{quote}`" if quote != "'" else 'text stands in double quotes: `"…"`']
    if quote != '"""':
        help_.append('for text over several lines use `"""`')
    return error("MLP0004", "this text has no closing quote", opening, "it opens here", help=help_)


_STRAY: dict[str, tuple[str, str | None, str]] = {
    ";": ("statements need no separator", "", "delete it"),
    "\u00a0": ("a plain space is needed", " ", "write a plain space"),
    "\u200b": ("it cannot be seen", "", "delete it"),
    "\ufeff": ("it cannot be seen", "", "delete it"),
    **dict.fromkeys(_QUOTES, ("text stands in plain double quotes", '"', 'write `"`')),
}
_HELP = {
    "$": "`$name` belongs into the text of `run shell`; elsewhere write `name`",
    "@": "there are no decorators: settings stand inside the braces of a step",
    "&": "to join two conditions write `and`",
    "//": "`/` divides, and `round(a / b)` makes an Int of it; a comment starts with `#`",
    "%": "a percentage stands right behind its number: `10%`; remainders are computed in steps",
}


def _character(character: str, spans: list[Span]) -> Diagnostic:
    first, *others = spans
    labels = [Label(span, "and here") for span in others[:_MANY]]
    if character == "!":
        return error(
            "MLP0007",
            "write `not`",
            first,
            "`!` is spelt `not` here",
            labels=labels,
            fixes=[Fix("write `not`", tuple(Edit(span, "not ") for span in spans), safe=True)],
        )
    visible = character.isprintable() and not character.isspace()
    name = _NAMES.get(character) or (f"`{character}`" if visible else f"U+{ord(character):04X}")
    label, replacement, title = _STRAY.get(character, ("the language has no such sign", None, ""))
    fixes: list[Fix] = []
    if replacement is not None:
        edits = tuple(Edit(span, replacement) for span in spans)
        fixes = [Fix(title.replace(" it", " them") if others else title, edits, safe=True)]
    return error(
        "MLP0003",
        f"{name} does not mean anything here",
        first,
        label,
        labels=labels,
        help=[_HELP[character]] if character in _HELP else [],
        fixes=fixes,
    )
