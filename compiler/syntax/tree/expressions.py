"""Builds the tree of expressions, and mends what was lexed although it is wrong (`&&`, `a.`)."""

from __future__ import annotations

from ....grammar import tables
from ...diagnostics.diagnostic import Edit, Fix, error
from .. import ast
from ..strings import key_name, literal_value
from .context import Builders, Context

_SIGNS = {kind: sign for sign, kind in tables.SYMBOLS}
_WORDS = {"&&": "and", "||": "or", "!": "not"}
_LOWEST = -(2**63)


def _operator(c: Context, token: int) -> ast.Name:
    """An operator's name; `&&` is reported and read as `and`, and so is the gap in `a < b < c`."""
    name = c.name(token)
    if not name.text:
        return ast.Name("and", name.span)
    word = _WORDS.get(name.text)
    if word is None:
        return name
    text = c.tokens.source.text
    end = name.span.end
    space = " " if text[end : end + 1].strip() else ""
    before = " " if text[name.span.start - 1 : name.span.start].strip(" \t\r\n(") else ""
    c.mistakes.append(
        error(
            "MLP0007",
            f"write `{word}`",
            name.span,
            f"`{name.text}` is spelt `{word}` here",
            fixes=[Fix(f"write `{word}`", (Edit(name.span, f"{before}{word}{space}"),), safe=True)],
        )
    )
    return ast.Name(word, name.span)


def binary(
    c: Context, first: int, last: int, left: ast.Expr, operator: int, right: ast.Expr
) -> ast.Binary:
    return ast.Binary(c.span(first, last), _operator(c, operator), left, right)


def unary(c: Context, first: int, last: int, operator: int, operand: ast.Expr) -> ast.Expr:
    span, sign = c.span(first, last), _operator(c, operator)
    # The one Int that has no positive twin of which it could be the negative.
    match operand:
        case ast.Literal(value=int(number)) if sign.text == "-" and number == -_LOWEST:
            return ast.Literal(span, _LOWEST, c.tokens.source.slice(span))
        case _:
            return ast.Unary(span, sign, operand)


def comparison(c: Context, first: int, last: int) -> ast.Name:
    # A mended token is what it was read as, not what is written.
    kinds, tokens = c.tokens.kinds, range(first, last + 1)
    words = [_SIGNS.get(kinds[token]) or c.tokens.text(token) for token in tokens]
    return ast.Name(" ".join(words), c.span(first, last))


def compare(
    c: Context, first: int, last: int, left: ast.Expr, operator: ast.Name, right: ast.Expr
) -> ast.Binary:
    return ast.Binary(c.span(first, last), operator, left, right)


def if_expr(
    c: Context, first: int, last: int, condition: ast.Expr, then: ast.Expr, otherwise: ast.Expr
) -> ast.IfExpr:
    return ast.IfExpr(c.span(first, last), condition, then, otherwise)


def field_of(c: Context, first: int, last: int, base: ast.Expr, word: int) -> ast.FieldOf:
    return ast.FieldOf(c.span(first, last), base, c.name(word), maybe=False)


def maybe_field_of(c: Context, first: int, last: int, base: ast.Expr, word: int) -> ast.FieldOf:
    return ast.FieldOf(c.span(first, last), base, c.name(word), maybe=True)


def missing_field(c: Context, first: int, last: int, base: ast.Expr, dot: int) -> ast.Missing:
    c.mistakes.append(
        error(
            "MLP0110",
            "nothing may end a line with `.`",
            c.tokens.span(dot),
            "the name of a field must follow here",
            help=["write the field on this line, right after the `.`"],
        )
    )
    return ast.Missing(c.span(first, last), base)


def each(c: Context, first: int, last: int, base: ast.Expr) -> ast.Each:
    return ast.Each(c.span(first, last), base)


def index(c: Context, first: int, last: int, base: ast.Expr, position: ast.Expr) -> ast.Index:
    return ast.Index(c.span(first, last), base, position)


def call(
    c: Context, first: int, last: int, callee: ast.Expr, arguments: list[ast.Argument] | None
) -> ast.Call:
    return ast.Call(c.span(first, last), callee, tuple(arguments or ()))


def named_arg(c: Context, first: int, last: int, word: int, value: ast.Expr) -> ast.Argument:
    return ast.Argument(c.span(first, last), c.name(word), value)


def plain_arg(c: Context, first: int, last: int, value: ast.Expr) -> ast.Argument:
    return ast.Argument(c.span(first, last), None, value)


def name(c: Context, first: int, last: int, word: int) -> ast.NameRef:
    return ast.NameRef(c.span(first, last), c.tokens.text(word))


def list_of(
    c: Context, first: int, last: int, item: ast.Expr | None, others: list[ast.Expr] | None
) -> ast.ListOf:
    return ast.ListOf(c.span(first, last), () if item is None else (item, *(others or ())))


def record(
    c: Context, first: int, last: int, entry: ast.Entry | None, others: list[ast.Entry] | None
) -> ast.Record:
    return ast.Record(c.span(first, last), () if entry is None else (entry, *(others or ())))


def entry(
    c: Context, first: int, last: int, key: tuple[ast.Name, bool], value: ast.Expr
) -> ast.Entry:
    return ast.Entry(c.span(first, last), key[0], value)


def accessor(c: Context, first: int, last: int, word: int) -> ast.Accessor:
    return ast.Accessor(c.span(first, last), c.name(word))


def literal(c: Context, first: int, _last: int) -> ast.Literal | ast.Quantity | ast.Text:
    return literal_value(c, first)


def key(c: Context, first: int, _last: int) -> tuple[ast.Name, bool]:
    return key_name(c, first)


BUILDERS: Builders = {
    "if_expr": (if_expr, ("expr", "expr", "expr")),
    "or_op": (binary, ("or_expr", "OR|BAD_OR", "and_expr")),
    "and_op": (binary, ("and_expr", "AND|BAD_AND", "not_expr")),
    "not_op": (unary, ("NOT", "not_expr")),
    "cmp": (comparison, ()),
    "compare": (compare, ("coalesce", "cmp", "coalesce")),
    "coalesce": (binary, ("coalesce", "COALESCE", "sum")),
    "arith": (binary, ("sum|product", "PLUS|MINUS|STAR|SLASH", "product|unary")),
    "neg": (unary, ("MINUS", "unary")),
    "field_of": (field_of, ("postfix", "_label")),
    "maybe_field_of": (maybe_field_of, ("postfix", "_label")),
    "missing_field": (missing_field, ("postfix", "DANGLING_DOT")),
    "each": (each, ("postfix",)),
    "index": (index, ("postfix", "expr")),
    "call": (call, ("postfix", "_args")),
    "named_arg": (named_arg, ("_label", "expr")),
    "plain_arg": (plain_arg, ("expr",)),
    "name": (name, ("_name",)),
    "list": (list_of, ("expr", "*")),
    "record": (record, ("entry", "*")),
    "entry": (entry, ("key", "expr")),
    "accessor": (accessor, ("_label",)),
    "literal": (literal, ()),
    "text": (literal, ()),
    "key": (key, ()),
}
