"""Random expressions of every operator, well typed. Some have no value: failing is one, too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

from hypothesis import strategies as st

from millpond.compiler.ir import meaning
from millpond.compiler.ir.values import Apply, Expr, Literal
from millpond.compiler.types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    STRING,
    Column,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
)

QUALITY = Row("Quality", (Column("auc", FLOAT), Column("rows", INT)))
PAIR = Row(None, (Column("a", INT), Column("b", INT)))
INTS, MAYBE, PAIRS, PERHAPS = ListOf(INT), Optional(INT), ListOf(PAIR), Optional(PAIR)
NUMBERS = MapOf(INT)
TYPES: tuple[Type, ...] = (
    INT, FLOAT, STRING, BOOL, DURATION, DATE, INTS, MAYBE, Metrics(QUALITY), PAIR, PAIRS, PERHAPS,
    NUMBERS,
)  # fmt: skip
PORTS = (*TYPES, INT, INT, INTS, MAYBE, BOOL, STRING)
"""What comes in and out: often the same, so that nodes read each other."""

_INTS = st.integers(-3, 9)
_PAIR = st.fixed_dictionaries({"a": _INTS, "b": _INTS})
DAY = date(2026, 2, 27)
VALUES: dict[Type, st.SearchStrategy[object]] = {
    INT: _INTS,
    FLOAT: st.sampled_from([-1.5, 0.0, 0.5, 1.0, 2.0]),
    STRING: st.sampled_from(["", "a", 'b"\\', "{ä}\n%c.d"]),
    BOOL: st.booleans(),
    DURATION: st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(seconds=1.5)]),
    DATE: st.integers(0, 3).map(lambda days: DAY + timedelta(days=days)),
    INTS: st.lists(_INTS, max_size=3),
    MAYBE: st.none() | _INTS,
    Metrics(QUALITY): st.fixed_dictionaries({"auc": st.floats(0, 1), "rows": _INTS}),
    PAIR: _PAIR,
    PAIRS: st.lists(_PAIR, max_size=2),
    PERHAPS: st.none() | _PAIR,
    NUMBERS: st.dictionaries(st.sampled_from(["a", "b"]), _INTS, max_size=2),
}


def literals(type_: Type) -> st.SearchStrategy[Literal]:
    return VALUES[type_].map(lambda value: meaning.constant(type_, value))


class Expressions:
    """A place where expressions are drawn; `readable` is what may be read there."""

    __slots__ = ()
    draw: st.DrawFn
    readable: dict[Type, list[Expr]]

    def choose(self, *options: object) -> object:
        return self.draw(st.sampled_from(options))

    def leaf(self, type_: Type) -> Expr:
        readable = self.readable.get(type_, [])
        if readable and self.draw(st.booleans()):
            return self.draw(st.sampled_from(readable))
        return self.draw(literals(type_))

    def expression(self, type_: Type, depth: int = 2) -> Expr:
        """An expression of the type."""
        if depth == 0 or self.draw(st.integers(0, 2)) == 0:
            return self.leaf(type_)
        below = depth - 1
        match self.draw(st.integers(0, 19)):
            case 0 | 1 | 2:
                condition = self.expression(BOOL, below)
                return Apply(type_, "if", (condition, *self.several(type_, below, 2)))
            case 3:
                return Apply(type_, "absent", (), ("there is no such partition",))
            case _:
                return self.of(type_, below)

    def of(self, type_: Type, depth: int) -> Expr:
        match type_:
            case _ if type_ == INT:
                return self.whole(depth)
            case _ if type_ == FLOAT:
                return self.real(depth)
            case _ if type_ == STRING:
                kinds = (INT, STRING, BOOL, DURATION, DATE)
                count = self.draw(st.integers(0, 3))
                return Apply(STRING, "text", self.mixed(kinds, depth, count))
            case _ if type_ == BOOL:
                return self.truth(depth)
            case _ if type_ == DURATION:
                if self.draw(st.integers(0, 3)) == 0:
                    return Apply(DURATION, "-", self.several(DATE, depth, 2))
                operator = cast(str, self.choose("+", "-"))
                return Apply(DURATION, operator, self.several(DURATION, depth, 2))
            case _ if type_ == DATE:
                parts = (self.leaf(DATE), Apply(DURATION, "*", (self.leaf(INT), _day())))
                return Apply(DATE, cast(str, self.choose("+", "-")), parts)
            case _ if type_ == INTS:
                return self.listed(depth)
            case _ if type_ == MAYBE:
                return self.maybe(depth)
            case _ if type_ == PAIR:
                if self.draw(st.booleans()):
                    return Apply(PAIR, "index", (self.expression(PAIRS, depth), self.leaf(INT)))
                return Apply(PAIR, "record", self.several(INT, depth, 2), ("a", "b"))
            case _ if type_ == PAIRS:
                word = cast(str, self.choose("zip", "grid"))
                return Apply(PAIRS, "call", self.several(INTS, depth, 2), (word, "a", "b"))
            case _ if type_ == PERHAPS:
                return Apply(PERHAPS, "soft", (self.expression(PAIR, depth),))
            case _:
                return self.leaf(type_)

    def several(self, type_: Type, depth: int, count: int) -> tuple[Expr, ...]:
        return tuple(self.expression(type_, depth) for _ in range(count))

    def mixed(self, kinds: tuple[Type, ...], depth: int, count: int) -> tuple[Expr, ...]:
        return tuple(self.expression(cast(Type, self.choose(*kinds)), depth) for _ in range(count))

    def whole(self, depth: int) -> Expr:
        match self.draw(st.integers(0, 9)):
            case 0:
                counted = self.expression(cast(Type, self.choose(INTS, STRING, NUMBERS)), depth)
                return Apply(INT, "call", (counted,), ("len", ""))
            case 1:
                return Apply(INT, "??", (self.expression(MAYBE, depth), self.leaf(INT)))
            case 2:
                return Apply(INT, "index", (self.expression(INTS, depth), self.leaf(INT)))
            case 3:
                return Apply(INT, "neg", (self.expression(INT, depth),))
            case 4:
                name = cast(str, self.choose("a", "b"))
                return Apply(INT, "field", (self.expression(PAIR, depth),), (name,))
            case 5:
                key = self.draw(st.sampled_from(["a", "b", "c"]).map(_text))
                return Apply(INT, "index", (self.leaf(NUMBERS), key))
            case 6:
                word = cast(str, self.choose("min", "max"))
                if self.draw(st.booleans()):
                    return Apply(INT, "call", (self.expression(INTS, depth),), (word, ""))
                return Apply(INT, "call", self.several(INT, depth, 2), (word, "", ""))
            case 7:
                return Apply(INT, "field", (self.leaf(Metrics(QUALITY)),), ("rows",))
            case _:
                operator = cast(str, self.choose("+", "-", "*"))
                return Apply(INT, operator, self.several(INT, depth, 2))

    def real(self, depth: int) -> Expr:
        match self.draw(st.integers(0, 4)):
            case 0:
                return Apply(FLOAT, "field", (self.leaf(Metrics(QUALITY)),), ("auc",))
            case 1:
                return Apply(FLOAT, "float", (self.expression(INT, depth),))
            case 2:
                parts = (self.expression(FLOAT, depth), self.leaf(INT))
                return Apply(FLOAT, "call", parts, ("round", "", ""))
            case 3:
                return Apply(FLOAT, "/", self.mixed((INT, FLOAT), depth, 2))
            case _:
                operator = cast(str, self.choose("+", "-", "*"))
                pair = (self.expression(FLOAT, depth), *self.mixed((INT, FLOAT), depth, 1))
                return Apply(FLOAT, operator, pair)

    def maybe(self, depth: int) -> Expr:
        if self.draw(st.booleans()):
            return Apply(MAYBE, "field?", (self.expression(PERHAPS, depth),), ("b",))
        return Apply(MAYBE, "soft", (self.expression(INT, depth),))

    def listed(self, depth: int) -> Expr:
        match self.draw(st.integers(0, 4)):
            case 0:
                return Apply(INTS, "each", (self.expression(PAIRS, depth),), ("a",))
            case 1:
                count = self.draw(st.integers(0, 3))
                return Apply(INTS, "gather", self.several(INT, depth, count))
            case 2:
                return Apply(INTS, "call", self.several(INTS, depth, 2), ("concat", "", ""))
            case 3:
                return Apply(INTS, "call", (self.leaf(INT),), ("range", ""))
            case _:
                count = self.draw(st.integers(1, 3))
                return Apply(INTS, "list", self.several(INT, depth, count))

    def truth(self, depth: int) -> Expr:
        match self.draw(st.integers(0, 6)):
            case 0:
                return Apply(BOOL, "not", (self.expression(BOOL, depth),))
            case 1:
                operator = cast(str, self.choose("and", "or"))
                return Apply(BOOL, operator, self.several(BOOL, depth, 2))
            case 2:
                word = cast(str, self.choose("in", "not in"))
                return Apply(BOOL, word, (self.leaf(INT), self.expression(INTS, depth)))
            case _:
                kind = cast(Type, self.choose(INT, FLOAT, STRING, DURATION, DATE))
                operator = cast(str, self.choose("==", "!=", "<", "<=", ">", ">="))
                return Apply(BOOL, operator, self.several(kind, depth, 2))


def _text(text: str) -> Literal:
    return meaning.constant(STRING, text)


def _day() -> Literal:
    return meaning.constant(DURATION, timedelta(days=1))


@dataclass
class Alone(Expressions):
    """A place where nothing may be read."""

    draw: st.DrawFn
    readable: dict[Type, list[Expr]] = field(default_factory=dict)


@st.composite
def expressions_of(draw: st.DrawFn, type_: Type) -> Expr:
    """An expression of a type that reads nothing."""
    return Alone(draw).expression(type_, 4)
