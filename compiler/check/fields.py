"""What `base.field` is: outputs of nodes, columns of rows, fields of metrics and of the run."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.relate import may_be_missing, optional, present, widen
from ..types.types import (
    DATE,
    FLOAT,
    INT,
    JSON,
    SIZE,
    STRING,
    UNKNOWN,
    Artifact,
    Dataset,
    EnumOf,
    Json,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
    Unknown,
    show,
)
from .closest import an, closest
from .finding import finding
from .missing import report_missing, report_missing_base
from .origin import described, root
from .scope import Scope
from .values import Binding

STATUS = EnumOf(("succeeded", "failed", "stopped"))
RUN_FIELDS: dict[str, Type] = {"day": DATE, "id": STRING, "url": STRING}
HOOK_FIELDS: dict[str, Type] = {"status": STATUS, "failed_node": STRING, "error": STRING}
_LENGTHS = frozenset({"length", "len", "size", "count"})
_OF_FILES = {"path": STRING, "size": SIZE}


def run_field(expr: ast.FieldOf, scope: Scope) -> Type:
    """`run.day` and its like; how the run went is known to hooks and tests."""
    name = expr.field.text
    if name in RUN_FIELDS:
        return RUN_FIELDS[name]
    if name not in HOOK_FIELDS:
        known = RUN_FIELDS if scope.hook is None else {**RUN_FIELDS, **HOOK_FIELDS}
        _report_unknown("MLP0204", "`run` has no field called", expr, tuple(known), scope)
        return UNKNOWN
    if scope.in_test or scope.hook == "on failure":
        return HOOK_FIELDS[name]
    if scope.hook is not None and name == "status":
        return STATUS
    if scope.hook == "finally":
        return optional(HOOK_FIELDS[name])
    label = "only hooks and tests know it"
    if scope.hook is not None:
        label = "`on success` runs where nothing failed"
    scope.file.add(
        finding(
            "MLP0204",
            f"`run` has no field called `{name}` here",
            expr.field.span,
            label,
            help=(f"read it below: `on failure {{ … run.{name} … }}`",),
        )
    )
    return UNKNOWN


def is_splat(expr: ast.Expr) -> bool:
    """Whether a field of the expression is the field of every element: `trials[*].params`."""
    while isinstance(expr, ast.FieldOf):
        expr = expr.base
    return isinstance(expr, ast.Each)


def each_type(base: ast.Expr, type_: Type, scope: Scope) -> Type:
    """The type of `base[*]`."""
    if isinstance(type_, Optional) and isinstance(type_.inner, ListOf):
        report_missing(base, type_, "`[*]` goes through a list", scope)
    elif not isinstance(type_, ListOf | Unknown):
        scope.file.add(
            finding(
                "MLP0301",
                f"`{show(widen(type_))}` given, a list wanted",
                base.span,
                "`[*]` goes through the elements of a list",
            )
        )
    return type_ if isinstance(type_, ListOf) else UNKNOWN


def field_type(expr: ast.FieldOf, base: Type, scope: Scope) -> Type:
    """The type of a field of a value of type `base`."""
    inner = present(base)
    if isinstance(inner, Unknown):
        return UNKNOWN
    member = _member(expr, inner, scope)
    if isinstance(member, Unknown) or not may_be_missing(base):
        return member
    if expr.maybe:
        return optional(member)
    report_missing_base(expr, base, member, scope)
    return UNKNOWN


def _member(expr: ast.FieldOf, base: Type, scope: Scope) -> Type:
    name = expr.field.text
    match base:
        case Row(row_name, columns):
            found = base.column(name)
            if found is not None:
                return found
            names = tuple(column.name for column in columns)
            if row_name is not None:
                _report_column(expr, base, names, scope)
            else:
                _report_output(expr, names, scope)
        case Metrics(None):
            _lint_metrics(expr, scope)
            return FLOAT
        case Metrics(Row() as row):
            found = row.column(name)
            if found is not None:
                return found
            _report_column(expr, row, tuple(column.name for column in row.columns), scope)
        case Json():
            return JSON
        case Artifact() | Dataset() if name in _OF_FILES:
            return _OF_FILES[name]
        case Dataset() if name == "row_count":
            if scope.in_test:
                return INT
            way_out = ("let a step count them, and hand the number out",)
            _report_none(expr, base, scope, way_out, "only tests count rows")
        case ListOf(item):
            text = scope.file.text(expr.base.span)
            help_: tuple[str, ...] = ()
            if isinstance(item, Row) and item.column(name) is not None:
                help_ = (f"for every element of the list: `{text}[*].{name}`",)
            elif name in _LENGTHS:
                help_ = (f"how many there are: `len({text})`",)
            _report_none(expr, base, scope, help_)
        case MapOf():
            text = scope.file.text(expr.base.span)
            _report_none(expr, base, scope, (f'keys stand in brackets: `{text}["{name}"]`',))
        case _:
            _report_none(expr, base, scope, ())
    return UNKNOWN


def _report_none(
    expr: ast.FieldOf, base: Type, scope: Scope, help_: tuple[str, ...], label: str = ""
) -> None:
    text = scope.file.text(expr.base.span)
    if not label:
        label = f"{an(show(base))} has no fields" if len(show(base)) < 40 else "it has no fields"
        if isinstance(base, Artifact | Dataset):
            label = f"{an(show(base))} has `.path` and `.size`"
            label = label if len(label) <= 60 else "it has `.path` and `.size`"
    scope.file.add(
        finding(
            "MLP0204",
            f"`{text}` has no field called `{expr.field.text}`",
            expr.field.span,
            label,
            help=help_,
        )
    )


def _report_unknown(
    code: str,
    message: str,
    expr: ast.FieldOf,
    names: tuple[str, ...],
    scope: Scope,
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
) -> None:
    name = expr.field.text
    near = closest(name, names)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(expr.field.span, near),), safe=True))
    scope.file.add(
        finding(
            code,
            f"{message} `{name}`",
            expr.field.span,
            f"did you mean `{near}`?" if near else "there is nothing of this name",
            labels=labels,
            notes=notes,
            fixes=fixes,
        )
    )


def _report_column(expr: ast.FieldOf, row: Row, names: tuple[str, ...], scope: Scope) -> None:
    note = f"`{row.name}` has {_named('column', names)}"
    _report_unknown(
        "MLP0308", f"schema `{row.name}` has no column", expr, names, scope, notes=(note,)
    )


def _report_output(expr: ast.FieldOf, names: tuple[str, ...], scope: Scope) -> None:
    text = scope.file.text(expr.base.span)
    binding = root(expr, scope) if isinstance(expr.base, ast.NameRef) else None
    if binding is None or binding.step is None:
        notes = (f"`{text}` has {_named('field', names)}",)
        _report_unknown("MLP0204", f"`{text}` has no field called", expr, names, scope, (), notes)
        return
    _report_unknown(
        "MLP0204",
        f"`{text}` has no output called",
        expr,
        names,
        scope,
        (Label(binding.span, described(binding)),),
        (outputs_of(binding, scope),),
    )


def outputs_of(binding: Binding, scope: Scope) -> str:
    """the step `fit` (delays.mlp:31) has one output: `model: Model`"""
    callee = binding.step
    assert callee is not None
    place = scope.file.place(callee.syntax.name.span)
    ports = ", ".join(f"`{port.name}: {show(port.type)}`" for port in callee.ports)
    what = f"the {callee.noun} `{callee.name}` ({place})"
    match len(callee.ports):
        case 0:
            return f"{what} has no outputs"
        case 1:
            return f"{what} has one output: {ports}"
        case count:
            return f"{what} has {count} outputs: {ports}"


def _named(noun: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"no {noun}s"
    words = ", ".join(f"`{name}`" for name in names)
    return f"one {noun}: {words}" if len(names) == 1 else f"these {noun}s: {words}"


def _lint_metrics(expr: ast.FieldOf, scope: Scope) -> None:
    """Bare metrics: the field is looked for during the run only."""
    binding = root(expr, scope)
    span = expr.field.span
    if binding is not None and binding.step is not None and isinstance(expr.base, ast.FieldOf):
        port = binding.step.output(expr.base.field.text)
        if port is not None:
            span = port.type_span
    elif binding is not None:
        span = binding.span
    if span in scope.file.metrics:
        return
    scope.file.metrics.add(span)
    name = expr.field.text
    scope.file.add(
        finding(
            "MLP1010",
            f"give these metrics a schema to have `.{name}` checked",
            span,
            "any field is allowed, and looked for during the run",
            labels=() if span == expr.field.span else (Label(expr.field.span, "read here"),),
            help=(f"declare `schema Quality {{ {name}: Float }}` and write `Metrics[Quality]`",),
        )
    )
