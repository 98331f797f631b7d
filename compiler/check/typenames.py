"""Resolves written types: `Dataset[Flights]?` in the source to a type as a value."""

from __future__ import annotations

from typing import assert_never

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import is_number, optional
from ..types.types import (
    ARTIFACTS,
    JSON,
    NAMES,
    SCALARS,
    SECRET,
    UNKNOWN,
    Dataset,
    EnumOf,
    ListOf,
    MapOf,
    Metrics,
    Row,
    Type,
    Unknown,
    show,
)
from .closest import closest
from .finding import finding
from .members import excused, qualified_schemas, report_no_member, type_member
from .scope import FileScope, Module

_ELSEWHERE = {
    "str": "String", "string": "String", "Str": "String", "text": "String", "Text": "String",
    "int": "Int", "integer": "Int", "Integer": "Int", "float": "Float", "double": "Float",
    "Double": "Float", "Number": "Float", "number": "Float", "bool": "Bool", "boolean": "Bool",
    "Boolean": "Bool", "DataFrame": "Dataset", "Dataframe": "Dataset", "Table": "Dataset",
    "dict": "Json", "Dict": "Map[String, …]", "list": "List[…]", "Array": "List[…]",
    "Path": "File", "path": "File", "Directory": "Dir", "Folder": "Dir", "datetime": "Time",
    "DateTime": "Time", "Datetime": "Time", "date": "Date", "timedelta": "Duration",
    "object": "Json", "Any": "Json", "Artifact": "File", "bytes": "File",
}  # fmt: skip


def resolve(written: ast.TypeExpr, scope: FileScope) -> Type:
    """The type, or unknown after reporting what is wrong with it."""
    match written:
        case ast.TypeName():
            return _named(written, scope)
        case ast.TypeApply():
            return _applied(written, scope)
        case ast.TypeLiteral(value=value):
            return EnumOf((value,))
        case ast.TypeUnion():
            return _union(written, scope)
        case ast.TypeOptional(inner=inner):
            return optional(resolve(inner, scope))
        case _:
            assert_never(written)


def _named(written: ast.TypeName, scope: FileScope) -> Type:
    name = written.name
    if name in SCALARS:
        return SCALARS[name]
    if name in ARTIFACTS:
        return ARTIFACTS[name]
    if name in scope.rows:
        scope.used_types.add(name)
        return scope.rows[name]
    match name:
        case "Dataset":
            return Dataset()
        case "Metrics":
            return Metrics()
        case "Json":
            return JSON
        case "Secret":
            return SECRET
        case "List" | "Map":
            example = "List[Int]" if name == "List" else "Map[String, Int]"
            scope.add(
                finding(
                    "MLP0207",
                    f"`{name}` does not say what it holds",
                    written.span,
                    f"write for example `{example}`",
                )
            )
            return UNKNOWN
    head, _, member = name.partition(".")
    if head in scope.modules:
        return _of_module(scope.modules[head], member, written.span, scope)
    _unknown_type(name, written.span, scope)
    return UNKNOWN


def _of_module(module: Module, name: str, span: Span, scope: FileScope) -> Type:
    """`steps.Flights`: a schema of another file."""
    scope.used.add(module.name)
    row = type_member(module, name)
    if row is None and not excused(module, name):
        last = ast.Name(name, Span(span.file, span.end - len(name), span.end))
        report_no_member(module, last, "schema", scope)
    return UNKNOWN if row is None else row


def _unknown_type(name: str, span: Span, scope: FileScope, *, applied: bool = False) -> None:
    if name in scope.broken:
        return
    meant = _ELSEWHERE.get(name)
    near = meant or closest(name, (*NAMES, *scope.rows, *qualified_schemas(scope)))
    fixes = []
    if near and near.endswith("[…]") and applied:
        fixes.append(Fix(f"write `{near[:-3]}`", (Edit(span, near[:-3]),), safe=True))
    elif near and "…" not in near:
        fixes.append(Fix(f"write `{near}`", (Edit(span, near),), safe=True))
    label = f"did you mean `{near}`?" if near else "not a built-in type, not a schema of this file"
    help_ = () if near else (f"types: {' '.join(NAMES)}, and every `schema`",)
    scope.add(
        finding(
            "MLP0207", f"there is no type called `{name}`", span, label, help=help_, fixes=fixes
        )
    )


