"""What literals mean: escapes, dedent, interpolation, numbers, quantities, dates and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from ..diagnostics.diagnostic import Edit, Fix, error
from ..source import Span
from . import ast
from .tokens import KIND

if TYPE_CHECKING:
    from .tree.context import Context

_NAMED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|([\s\S])|$)")
_QUANTITY = re.compile(r"([\d_.]+)(.+)")


def literal_value(c: Context, token: int) -> ast.Literal | ast.Quantity | ast.Text:
    """The tree of a literal token; what is wrong inside it is reported and read around."""
    return _READERS[c.tokens.kinds[token]](c, token)


def plain_value(c: Context, token: int) -> str:
    """The value of a `"…"` token."""
    span = c.tokens.span(token)
    text = c.tokens.text(token)
    return _unescaped(c, text[1:-1] if _closed(text, 1) else text[1:], span.start + 1)


def key_name(c: Context, token: int) -> tuple[ast.Name, bool]:
    """A setting's key and whether it was quoted."""
    if c.tokens.kinds[token] == KIND["STRING"]:
        return ast.Name(plain_value(c, token), c.tokens.span(token)), True
    return c.name(token), False


def _closed(text: str, opening: int) -> bool:
    return len(text) > opening and text[-1] == text[opening - 1]


def _unescaped(c: Context, text: str, start: int) -> str:
    """`text`, which begins at offset `start`, with its escapes replaced."""
    if "\\" not in text:
        return text

    def replaced(found: re.Match[str]) -> str:
        code, letter = found.groups()
        if code is not None and (number := int(code, 16)) <= 0x10FFFF:
            if not 0xD800 <= number <= 0xDFFF:
                return chr(number)
        elif letter in _NAMED:
            return _NAMED[letter]
        span = Span(c.tokens.source.name, start + found.start(), start + found.end())
        c.mistakes.append(
            error(
                "MLP0003",
                f"`{found.group()}` does not mean anything here",
                span,
                "not an escape of this language",
                help=[r"escapes are \n \t \" \\ and \u{1F600}; for a backslash write \\"],
                fixes=[Fix(r"write `\\`", (Edit(span.at_start(), "\\"),), safe=False)],
            )
        )
        return found.group()

    return _ESCAPE.sub(replaced, text)


def _dedented(pieces: list[str | ast.Expr], body: str) -> list[str | ast.Expr]:
    """Raw text less the indentation of its closing quotes, where these stand on their own line.

    The line breaks after the opening and before the closing quotes go as well.
    """
    indent = body[body.rfind("\n") + 1 :]
    if "\n" not in body or indent.strip(" \t"):
        return pieces
    margin = re.compile(rf"\n[ \t]{{0,{len(indent)}}}")
    pieces = [margin.sub("\n", part) if isinstance(part, str) else part for part in pieces]
    if isinstance(head := pieces[0], str) and not (line := head.partition("\n"))[0].strip(" \t"):
        pieces[0] = line[2] if line[1] else head
    if isinstance(tail := pieces[-1], str):
        pieces[-1] = tail.removesuffix("\n")
    return pieces


def _string(c: Context, token: int) -> ast.Literal:
    return ast.Literal(c.tokens.span(token), plain_value(c, token), c.tokens.text(token))


def _single_quoted(c: Context, token: int) -> ast.Literal:
    span, raw = c.tokens.span(token), c.tokens.text(token)
    inside = raw[1:-1] if _closed(raw, 1) else raw[1:]
    mended = '"' + inside.replace("\\'", "'").replace('"', '\\"') + '"'
    if _closed(raw, 1):
        c.mistakes.append(
            error(
                "MLP0005",
                "use double quotes",
                span,
                "text stands in double quotes",
                fixes=[Fix("use double quotes", (Edit(span, mended),), safe=True)],
            )
        )
    return ast.Literal(span, inside, raw)


def _raw_body(raw: str, opening: int) -> str:
    end = -3 if raw.endswith('"""') and len(raw) >= opening + 3 else len(raw)
    return raw[opening:end]


def _raw_string(c: Context, token: int) -> ast.Literal:
    raw = c.tokens.text(token)
    body = _raw_body(raw, 3).replace("\r\n", "\n")
    (value,) = _dedented([body], body)
    if not isinstance(value, str):
        raise TypeError("text without parts is text")
    return ast.Literal(c.tokens.span(token), value, raw)


