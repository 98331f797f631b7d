"""The type and stage of every expression, written into the typing table as it is found."""

from __future__ import annotations

from typing import assert_never

from ..syntax import ast
from ..types.relate import join, present, widen
from ..types.settings import Stage
from ..types.types import (
    BOOL,
    STRING,
    UNKNOWN,
    ListOf,
    Per,
    Type,
    Unknown,
    show,
)
from .builtins import BUILTINS, Signature, call_type
from .callees import called
from .coalesce import coalesce
from .comparisons import comparison
from .compound import index_type, list_type, record_type, wanted_field, wanted_items
from .conditions import check_condition, check_decided
from .fields import each_type, field_type, is_splat, run_field
from .files import file_type
from .finding import finding
from .interpolation import check_in_text
from .known import stage_of
from .literals import literal_type
from .members import (
    module_constant,
    report_module,
    report_no_step,
)
from .names import report_unknown_callee, report_unknown_value
from .narrowing import facts
from .nested import report_nested
from .operators import arithmetic, negative
from .origin import shortened
from .own import needs_itself
from .per import report_per
from .quantities import check_quantity
from .scope import Scope, path_of

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})


def infer(expr: ast.Expr, scope: Scope, wanted: Type = UNKNOWN) -> Type:
    """The type of an expression; unknown after reporting what is wrong with it.

    `wanted` is the type of the place it fills, which a `dataset("…")` takes on.
    """
    type_ = infer_per(expr, scope, wanted)
    if isinstance(type_, Per):
        report_per(expr, type_, wanted, scope)
        scope.file.typing.types[id(expr)] = UNKNOWN
        return UNKNOWN
    return type_


def infer_per(expr: ast.Expr, scope: Scope, wanted: Type = UNKNOWN) -> Type:
    """The type of an expression at the few places that take `T per day` as it is."""
    type_ = _type(expr, scope, wanted)
    typing = scope.file.typing
    typing.types[id(expr)] = widen(type_) if isinstance(expr, ast.Literal) else type_
    typing.stages[id(expr)] = stage_of(expr, scope)
    return type_


def _type(expr: ast.Expr, scope: Scope, wanted: Type) -> Type:
    match expr:
        case ast.Literal():
            return literal_type(expr, scope)
        case ast.Quantity():
            return check_quantity(expr, scope.file)
        case ast.Text():
            return _text(expr, scope)
        case ast.NameRef():
            return _name(expr, scope, wanted)
        case ast.FieldOf():
            return _field(expr, scope)
        case ast.Each(base=base):
            return each_type(base, infer(base, scope), scope)
        case ast.Index(base=base, index=index):
            return index_type(expr, infer(base, scope), infer(index, scope), scope)
        case ast.Call():
            return _call(expr, scope, wanted)
        case ast.Accessor(field=field):
            scope.file.add(
                finding(
                    "MLP0314",
                    f"write `.{field.text}` only to say which field",
                    expr.span,
                    "a field of what?",
                    help=(f"as in `max_by(list, .{field.text})`, or after a name",),
                )
            )
            return UNKNOWN
        case ast.ListOf(items=items):
            types = [infer(item, scope, wanted_items(wanted)) for item in items]
            return list_type(expr, types, wanted, scope)
        case ast.Record(entries=entries):
            types = [infer(e.value, scope, wanted_field(e.key.text, wanted)) for e in entries]
            return record_type(expr, types, scope)
        case ast.Unary(operator=operator, operand=operand):
            type_ = infer(operand, scope)
            if operator.text == "-":
                return UNKNOWN if isinstance(type_, Unknown) else negative(expr, type_, scope)
            check_condition("not", operand, type_, scope)
            return BOOL
        case ast.Binary():
            return _binary(expr, scope)
        case ast.IfExpr():
            return _if(expr, scope, wanted)
        case ast.Missing(base=base):
            if base is not None:
                infer(base, scope)
            return UNKNOWN
        case _:
            assert_never(expr)


def _text(expr: ast.Text, scope: Scope) -> Type:
    for part in expr.parts:
        if not isinstance(part, str):
            check_in_text(part, infer(part, scope), scope)
    return STRING


def _name(expr: ast.NameRef, scope: Scope, wanted: Type) -> Type:
    binding = scope.lookup(expr.name)
    if binding is not None:
        if expr.name in scope.file.foreign:
            scope.file.typing.constants[id(expr)] = scope.file.foreign[expr.name]
        return scope.narrowed.get(expr.name, binding.type)
    if expr.name in scope.file.modules:
        report_module(scope.file.modules[expr.name], expr.span, scope.file)
    elif not needs_itself(expr, scope):
        report_unknown_value(expr.name, expr.span, scope, wanted)
    return UNKNOWN


