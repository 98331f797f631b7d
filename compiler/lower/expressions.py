"""Lowers expressions: from what was written to what the evaluator reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias, assert_never

from ...runtime.dataclass import replace
from ...runtime.quantities import parse_duration, parse_size
from ..check.values import Program
from ..ir import meaning
from ..ir.values import (
    Apply,
    Expr,
    Json,
    Literal,
    ParameterRef,
)
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
    is_artifact,
)
from .faults import Mistaken, NotKnown
from .reader import Reader

Names: TypeAlias = "dict[str, Expr]"


class Expressions:
    """Lowers the expressions of one place in a program; `names` is what it sees of a pipeline.

    Files that the program names are looked for where there is a `read`. `elsewhere` has the places
    of other files, whose constants may be used here.
    """

    def __init__(
        self,
        program: Program,
        values: Mapping[str, Literal],
        read: Reader | None = None,
        elsewhere: dict[str, Expressions] | None = None,
    ) -> None:
        self.program = program
        self.values = values
        self.read = read
        self.names: Names = {}
        self.constants: dict[str, Expr] = {}
        self.elsewhere = {} if elsewhere is None else elsewhere

    @property
    def source(self) -> Source:
        return self.program.source

    def type_of(self, expression: ast.Expr) -> Type:
        return self.program.typing.of(expression)

    def known(self, expression: ast.Expr) -> Json:
        """The value of an expression that is known now, parameters with values included."""
        found = self.folded(expression)
        if not isinstance(found, Literal):
            raise NotKnown(expression)
        return found.value

    def folded(self, expression: ast.Expr) -> Expr:
        """The expression with all computed that is known now."""
        return meaning.fold(self.expression(expression), self.values)

    def callee(self, call: ast.Call) -> str:
        match call.callee:
            case ast.NameRef(name=name):
                return name
            case _:
                return self.source.slice(call.callee.span)

    def module(self, name: str) -> Expressions:
        """The top level of a file: its constants and what its steps say."""
        if name not in self.elsewhere:
            read = None if self.read is None else self.read.of(name)
            program = self.program if name == self.source.name else self.program.modules[name]
            self.elsewhere[name] = Expressions(program, {}, read, self.elsewhere)
        return self.elsewhere[name]

    def constant(self, constant: ast.Constant) -> Expr:
        """The value of a constant of this file."""
        name = constant.name.text
        if name not in self.constants:
            folded = meaning.fold(self.expression(constant.value), {})
            self.constants[name] = self.found(folded, constant.value)
        return self.constants[name]

    def found(self, value: Expr, written: ast.Expr) -> Expr:
        """The value with every file that the program names as an artifact found there."""
        if self.read is None:
            return value
        match value:
            case Literal(type_, str(path)) if is_artifact(type_):
                try:
                    return Literal(type_, self.read.artifact(path).to_json())
                except OSError as problem:
                    raise _not_there(path, problem, written) from None
            case Apply(operands=operands):
                return replace(value, operands=tuple(self.found(o, written) for o in operands))
            case _:
                return value

    def name(self, reference: ast.NameRef) -> Expr:
        found = self.names.get(reference.name)
        if found is not None:
            return found
        own = self.program.constants[reference.name]
        return self.module(self.source.name).constant(own)

    def expression(self, node: ast.Expr) -> Expr:
        foreign = self.program.typing.constants.get(id(node))
        if foreign is not None:
            return self.module(foreign.module).constant(foreign.syntax)
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
                if not maybe and isinstance(_present(self.type_of(base)), ListOf):
                    items = base.base if isinstance(base, ast.Each) else base
                    return Apply(type_, "each", (self.expression(items),), (name.text,))
                return field_of(self.expression(base), name.text, type_, maybe=maybe)
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
                return Apply(type_, "list", tuple(as_float(item, item_type) for item in lowered))
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
                    sides = (as_float(sides[0], type_), as_float(sides[1], type_))
                return Apply(type_, word, sides)
            case ast.IfExpr(condition=condition, then=then, otherwise=otherwise):
                branches = tuple(as_float(self.expression(e), type_) for e in (then, otherwise))
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
            named = meaning.fold(operands[0], self.values)
            return replace(named, type=type_) if isinstance(named, Literal) else named
        return Apply(type_, "call", operands, (word, *names))


def _not_there(path: str, problem: OSError, written: ast.Expr) -> Mistaken:
    if isinstance(problem, FileNotFoundError):
        # Who has looked has loaded this already.
        from ...runtime.source import nothing_at

        return Mistaken("MLP0506", nothing_at(path), written, "this names it")
    why = f"cannot read `{path}`: {problem.strerror}" if problem.strerror else str(problem)
    return Mistaken("MLP0506", why, written, "this names it")


def record_of(fields: Mapping[str, Expr]) -> Apply:
    """What stands for a node: a record of what it hands out."""
    row = Row(None, tuple(Column(name, value.type) for name, value in fields.items()))
    return Apply(row, "record", tuple(fields.values()), tuple(fields))


def field_of(owner: Expr, name: str, type_: Type, *, maybe: bool = False) -> Expr:
    """A field; that of a record which stands there is what stands there for the field."""
    match owner:
        case Apply(operator="record", operands=operands, names=names) if name in names:
            return operands[names.index(name)]
        case Apply(operator="soft", operands=(Apply(operator="record") as record,)):
            return soft(field_of(record, name, type_))
        case Apply(operator="hindsight", operands=(Apply(operator="record") as record,)):
            return hindsight(field_of(record, name, type_))
        case Apply(operator="if", operands=(passed, value, Apply(operator="absent") as absent)):
            inner = field_of(value, name, type_, maybe=maybe)
            return replace(
                owner,
                type=inner.type,
                operands=(passed, inner, replace(absent, type=inner.type)),
            )
        case _:
            return Apply(type_, "field?" if maybe else "field", (owner,), (name,))


def soft(value: Expr) -> Expr:
    """None where the value reads something that was skipped."""
    if isinstance(value, Literal) or (isinstance(value, Apply) and value.operator == "soft"):
        return value
    return Apply(_maybe(value.type), "soft", (value,))


def hindsight(value: Expr) -> Expr:
    """None where the value came to nothing: what it reads was skipped or failed, or it has none."""
    return value if isinstance(value, Literal) else Apply(_maybe(value.type), "hindsight", (value,))


def missing(type_: Type) -> Literal:
    """What a call leaves out of an input that may be missing."""
    return Literal(_maybe(type_), None)


def _maybe(type_: Type) -> Optional:
    return type_ if isinstance(type_, Optional) else Optional(type_)


def as_float(value: Expr, wanted: Type) -> Expr:
    """An Int where its neighbours make it a Float, so that `1` and `1.0` never differ by place."""
    if _present(wanted) != FLOAT or _present(value.type) != INT:
        return value
    type_: Type = Optional(FLOAT) if isinstance(value.type, Optional) else FLOAT
    return Apply(type_, "float", (value,))


def measured(value: Expr) -> tuple[int, int]:
    """How deep an expression is, and of how many parts it is made."""
    if not isinstance(value, Apply):
        return 1, 1
    parts = [measured(operand) for operand in value.operands]
    return 1 + max((depth for depth, _ in parts), default=0), 1 + sum(size for _, size in parts)


def all_true(conditions: tuple[Expr, ...]) -> Expr:
    """Whether all of them hold."""
    first, *rest = conditions
    for each in rest:
        first = Apply(BOOL, "and", (first, each))
    return first


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
