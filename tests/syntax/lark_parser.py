"""The grammar as lark itself reads it: the oracle for the shipped tables."""

from __future__ import annotations

from functools import cache
from typing import Any

from lark import Lark
from lark.exceptions import LarkError

from millpond import grammar

# A tree as the numbers of the rules that made it, with (kind, text, offset) at its leaves.
Tree = tuple[Any, ...]


@cache
def lark() -> Lark:
    made = Lark(
        grammar.text(),
        parser="lalr",
        lexer="basic",
        start=["start", "expr"],
        maybe_placeholders=True,
    )
    parser = made.parser.parser.parser
    for number, rule in enumerate(made.rules):
        parser.callbacks[rule] = lambda children, number=number: (number, *children)
    return made


def tree(text: str) -> Tree | None:
    """lark's tree of a file, None where it refuses."""
    try:
        return _plain(lark().parse(text, start="start"))
    except LarkError:
        return None


def tokens(text: str) -> list[tuple[str, int]] | None:
    """The kind and offset of each token as lark cuts them, None where it cannot."""
    try:
        return [(token.type, token.start_pos) for token in lark().lex(text)]
    except LarkError:
        return None


def _plain(node: Any) -> Any:
    if isinstance(node, tuple):
        return tuple(_plain(child) for child in node)
    return node if isinstance(node, int) else node.start_pos
