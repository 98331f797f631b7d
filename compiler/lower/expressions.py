"""Lowers expressions: from what was written to what the evaluator reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias, assert_never

from ...runtime.dataclass import replace
from ...runtime.quantities import parse_duration, parse_size
from ..check.values import Program
from ..ir import meaning
from ..ir.values import Apply, Expr, Json, Literal, ParameterRef, PortRef, Task
from ..source import Source
from ..syntax import ast
from ..types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    MISSING,
    SIZE,
    STRING,
    TIME,
    Column,
    ListOf,
    Optional,
    Row,
    Type,
)

Names: TypeAlias = "dict[str, Expr | Task]"


class NotKnown(Exception):  # noqa: N818  (caught by the driver, which says MLP0902)
    """A setting needs a value that is not known yet on this target."""

    def __init__(self, expression: ast.Expr) -> None:
        super().__init__("not known when compiling")
        self.expression = expression


class NotBuilt(Exception):  # noqa: N818  (caught by the driver, which says MLP0910)
    """Something that the checker lets through and this version does not build."""

    def __init__(self, what: str, expression: ast.Expr) -> None:
        super().__init__(f"{what} not built yet")
        self.expression = expression


class Expressions:
    """Lowers the expressions of one pipeline; `names` grows as its statements are lowered."""

    def __init__(self, program: Program, values: Mapping[str, Literal]) -> None:
        self.program = program
        self.values = values
        self.names: Names = {}
        self.constants: dict[str, Expr] = {}

    @property
    def source(self) -> Source:
        return self.program.source

    def type_of(self, expression: ast.Expr) -> Type:
        return self.program.typing.of(expression)

    def known(self, expression: ast.Expr) -> Json:
        """The value of an expression that is known now, parameters with values included."""
        found = meaning.fold(self.expression(expression), self.values)
        if not isinstance(found, Literal):
            raise NotKnown(expression)
        return found.value

    def callee(self, call: ast.Call) -> str:
        match call.callee:
            case ast.NameRef(name=name):
                return name
            case _:
                return self.source.slice(call.callee.span)

    def name(self, reference: ast.NameRef) -> Expr:
        found = self.names.get(reference.name)
        if isinstance(found, Task):
            ports = found.definition.outputs
            return Apply(
                self.type_of(reference),
                "record",
                tuple(PortRef(port.type, found.id, port.name) for port in ports),
                tuple(port.name for port in ports),
            )
        if found is not None:
            return found
        if reference.name not in self.constants:
            constant = self.program.constants[reference.name]
            self.constants[reference.name] = meaning.fold(self.expression(constant.value), {})
        return self.constants[reference.name]

    def expression(self, node: ast.Expr) -> Expr:
        type_ = self.type_of(node)
        match node:
            case ast.Literal(value=value):
                return _literal(value)
            case ast.Quantity(number=number, unit=unit, raw=raw):
                return _quantity(number, unit.text, raw, type_)
            case ast.Text(parts=parts):
                return Apply(
                    STRING,
                    "text",
                    tuple(
                        Literal(STRING, part) if isinstance(part, str) else self.expression(part)
                        for part in parts
                    ),
                )
            case ast.NameRef():
                return self.name(node)
            case ast.FieldOf(base=ast.NameRef(name="run"), field=name) if "run" not in self.names:
                return ParameterRef(type_, f"run.{name.text}")
            case ast.FieldOf(base=base, field=name, maybe=maybe):
                if isinstance(base, ast.NameRef):
                    bound = self.names.get(base.name)
                    if isinstance(bound, Task):
                        port = bound.definition.output(name.text)
                        return PortRef(port.type, bound.id, port.name)
                inner = self.expression(base)
                return Apply(type_, "field?" if maybe else "field", (inner,), (name.text,))
            case ast.Each(base=base):
                return Apply(type_, "each", (self.expression(base),))
            case ast.Index(base=base, index=index):
                return Apply(type_, "index", (self.expression(base), self.expression(index)))
            case ast.Call():
                return self.call(node, type_)
            case ast.Accessor(field=name):
                return Literal(STRING, name.text)
            case ast.ListOf(items=items):
                item_type = type_.item if isinstance(type_, ListOf) else type_
                lowered = (self.expression(item) for item in items)
                return Apply(type_, "list", tuple(_as_float(item, item_type) for item in lowered))
            case ast.Record(entries=entries):
                return Apply(
                    type_,
                    "record",
                    tuple(self.expression(entry.value) for entry in entries),
                    tuple(entry.key.text for entry in entries),
                )
            case ast.Unary(operator=operator, operand=operand):
                word = "neg" if operator.text == "-" else "not"
                return Apply(type_, word, (self.expression(operand),))
            case ast.Binary(operator=operator, left=left, right=right):
                word = " ".join(operator.text.split())
                sides = (self.expression(left), self.expression(right))
                if word == "??":
                    sides = (_as_float(sides[0], type_), _as_float(sides[1], type_))
                return Apply(type_, word, sides)
            case ast.IfExpr(condition=condition, then=then, otherwise=otherwise):
                branches = tuple(_as_float(self.expression(e), type_) for e in (then, otherwise))
                return Apply(type_, "if", (self.expression(condition), *branches))
            case ast.Missing():
                raise AssertionError("the parser reports half-typed places")
            case _:
                assert_never(node)

    def call(self, node: ast.Call, type_: Type) -> Expr:
        word = self.callee(node)
        names = tuple(a.name.text if a.name is not None else "" for a in node.arguments)
        operands = tuple(self.expression(argument.value) for argument in node.arguments)
        if word in ("cron", "exponential", "linear"):
            first = {"cron": "cron"}.get(word, "first")
            fields: dict[str, Expr] = {
                name or first: operand for name, operand in zip(names, operands, strict=True)
            }
            if word == "cron":
                fields.setdefault("timezone", Literal(STRING, "UTC"))
            else:
                fields["kind"] = Literal(STRING, word)
            row = Row(None, tuple(Column(name, value.type) for name, value in fields.items()))
            return Apply(row, "record", tuple(fields.values()), tuple(fields))
        if word in ("file", "dataset", "secret"):
            named = operands[0]
            return replace(named, type=type_) if isinstance(named, Literal) else named
        return Apply(type_, "call", operands, (word, *names))


def _as_float(value: Expr, wanted: Type) -> Expr:
    """An Int where its neighbours make it a Float, so that `1` and `1.0` never differ by place."""
    if _present(wanted) != FLOAT or _present(value.type) != INT:
        return value
    type_: Type = Optional(FLOAT) if isinstance(value.type, Optional) else FLOAT
    return Apply(type_, "float", (value,))


def _present(type_: Type) -> Type:
    return type_.inner if isinstance(type_, Optional) else type_


def _literal(value: int | float | str | bool | date | datetime | None) -> Literal:
    match value:
        case None:
            return Literal(MISSING, None)
        case bool():
            return Literal(BOOL, value)
        case int():
            return meaning.constant(INT, value)
        case float():
            return Literal(FLOAT, value)
        case str():
            return Literal(STRING, value)
        case datetime():
            return meaning.constant(TIME, value)
        case date():
            return meaning.constant(DATE, value)


def _quantity(number: int | float, unit: str, raw: str, type_: Type) -> Literal:
    if unit == "%":
        return Literal(FLOAT, number / 100)
    if type_ == SIZE:
        return meaning.constant(SIZE, parse_size(raw))
    return meaning.constant(DURATION, parse_duration(raw))
