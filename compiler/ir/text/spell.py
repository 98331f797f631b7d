"""Spells expressions: `%node.port`, `$parameter`, literals, operators, and types where needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import assert_never

from ....runtime import texts, values
from ...types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    MISSING,
    SIZE,
    STRING,
    TIME,
    Type,
    show,
)
from ..meaning import value_of
from ..values import (
    Apply,
    Expr,
    Json,
    Literal,
    ParameterRef,
    PortRef,
)
from .usual import usual_type

INFIX = (
    "+", "-", "*", "/", "==", "!=", "<=", "<", ">=", ">", "in", "not in", "and", "or", "??",
)  # fmt: skip
PREFIX = (
    "not", "neg", "float", "if", "text", "each", "soft", "hindsight", "gather", "absent",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def spell_word(name: str) -> str:
    """A name: bare where it is a word, else quoted."""
    return name if _WORD.fullmatch(name) else spell_json(name)


def spell_json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def expression_text(expression: Expr) -> str:
    """One expression without its types, for people: labels of drawings."""
    return Speller(None).spell(expression)


class Speller:
    """Spells expressions; `types` has the types of the references that stand before them.

    References are found as `$parameter` and `node.port`. Without a table no type is written.
    """

    def __init__(self, types: dict[str, Type] | None) -> None:
        self.types = types

    def spell(self, expression: Expr, *, inner: bool = False) -> str:
        """The text; an infix operator inside another gets parentheses, as does a written type."""
        text, usual = self._spelled(expression)
        if self.types is not None and usual != expression.type:
            return f"({text}: {show(expression.type)})"
        infix = isinstance(expression, Apply) and expression.operator in INFIX
        return f"({text})" if infix and inner else text

    def named(self, pairs: Iterable[tuple[str, Expr]]) -> str:
        """`a = 1, b = %node.port`"""
        return ", ".join(f"{spell_word(name)} = {self.spell(value)}" for name, value in pairs)

    def _spelled(self, expression: Expr) -> tuple[str, Type | None]:
        """The text, and the type that a reader takes it to have."""
        types = self.types or {}
        match expression:
            case Literal():
                return spell_literal(expression), expression.type
            case ParameterRef(_, name):
                return _parameter(name), types.get(f"${name}")
            case PortRef(_, node, port):
                text = f"%{spell_word(node)}.{spell_word(port)}"
                return text, types.get(f"{node}.{port}")
            case Apply(_, operator, operands, names):
                usual = usual_type(operator, [operand.type for operand in operands], names)
                return self._applied(operator, operands, names), usual
            case _:
                assert_never(expression)

    def _applied(self, operator: str, operands: tuple[Expr, ...], names: tuple[str, ...]) -> str:
        if operator in INFIX:
            return f" {operator} ".join(self.spell(operand, inner=True) for operand in operands)
        flat = [self.spell(operand) for operand in operands]
        match operator:
            case "field":
                return f"{self.spell(operands[0], inner=True)}.{spell_word(names[0])}"
            case "field?":
                return f"{self.spell(operands[0], inner=True)}?.{spell_word(names[0])}"
            case "index":
                return f"{self.spell(operands[0], inner=True)}[{flat[1]}]"
            case "list":
                return f"[{', '.join(flat)}]"
            case "record":
                return f"{{ {self.named(zip(names, operands, strict=True))} }}"
            case "call":
                given = (
                    f"{spell_word(name)} = {part}" if name else part
                    for name, part in zip(names[1:], flat, strict=True)
                )
                return f"{names[0]}({', '.join(given)})"
            case _:
                chosen = "".join(f".{spell_word(name)}" for name in names)
                return f"{operator}{chosen}({', '.join(flat)})"


def _parameter(name: str) -> str:
    """`run.day` is a name of its own; a parameter called `run` is quoted to keep them apart."""
    if name.startswith("run.") and _WORD.fullmatch(name[4:]):
        return f"${name}"
    return f"${spell_json(name) if name == 'run' else spell_word(name)}"


def spell_literal(literal: Literal) -> str:
    """`0.7`, `"gold"`, `2026-11-22`, `15m`, `none`; else `json(VALUE: TYPE)`."""
    type_, value = literal.type, literal.value
    if type_ == MISSING:
        return "none"
    if type_ in (STRING, BOOL) or (type_ == INT and isinstance(value, int)):
        return spell_json(value)
    if type_ in (FLOAT, DATE, TIME, DURATION, SIZE):
        text = texts.show(value_of(literal))
        again = values.encode(show(type_), texts.parse(show(type_), text))
        if spell_json(again) == spell_json(value):
            return text
    return f"json({spell_json(value)}: {show(type_)})"