def _field(expr: ast.FieldOf, scope: Scope) -> Type:
    base = expr.base
    if isinstance(base, ast.NameRef) and base.name == "run" and scope.lookup("run") is None:
        scope.file.typing.stages[id(base)] = Stage.SUBMIT
        if not scope.in_pipeline:
            report_unknown_value("run", base.span, scope)
            return UNKNOWN
        return run_field(expr, scope)
    if isinstance(base, ast.NameRef) and base.name in scope.file.modules:
        return module_constant(expr, scope.file.modules[base.name], scope.file)
    if isinstance(base, ast.Call) and _is_step_call(base, scope):
        _arguments(base, scope)
        report_nested(base, scope, followed=True)
        return UNKNOWN
    if isinstance(base, ast.NameRef) and needs_itself(expr, scope):
        return UNKNOWN
    type_ = _field_of_each(expr, scope) if is_splat(base) else _plain_field(expr, scope)
    if scope.narrowed:
        path = path_of(expr)
        if path is not None and path in scope.narrowed:
            return present(type_)
    return type_


def _plain_field(expr: ast.FieldOf, scope: Scope) -> Type:
    return field_type(expr, infer(expr.base, scope), scope)


def _field_of_each(expr: ast.FieldOf, scope: Scope) -> Type:
    """`trials[*].auc`: the field of every element."""
    base = infer(expr.base, scope)
    if not isinstance(base, ListOf):
        return UNKNOWN
    member = field_type(expr, base.item, scope)
    return UNKNOWN if isinstance(member, Unknown) else ListOf(member)


def _is_step_call(call: ast.Call, scope: Scope) -> bool:
    if isinstance(call.callee, ast.NameRef):
        return call.callee.name in scope.file.callables
    return called(call, scope) is not None


def _call(expr: ast.Call, scope: Scope, wanted: Type) -> Type:
    callee = expr.callee
    if _is_step_call(expr, scope):
        _arguments(expr, scope)
        report_nested(expr, scope, followed=False)
        return UNKNOWN
    if isinstance(callee, ast.NameRef) and callee.name in BUILTINS:
        signature = BUILTINS[callee.name]
        given = [(a, _argument(at, a, signature, scope)) for at, a in enumerate(expr.arguments)]
        type_ = call_type(signature, expr, given, wanted, scope)
        if callee.name == "file" and given and not isinstance(type_, Unknown):
            return file_type(expr.arguments[0].value, wanted, scope)
        return type_
    if isinstance(callee, ast.NameRef) and callee.name in scope.functions:
        return scope.functions[callee.name](expr, scope)
    _arguments(expr, scope)
    if isinstance(callee, ast.NameRef):
        if callee.name in scope.file.modules:
            report_module(scope.file.modules[callee.name], callee.span, scope.file)
        else:
            report_unknown_callee(callee.name, callee.span, scope)
        return UNKNOWN
    report_no_step(callee, scope)
    return UNKNOWN


def _arguments(call: ast.Call, scope: Scope) -> None:
    """Types the arguments of a call that is wrong as a whole."""
    for argument in call.arguments:
        if not isinstance(argument.value, ast.Accessor):
            infer(argument.value, scope)


def _argument(at: int, argument: ast.Argument, signature: Signature, scope: Scope) -> Type:
    """The type of an argument of a built-in; a field accessor has none of its own, nor has a field
    that is named without its dot."""
    if isinstance(argument.value, ast.Accessor):
        return UNKNOWN
    if isinstance(argument.value, ast.NameRef):
        name = argument.value.name
        inputs = [each.name for each in signature.inputs]
        meant = inputs[at] if argument.name is None and at < len(inputs) else None
        called = meant if argument.name is None else argument.name.text
        known = scope.knows(name)
        if called == "by" and "by" in inputs and not known:
            return UNKNOWN
    return infer(argument.value, scope)


def _binary(expr: ast.Binary, scope: Scope) -> Type:
    sign = " ".join(expr.operator.text.split())
    if sign in ("and", "or", "&&", "||"):
        word = {"&&": "and", "||": "or"}.get(sign, sign)
        check_condition(word, expr.left, infer(expr.left, scope), scope)
        yes, no = facts(expr.left, scope)
        right_scope = scope.knowing(yes if word == "and" else no)
        check_condition(word, expr.right, infer(expr.right, right_scope), scope)
        return BOOL
    left, right = infer(expr.left, scope), infer(expr.right, scope)
    if sign == "??":
        return coalesce(expr, left, right, scope)
    if sign in _COMPARISONS:
        return comparison(expr, left, right, scope)
    return arithmetic(expr, left, right, scope)


def _if(expr: ast.IfExpr, scope: Scope, wanted: Type) -> Type:
    check_condition("if", expr.condition, infer(expr.condition, scope), scope)
    check_decided(expr.condition, scope)
    yes, no = facts(expr.condition, scope)
    then = infer(expr.then, scope.knowing(yes), wanted)
    otherwise = infer(expr.otherwise, scope.knowing(no), wanted)
    both = join(then, otherwise)
    if both is not None:
        return both
    scope.file.add(
        finding(
            "MLP0307",
            "the two sides of this `if` have different types",
            expr.then.span.to(expr.otherwise.span),
            shortened(f"{show(widen(then))} or {show(widen(otherwise))}", 60),
        )
    )
    return UNKNOWN