def _interpolated(c: Context, token: int) -> ast.Text:
    raw, span = c.tokens.text(token), c.tokens.span(token)
    body = raw[2:-1] if _closed(raw, 2) else raw[2:]
    pieces = list(_pieces(c, body, span.start + 2, escapes=True))
    return ast.Text(span, tuple(piece for piece in pieces if piece != ""), raw)


def _raw_interpolated(c: Context, token: int) -> ast.Text:
    raw, span = c.tokens.text(token), c.tokens.span(token)
    body = _raw_body(raw, 4)
    pieces = list(_pieces(c, body, span.start + 4, escapes=False)) or [""]
    pieces = [piece.replace("\r\n", "\n") if isinstance(piece, str) else piece for piece in pieces]
    pieces = _dedented(pieces, body.replace("\r\n", "\n"))
    return ast.Text(span, tuple(piece for piece in pieces if piece != ""), raw)


_STOP = re.compile(r"\{\{|\}\}|\{|\\[\s\S]")
_INSIDE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')


def _pieces(c: Context, body: str, start: int, *, escapes: bool) -> Iterator[str | ast.Expr]:
    """Plain strings and interpolated expressions in turn."""
    plain: list[str] = []
    position = 0
    for_plain = (lambda text, at: _unescaped(c, text, at)) if escapes else (lambda text, _at: text)
    while found := _STOP.search(body, position):
        plain.append(for_plain(body[position : found.start()], start + position))
        position = found.end()
        match found.group():
            case "{{" | "}}" as brace:
                plain.append(brace[0])
            case "{":
                end = _closing(body, position)
                yield "".join(plain)
                plain.clear()
                expression = c.inner(start + position, start + end)
                if expression is not None:
                    yield expression
                position = end + 1
            case escape:
                plain.append(for_plain(escape, start + found.start()))
    plain.append(for_plain(body[position:], start + position))
    yield "".join(plain)


def _closing(body: str, position: int) -> int:
    """Where the brace opened before `position` closes; the end of the text if nowhere."""
    depth = 1
    for found in _INSIDE.finditer(body, position):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return found.start()
    return len(body)


def _number(c: Context, token: int) -> ast.Literal:
    raw = c.tokens.text(token)
    return ast.Literal(c.tokens.span(token), _numeric(raw), raw)


def _numeric(text: str) -> int | float:
    digits = text.replace("_", "")
    return float(digits) if set(digits) & set(".eE") else int(digits)


def _quantity(c: Context, token: int) -> ast.Quantity:
    raw, span = c.tokens.text(token), c.tokens.span(token)
    found = _QUANTITY.fullmatch(raw)
    if found is None:
        raise ValueError(f"the grammar made a quantity of {raw!r}")
    unit = Span(span.file, span.start + found.start(2), span.end)
    return ast.Quantity(span, _numeric(found.group(1)), ast.Name(found.group(2), unit), raw)


def _calendar(c: Context, token: int) -> ast.Literal:
    raw, span = c.tokens.text(token), c.tokens.span(token)
    timed = c.tokens.kinds[token] == KIND["DATETIME"]
    try:
        value = datetime.fromisoformat(raw) if timed else date.fromisoformat(raw)
    except ValueError:
        what = "time" if timed else "date"
        c.mistakes.append(
            error(
                "MLP0003",
                f"`{raw}` does not mean anything here",
                span,
                f"there is no such {what}",
                help=["dates are written `2026-11-22`, times `2026-11-22T06:00Z`"],
            )
        )
        value = date(1970, 1, 1)
    return ast.Literal(span, value, raw)


def _word(c: Context, token: int) -> ast.Literal:
    raw = c.tokens.text(token)
    return ast.Literal(c.tokens.span(token), {"true": True, "false": False}.get(raw), raw)


_READERS: dict[int, Callable[[Context, int], ast.Literal | ast.Quantity | ast.Text]] = {
    KIND["STRING"]: _string,
    KIND["FSTRING"]: _interpolated,
    KIND["RAWSTRING"]: _raw_string,
    KIND["RAWFSTRING"]: _raw_interpolated,
    KIND["BAD_STRING"]: _single_quoted,
    KIND["QUANTITY"]: _quantity,
    KIND["FLOAT"]: _number,
    KIND["INT"]: _number,
    KIND["DATETIME"]: _calendar,
    KIND["DATE"]: _calendar,
    KIND["TRUE"]: _word,
    KIND["FALSE"]: _word,
    KIND["NONE"]: _word,
}
