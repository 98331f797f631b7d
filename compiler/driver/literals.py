"""Reads a value that was typed at the command line as a literal of its parameter's type."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from ...runtime import texts, values
from ...runtime.descriptors import ValueMismatch
from ...runtime.quantities import DURATIONS, SIZES, parse_duration, parse_size
from ..diagnostics.diagnostic import Report
from ..ir import meaning
from ..ir.values import Json, Literal
from ..source import Source
from ..syntax import ast
from ..syntax.parse import parse
from ..types.types import DURATION, JSON, SIZE, STRING, ListOf, MapOf, Optional, Row, Type
from .located import Find, located


def read_literal(type_: Type, text: str) -> Literal:
    """`[1, 2]`, `10%`, `none`; text without quotes where text is wanted.

    Raises `ValueMismatch` for what is no literal of the type.
    """
    bare = text.strip()
    wanted = type_.inner if isinstance(type_, Optional) else type_
    if wanted is not type_ and bare == "none" and wanted != STRING:
        return Literal(type_, None)
    if wanted in (DURATION, SIZE) and not bare[-1:].isalpha():
        raise ValueMismatch(f"{bare} what? write for example {bare}{_unit(wanted)}")
    if not isinstance(wanted, ListOf | MapOf | Row) and wanted != JSON:
        return meaning.constant(type_, texts.parse(meaning.descriptor_of(type_), text))
    try:
        try:
            return meaning.constant(type_, texts.parse(meaning.descriptor_of(type_), text))
        except ValueMismatch:
            return meaning.constant(type_, _value(_expression(text)))
    except RecursionError:
        raise ValueMismatch("it is nested too deeply") from None


def read_files(type_: Type, text: str, find: Find) -> Literal:
    """A value that names files: the path itself, `["a.csv", "b.csv"]`, `none`; `find` looks.

    Raises `ValueMismatch` for what is no literal of the type.
    """
    wanted = type_.inner if isinstance(type_, Optional) else type_
    if wanted is not type_ and text.strip() == "none":
        return Literal(type_, None)
    if not isinstance(wanted, ListOf | MapOf | Row):
        return Literal(type_, located(type_, text, find, _encoded))
    try:
        data = values.parse_json(text)
    except ValueError:
        return Literal(type_, located(type_, _value(_expression(text)), find, _encoded))
    return Literal(type_, located(type_, data, find, decoded))


def decoded(type_: Type, data: object) -> Json:
    """JSON of a type, checked."""
    return _encoded(type_, values.decode(meaning.descriptor_of(type_), cast(Json, data)))


def _encoded(type_: Type, value: object) -> Json:
    return meaning.constant(type_, value).value


def _unit(type_: Type) -> str:
    return "m" if type_ == DURATION else "GB"


def _expression(text: str) -> ast.Expr:
    report = Report()
    source = Source("", f"value = {text}\n")
    file = parse(source, report)
    match file.declarations:
        case (ast.Constant(value=value),) if not len(report):
            return value
        case _:
            raise ValueMismatch(f"`{text}` cannot be read")


def _value(expression: ast.Expr) -> object:
    match expression:
        case ast.Literal(value=value):
            return value
        case ast.Quantity(number=number, unit=unit, raw=raw):
            return _quantity(number, unit.text, raw)
        case ast.Unary(operator=ast.Name(text="-"), operand=operand):
            amount = _value(operand)
            if isinstance(amount, int | float | timedelta) and not isinstance(amount, bool):
                return -amount
        case ast.ListOf(items=items):
            return [_value(item) for item in items]
        case ast.Record(entries=entries):
            return {entry.key.text: _value(entry.value) for entry in entries}
        case _:
            pass
    raise ValueMismatch("only values can be given, nothing that must be worked out")


def _quantity(number: int | float, unit: str, raw: str) -> object:
    try:
        if unit == "%":
            return number / 100
        if unit in DURATIONS:
            return parse_duration(raw)
        if unit in SIZES:
            return parse_size(raw)
    except ValueError:
        pass
    raise ValueMismatch(f"`{raw}` has no unit that is known here")
