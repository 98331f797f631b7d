"""The part of Argo's expression language that emitted documents use, evaluated as Argo would."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.)*')|([A-Za-z_][-\w]*(?:\.[-\w]+)*)|(==|[?:+(),]))")


def evaluate(code: str, variables: Mapping[str, str]) -> str:
    """The value of texts, variables, `==`, `+`, `? :` and `replace()`; anything else raises."""
    tokens: list[str] = []
    position = 0
    while position < len(code.rstrip()):
        match = _TOKEN.match(code, position)
        if match is None:
            raise ValueError(f"cannot read `{code[position:]}` in `{code}`")
        tokens.append(match[1] or match[2] or match[3])
        position = match.end()
    value = _choice(tokens, variables)
    if tokens or not isinstance(value, str):
        raise ValueError(f"`{code}` has no text for a value")
    return value


def _choice(tokens: list[str], variables: Mapping[str, str]) -> str | bool:
    value = _comparison(tokens, variables)
    if tokens[:1] != ["?"]:
        return value
    tokens.pop(0)
    yes = _choice(tokens, variables)
    _expect(tokens, ":")
    no = _choice(tokens, variables)
    return yes if value else no


def _comparison(tokens: list[str], variables: Mapping[str, str]) -> str | bool:
    value = _sum(tokens, variables)
    if tokens[:1] != ["=="]:
        return value
    tokens.pop(0)
    return value == _sum(tokens, variables)


def _sum(tokens: list[str], variables: Mapping[str, str]) -> str:
    value = _term(tokens, variables)
    while tokens[:1] == ["+"]:
        tokens.pop(0)
        value += _term(tokens, variables)
    return value


def _term(tokens: list[str], variables: Mapping[str, str]) -> str:
    word = tokens.pop(0)
    if word.startswith("'"):
        return word[1:-1]
    if word != "replace":
        return variables[word]
    _expect(tokens, "(")
    text = _sum(tokens, variables)
    _expect(tokens, ",")
    old = _sum(tokens, variables)
    _expect(tokens, ",")
    new = _sum(tokens, variables)
    _expect(tokens, ")")
    return text.replace(old, new)


def _expect(tokens: list[str], token: str) -> None:
    if tokens.pop(0) != token:
        raise ValueError(f"`{token}` is missing")
