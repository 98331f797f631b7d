"""Splits the tokens of a file into its declarations, also where brackets do not match."""

from __future__ import annotations

from collections.abc import Iterator

from .tokens import END, KIND, Tokens

_OPEN = frozenset(KIND[name] for name in ("LPAR", "LSQB", "LBRACE"))
_CLOSE = frozenset(KIND[name] for name in ("RPAR", "RSQB", "RBRACE"))
_RBRACE, _EQUAL, _NAME = KIND["RBRACE"], KIND["EQUAL"], KIND["NAME"]
_DANGLING_EQUAL = KIND["DANGLING_EQUAL"]
_BRACED = frozenset(KIND[name] for name in ("SCHEMA", "STEP", "PIPELINE", "TARGET", "TEST"))
# What may stand behind the keyword of a declaration; in column 1 that is enough to begin one.
_AFTER = {
    "EDITION": ("INT",),
    "USE": ("NAME", "STRING"),
    "SCHEMA": ("NAME",),
    "STEP": ("NAME", "TEST", "RUN", "TARGET", "CHECK"),
    "PIPELINE": ("NAME", "TEST", "RUN", "TARGET"),
    "TARGET": ("NAME",),
    "TEST": ("STRING",),
}
_FOLLOWS = {KIND[word]: frozenset(KIND[name] for name in after) for word, after in _AFTER.items()}


def chunks(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Token ranges `[first, last)`, one per declaration, which together are the whole file.

    A declaration begins at its keyword, in column 1 or where no bracket is open; one with braces
    ends at its last brace. What stands between two declarations is a range of its own.
    """
    kinds = tokens.kinds
    first, depth, braced = 0, 0, False
    for token, kind in enumerate(kinds):
        if kind == END:
            break
        if token > first and _begins(tokens, token, depth, inside=braced):
            yield first, token
            first, depth, braced = token, 0, False
        if token == first:
            braced = kind in _BRACED
        if kind in _OPEN:
            depth += 1
        elif kind in _CLOSE:
            depth = max(0, depth - 1)
            if kind == _RBRACE and depth == 0 and braced:
                yield first, token + 1
                first, braced = token + 1, False
    if first < len(kinds) - 1:
        yield first, len(kinds) - 1


def _begins(tokens: Tokens, token: int, depth: int, *, inside: bool) -> bool:
    kinds = tokens.kinds
    kind, following = kinds[token], kinds[token + 1]
    start = tokens.starts[token]
    in_column_1 = start == 0 or tokens.source.text[start - 1] in "\n\ufeff"
    if kind in _FOLLOWS:
        return (in_column_1 or depth == 0) and following in _FOLLOWS[kind]
    named = kind == _NAME and following in (_EQUAL, _DANGLING_EQUAL)
    return named and depth == 0 and (in_column_1 or not inside) and kinds[token - 1] != _EQUAL