def _applied(written: ast.TypeApply, scope: FileScope) -> Type:
    name = written.name.text
    wanted = {"List": 1, "Dataset": 1, "Metrics": 1, "Map": 2}.get(name)
    if wanted is None:
        if name in SCALARS or name in ARTIFACTS or name in scope.rows or name in NAMES:
            scope.add(
                finding(
                    "MLP0207",
                    f"`{name}` takes no type in brackets",
                    written.span,
                    f"write `{name}`",
                    fixes=(Fix(f"write `{name}`", (Edit(written.span, name),), safe=False),),
                )
            )
        elif name == "Optional" and name not in scope.broken and len(written.arguments) == 1:
            inner = scope.text(written.arguments[0].span)
            _report_may_be_missing(
                f"there is no type called `{name}`", written.name.span, written.span, inner, scope
            )
        elif name.partition(".")[0] not in scope.modules:
            _unknown_type(name, written.name.span, scope, applied=True)
        return UNKNOWN
    arguments = [resolve(argument, scope) for argument in written.arguments]
    if len(arguments) != wanted:
        example = {"List": "List[Int]", "Map": "Map[String, Int]"}.get(name, f"{name}[MySchema]")
        scope.add(
            finding(
                "MLP0207",
                f"`{name}` takes {'one type' if wanted == 1 else 'two types'} in brackets",
                written.span,
                f"write for example `{example}`",
            )
        )
        return UNKNOWN
    last = arguments[-1]
    match name:
        case "List":
            return ListOf(last)
        case "Map":
            if show(arguments[0]) not in ("String", "_"):
                scope.add(
                    finding(
                        "MLP0301",
                        f"`{show(arguments[0])}` given, `String` wanted",
                        written.arguments[0].span,
                        "the keys of a Map are Strings",
                    )
                )
            return MapOf(last)
        case _:
            return _with_schema(name, last, written, scope)


def _with_schema(name: str, schema: Type, written: ast.TypeApply, scope: FileScope) -> Type:
    if isinstance(schema, Unknown):
        return UNKNOWN
    span = written.arguments[0].span
    if not isinstance(schema, Row):
        scope.add(
            finding(
                "MLP0301",
                f"`{show(schema)}` given, a schema wanted",
                span,
                f"the brackets of `{name}` hold the name of a schema",
            )
        )
        return UNKNOWN
    if name == "Dataset":
        return Dataset(schema)
    for column in schema.columns:
        if not is_number(column.type):
            scope.add(
                finding(
                    "MLP0301",
                    f"`{show(column.type)}` given, `Float` or `Int` wanted",
                    span,
                    f"`{column.name}` of `{show(schema)}` is not a number",
                    help=("every field of Metrics is a number",),
                )
            )
            return UNKNOWN
    return Metrics(schema)


def _report_may_be_missing(
    message: str, span: Span, whole: Span, inner: str, scope: FileScope
) -> None:
    """`Optional[Int]`, `Int | None`: what Python writes for `Int?`."""
    meant = f"{inner}?"
    label = f"what may be missing is written `{meant}`"
    fixes = (Fix(f"write `{meant}`", (Edit(whole, meant),), safe=True),)
    label = label if len(label) <= 60 else "what may be missing has a `?` behind it"
    scope.add(finding("MLP0207", message, span, label, fixes=fixes))


def _or_nothing(written: ast.TypeUnion) -> ast.TypeExpr | None:
    """`Int` of `Int | None`, None for any other choice."""
    said = [m for m in written.members if not _is_nothing(m)]
    return said[0] if len(said) == 1 < len(written.members) else None


def _is_nothing(member: ast.TypeExpr) -> bool:
    return isinstance(member, ast.TypeName) and member.name in ("None", "Null", "null", "Nothing")


def _union(written: ast.TypeUnion, scope: FileScope) -> Type:
    values: dict[str, Span] = {}
    may_be = _or_nothing(written)
    if may_be is not None and not isinstance(may_be, ast.TypeLiteral | ast.TypeOptional):
        message = "`|` stands between texts only"
        _report_may_be_missing(message, written.span, written.span, scope.text(may_be.span), scope)
        return UNKNOWN
    for member in written.members:
        if not isinstance(member, ast.TypeLiteral):
            scope.add(
                finding(
                    "MLP0207",
                    "`|` stands between texts only",
                    member.span,
                    'a choice looks like `"gold" | "standard"`',
                )
            )
            return UNKNOWN
        if member.value in values:
            scope.add(
                finding(
                    "MLP0504",
                    f'`"{member.value}"` is set twice',
                    member.span,
                    "again here",
                    labels=(Label(values[member.value], "first here"),),
                )
            )
        values.setdefault(member.value, member.span)
    return EnumOf(tuple(values))
