"""Reads expressions, the inverse of `spell.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ....runtime import texts, values
from ....runtime.dataclass import dataclass, field, replace
from ....runtime.quantities import DURATIONS, SIZES
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
    UNKNOWN,
    Row,
    Type,
    show,
)
from ..values import (
    Apply,
    Expr,
    Literal,
    ParameterRef,
    PortRef,
)
from .parse_type import parse_type
from .scan import Scanner
from .spell import INFIX, PREFIX
from .usual import usual_type

_QUANTITY = re.compile(r"\d{4}-\d\d-\d\d(?:T[0-9:.]+Z)?|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?[A-Za-z]*")
_RUN = re.compile(r"run\.[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Expressions:
    """Reads with the schemas and the types of references that stand before in the text."""

    scanner: Scanner
    schemas: Mapping[str, Row]
    types: dict[str, Type] = field(default_factory=dict)

    def expression(self) -> Expr:
        """An operand, or two with an infix operator between them."""
        left = self._operand()
        operator = self.scanner.takes(*sorted(INFIX, key=len, reverse=True))
        return left if operator is None else self._apply(operator, [left, self._operand()])

    def pair(self) -> tuple[str, Expr]:
        """`name = EXPRESSION`"""
        name = self.scanner.word()
        self.scanner.needs("=")
        return name, self.expression()

    def literal(self) -> Literal:
        found = self.expression()
        if not isinstance(found, Literal):
            raise self.scanner.fault("a literal")
        return found

    def _operand(self) -> Expr:
        scanner, found = self.scanner, self._first()
        while True:
            if sign := scanner.takes("?.", "."):
                found = self._apply("field" if sign == "." else "field?", [found], scanner.word())
            elif scanner.takes("["):
                found = self._apply("index", [found, self.expression()])
                scanner.needs("]")
            else:
                return found

    def _first(self) -> Expr:
        scanner = self.scanner
        if scanner.takes("("):
            found = self.expression()
            if scanner.takes(":"):
                found = replace(found, type=parse_type(scanner, self.schemas))
            scanner.needs(")")
            return found
        if scanner.takes("["):
            return self._apply("list", scanner.listed(self.expression, "]"))
        if scanner.takes("{"):
            pairs = scanner.listed(self.pair, "}")
            return self._apply("record", [value for _, value in pairs], *(n for n, _ in pairs))
        if scanner.sees("%"):
            node = scanner.node()
            scanner.needs(".")
            port = scanner.word()
            return PortRef(self.types.get(f"{node}.{port}", UNKNOWN), node, port)
        if scanner.takes("$"):
            name = scanner.pattern(_RUN) or scanner.word()
            return ParameterRef(self.types.get(f"${name}", UNKNOWN), name)
        if scanner.sees('"'):
            return Literal(STRING, scanner.string())
        if quantity := scanner.pattern(_QUANTITY):
            return _quantity(quantity)
        return self._word()

    def _word(self) -> Expr:
        scanner, word = self.scanner, self.scanner.word()
        match word:
            case "none":
                return Literal(MISSING, None)
            case "true" | "false":
                return Literal(BOOL, word == "true")
            case "json":
                scanner.needs("(")
                value = scanner.json()
                scanner.needs(":")
                found = Literal(parse_type(scanner, self.schemas), value)
                scanner.needs(")")
                return found
            case _ if word in PREFIX:
                names = []
                while scanner.takes("."):
                    names.append(scanner.word())
                scanner.needs("(")
                return self._apply(word, scanner.listed(self.expression, ")"), *names)
            case _:
                scanner.needs("(")
                given = scanner.listed(self._argument, ")")
                operands = [value for _, value in given]
                return self._apply("call", operands, word, *(name for name, _ in given))

    def _argument(self) -> tuple[str, Expr]:
        scanner, before = self.scanner, self.scanner.at
        named = scanner.pattern(re.compile(r'(?:\w+|"(?:[^"\\]|\\.)*") = '))
        if named is None:
            return "", self.expression()
        scanner.at = before
        return self.pair()

    def _apply(self, operator: str, operands: list[Expr], *names: str) -> Apply:
        usual = usual_type(operator, [operand.type for operand in operands], names)
        return Apply(usual, operator, tuple(operands), names)


def _quantity(text: str) -> Literal:
    unit = re.sub(r"[-0-9.]", "", text)
    match text:
        case _ if text[4:5] == "-" and text[:4].isdigit():
            type_: Type = TIME if "T" in text else DATE
        case _ if unit in DURATIONS:
            type_ = DURATION
        case _ if unit in SIZES:
            type_ = SIZE
        case _ if "." in text or "e" in text:
            type_ = FLOAT
        case _:
            type_ = INT
    return Literal(type_, values.encode(show(type_), texts.parse(show(type_), text)))
