"""Builds the tree of types: `Int`, `List[T]`, `"a" | "b"`, `T?`."""

from __future__ import annotations

from .. import ast
from ..strings import plain_value
from .context import Builders, Context


def type_name(c: Context, first: int, last: int, before: ast.Name | None, word: int) -> ast.Name:
    text = c.tokens.text(word)
    return ast.Name(text if before is None else f"{before.text}.{text}", c.span(first, last))


def type_ref(c: Context, first: int, last: int, name: ast.Name) -> ast.TypeName:
    return ast.TypeName(c.span(first, last), name.text)


def type_app(
    c: Context,
    first: int,
    last: int,
    name: ast.Name,
    argument: ast.TypeExpr,
    others: list[ast.TypeExpr] | None,
) -> ast.TypeApply:
    return ast.TypeApply(c.span(first, last), name, (argument, *(others or ())))


def type_literal(c: Context, first: int, last: int, text: int) -> ast.TypeLiteral:
    return ast.TypeLiteral(c.span(first, last), plain_value(c, text))


def type_union(
    c: Context, first: int, last: int, member: ast.TypeExpr, others: list[ast.TypeExpr]
) -> ast.TypeUnion:
    return ast.TypeUnion(c.span(first, last), (member, *others))


def optional(c: Context, first: int, last: int, inner: ast.TypeExpr) -> ast.TypeOptional:
    return ast.TypeOptional(c.span(first, last), inner)


BUILDERS: Builders = {
    "type_name": (type_name, ("type_name", "NAME")),
    "type_ref": (type_ref, ("type_name",)),
    "type_app": (type_app, ("type_name", "type", "*")),
    "type_literal": (type_literal, ("STRING",)),
    "type_union": (type_union, ("_type_opt", "*")),
    "optional": (optional, ("type_atom",)),
}
