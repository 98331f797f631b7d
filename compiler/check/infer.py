"""The type and stage of every expression, written into the typing table as it is found."""

from __future__ import annotations

from datetime import date, datetime
from typing import assert_never

from ...runtime.values import INT_MAX
from ..syntax import ast
from ..types.relate import assignable, join, present, widen
from ..types.settings import Stage
from ..types.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    MISSING,
    STRING,
    TIME,
    UNKNOWN,
    Column,
    EnumOf,
    Json,
    ListOf,
    MapOf,
    Optional,
    Per,
    Row,
    Type,
    Unknown,
    show,
)
from .assign import Place, fits
from .builtins import BUILTINS, Signature, call_type
from .callees import called
from .coalesce import coalesce
from .comparisons import comparison
from .conditions import check_condition, check_decided
from .fields import HOOK_FIELDS, each_type, field_type, is_splat, run_field
from .files import file_type
from .finding import finding
from .interpolation import check_in_text
from .members import (
    module_constant,
    report_module,
    report_no_step,
)
from .missing import report_missing
from .names import report_unknown_callee, report_unknown_value
from .narrowing import facts
from .nested import report_nested
from .operators import arithmetic, negative
from .origin import shortened
from .own import needs_itself
from .per import report_per
from .quantities import check_quantity
from .scope import Scope, path_of
from .texts import check_text
from .walk import parts

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
    typing.stages[id(expr)] = _stage(expr, scope)
    return type_


def _stage(expr: ast.Expr, scope: Scope) -> Stage:
    match expr:
        case ast.Literal() | ast.Quantity() | ast.Accessor():
            return Stage.COMPILE
        case ast.NameRef(name=name):
            binding = scope.names.get(name) or scope.file.constants.get(name)
            return binding.stage if binding is not None else Stage.COMPILE
        case ast.FieldOf(base=ast.NameRef(name="run"), field=field) if "run" not in scope.names:
            return Stage.RUN if field.text in HOOK_FIELDS else Stage.SUBMIT
        case ast.FieldOf() if id(expr) in scope.file.typing.constants:
            return scope.file.typing.constants[id(expr)].stage
        case ast.Call(callee=callee):
            latest = scope.file.typing.latest(a.value for a in expr.arguments)
            if isinstance(callee, ast.NameRef) and callee.name in BUILTINS:
                return max(latest, BUILTINS[callee.name].stage)
            return Stage.RUN
        case _:
            return scope.file.typing.latest(parts(expr))


def _type(expr: ast.Expr, scope: Scope, wanted: Type) -> Type:
    match expr:
        case ast.Literal():
            return _literal(expr, scope)
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
        case ast.Index():
            return _index(expr, scope)
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
        case ast.ListOf():
            return _list(expr, scope, wanted)
        case ast.Record():
            return _record(expr, scope, wanted)
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


def _literal(expr: ast.Literal, scope: Scope) -> Type:
    match expr.value:
        case None:
            return MISSING
        case bool():
            return BOOL
        case int(value):
            if value > INT_MAX:
                scope.file.add(
                    finding(
                        "MLP0503",
                        f"`{expr.raw}` does not fit into an Int",
                        expr.span,
                        "an Int has 64 bits",
                    )
                )
            return INT
        case float():
            return FLOAT
        case str(text):
            if "{" in text or len(text) >= 12:
                check_text(expr, text, scope)
            return EnumOf((text,))
        case datetime():
            return TIME
        case date():
            return DATE


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


def _index(expr: ast.Index, scope: Scope) -> Type:
    base, index = infer(expr.base, scope), infer(expr.index, scope)
    if isinstance(base, Unknown) or isinstance(index, Unknown):
        return UNKNOWN
    match base:
        case Optional():
            report_missing(expr.base, base, "nothing can be taken from what may be missing", scope)
            return UNKNOWN
        case ListOf(item):
            fits(expr.index, index, INT, Place("[ ]"), scope)
            return item
        case MapOf(item):
            fits(expr.index, index, STRING, Place("[ ]"), scope)
            return item
        case Json():
            return base
        case _:
            scope.file.add(
                finding(
                    "MLP0301",
                    f"`{show(widen(base))}` given, a list or a Map wanted",
                    expr.base.span,
                    "only lists and Maps have elements",
                )
            )
            return UNKNOWN


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


def _list(expr: ast.ListOf, scope: Scope, wanted: Type) -> Type:
    inner = present(wanted)
    item_wanted = inner.item if isinstance(inner, ListOf) else UNKNOWN
    if isinstance(inner, Json):
        item_wanted = inner
    mixed = isinstance(inner, ListOf) and isinstance(inner.item, Unknown)
    whole: Type | None = None
    for item in expr.items:
        type_ = infer(item, scope, item_wanted)
        both = type_ if whole is None else join(whole, type_)
        if both is None and mixed:
            both = UNKNOWN
        elif both is None:
            assert whole is not None
            if isinstance(item_wanted, Unknown):
                scope.file.add(
                    finding(
                        "MLP0301",
                        f"`{show(widen(type_))}` given, `{show(widen(whole))}` wanted",
                        item.span,
                        "the items of a list have one type",
                    )
                )
                return UNKNOWN
            # The place that wants the list says which of its items are wrong.
            fit = assignable(whole, item_wanted)
            both = type_ if fit else whole
            if fit and isinstance(item_wanted, Json) and assignable(type_, item_wanted):
                both = item_wanted
        whole = both
    return ListOf(UNKNOWN if whole is None else whole)


def _record(expr: ast.Record, scope: Scope, wanted: Type) -> Type:
    inner = present(wanted)
    columns: dict[str, Column] = {}
    for entry in expr.entries:
        name = entry.key.text
        type_ = infer(entry.value, scope, _wanted_of(name, inner))
        if name in columns:
            scope.file.add(
                finding("MLP0504", f"`{name}` is set twice", entry.key.span, "again here")
            )
            continue
        columns[name] = Column(name, type_)
    return Row(None, tuple(columns.values()))


def _wanted_of(name: str, record: Type) -> Type:
    """What a record of this type wants in one of its fields."""
    match record:
        case Row():
            return record.column(name) or UNKNOWN
        case MapOf(item):
            return item
        case Json():
            return record
        case _:
            return UNKNOWN


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
