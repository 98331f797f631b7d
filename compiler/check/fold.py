"""The value of an expression that is known when compiling, by the evaluator that also runs it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from ...runtime.artifact import Json
from ...runtime.evaluate import FUNCTIONS, EvaluationError, evaluate
from ...runtime.quantities import parse_duration, parse_size
from ..source import Span
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import DURATION, SIZE, Type, Unknown
from ..types.units import is_whole, type_of_unit
from .finding import finding
from .paths import refuse_path
from .scope import FileScope, Scope
from .values import Known


class _OpenError(Exception):
    """A part is not known now."""


def fold(expr: ast.Expr, scope: FileScope) -> Known | None:
    """The value, or None where a part is not known when compiling or has no value."""
    try:
        return Known(evaluate(_form(expr, scope), scope.values))
    except (_OpenError, EvaluationError):
        return None


def check_has_value(expr: ast.Expr, type_: Type, scope: Scope) -> bool:
    """Whether an expression that is known when compiling has a value: no overflow, no bad index."""
    if isinstance(expr, ast.Literal | ast.Quantity) or isinstance(type_, Unknown):
        return True
    try:
        return _has_value(expr, scope)
    except _OpenError:
        refuse_path(expr, "what is known when compiling", scope)
        return True


def check_computes(expr: ast.Expr, type_: Type, scope: Scope) -> None:
    """An expression of a pipeline: where it is known already, a run would fail for want of it."""
    known = scope.file.typing.stage(expr) is Stage.COMPILE
    if isinstance(type_, Unknown) or not known or scope.is_dead():
        return
    with suppress(_OpenError):
        _has_value(expr, scope)


def _has_value(expr: ast.Expr, scope: Scope) -> bool:
    """Whether it can be worked out; says why not. Raises `_OpenError`."""
    file = scope.file
    try:
        evaluate(_form(expr, file), file.values)
    except EvaluationError as problem:
        told = (d.span for d in file.report.diagnostics)
        if not any(span is not None and _within(span, expr.span) for span in told):
            said = f"this has no value: {problem}"
            file.add(finding("MLP0503", said, expr.span, "evaluated now"))
        return False
    return True


def _within(inner: Span, outer: Span) -> bool:
    """Whether something was told of a part: the whole has no value for that."""
    return inner.file == outer.file and outer.start <= inner.start and inner.end <= outer.end


def folded_text(expr: ast.Expr, scope: FileScope) -> str | None:
    """The text of an expression that is known to be a String."""
    known = fold(expr, scope)
    return known.value if known is not None and isinstance(known.value, str) else None


def _form(expr: ast.Expr, scope: FileScope) -> Json:
    match expr:
        case ast.Literal(value=value):
            return _literal(value)
        case ast.Quantity():
            return _quantity(expr)
        case ast.Text(parts=pieces):
            return ["text", [p if isinstance(p, str) else _form(p, scope) for p in pieces]]
        case ast.NameRef(name=name) if name in scope.values:
            return ["ref", name]
        case ast.FieldOf(base=ast.NameRef(name=name), field=member) if name in scope.modules:
            if f"{name}.{member.text}" not in scope.values:
                raise _OpenError
            return ["ref", f"{name}.{member.text}"]
        case ast.FieldOf(base=base, field=member, maybe=maybe):
            return ["field?" if maybe else "field", _form(base, scope), member.text]
        case ast.Index(base=base, index=index):
            return ["index", _form(base, scope), _form(index, scope)]
        case ast.Accessor(field=member):
            return ["lit", "String", member.text]
        case ast.ListOf(items=items):
            return ["list", [_form(item, scope) for item in items]]
        case ast.Record(entries=entries):
            return ["record", [[e.key.text, _form(e.value, scope)] for e in entries]]
        case ast.Unary(operator=word, operand=operand):
            return ["neg" if word.text == "-" else "not", _form(operand, scope)]
        case ast.Binary(operator=word, left=left, right=right):
            sign = {"&&": "and", "||": "or"}.get(word.text, " ".join(word.text.split()))
            return [sign, _form(left, scope), _form(right, scope)]
        case ast.IfExpr(condition=condition, then=then, otherwise=otherwise):
            return ["if", *(_form(part, scope) for part in (condition, then, otherwise))]
        case ast.Call(callee=ast.NameRef(name=name)) if name in FUNCTIONS:
            given: list[Json] = []
            named: dict[str, Json] = {}
            for argument in expr.arguments:
                if argument.name is None:
                    given.append(_form(argument.value, scope))
                else:
                    named[argument.name.text] = _form(argument.value, scope)
            return ["call", name, given, named]
        case _:
            raise _OpenError


def _literal(value: int | float | str | bool | date | datetime | None) -> Json:
    match value:
        case None:
            return ["lit", ["optional", "Json"], None]
        case bool():
            return ["lit", "Bool", value]
        case int():
            return ["lit", "Int", value]
        case float():
            return ["lit", "Float", value]
        case str():
            return ["lit", "String", value]
        case datetime():
            return ["lit", "Time", value.isoformat()]
        case date():
            return ["lit", "Date", value.isoformat()]


def _quantity(expr: ast.Quantity) -> Json:
    unit = expr.unit.text
    type_ = type_of_unit(unit)
    if type_ is None or not is_whole(expr.raw, unit):
        raise _OpenError
    if type_ == DURATION:
        return ["lit", "Duration", parse_duration(expr.raw).total_seconds()]
    if type_ == SIZE:
        return ["lit", "Size", int(parse_size(expr.raw))]
    return ["lit", "Float", expr.number / 100]
