"""Schemas: named columns, in any order of the file, none inside itself."""

from __future__ import annotations

from collections.abc import Mapping

from ..source import Span
from ..syntax import ast
from ..types.relate import present
from ..types.types import UNKNOWN, Column, Row, Secret, Type
from .assign import Place, fits
from .finding import finding
from .infer import infer
from .ports import report_taken
from .rows import check_rows
from .scope import FileScope, Scope
from .secrets import report_misplaced_secret
from .typenames import resolve
from .walk import mentions


def declare_schemas(schemas: Mapping[str, ast.Schema], scope: FileScope) -> None:
    """Resolves every schema into `scope.rows`, those first that others hold."""
    done: set[str] = set()
    for name in schemas:
        _declare(name, schemas, done, [], scope)


def _declare(
    name: str,
    schemas: Mapping[str, ast.Schema],
    done: set[str],
    path: list[str],
    scope: FileScope,
) -> None:
    if name in done:
        return
    path.append(name)
    schema = schemas[name]
    for field in schema.fields:
        for word in mentions(field.type):
            if word in path:
                _report_circle(field, word, path, scope)
            elif word in schemas:
                _declare(word, schemas, done, path, scope)
    path.pop()
    done.add(name)
    row = scope.rows[name] = Row(name, _columns(schema, scope), scope.source.name)
    if schema.checks:
        scope.checks[name] = check_rows(schema, row, scope)


def _report_circle(field: ast.Field, word: str, path: list[str], scope: FileScope) -> None:
    circle = path[path.index(word) :]
    trail = f"`{word}` would hold itself"
    if len(circle) > 1:
        trail = f"`{word}` holds `{circle[1]}`, which holds `{word}` again"
    scope.add(
        finding(
            "MLP0205",
            f"`{word}` is used before it is defined",
            field.type.span,
            trail if len(trail) <= 60 else f"`{word}` would hold itself",
            help=("a schema cannot hold itself",),
        )
    )
    scope.rows.setdefault(word, Row(word, ()))


def _columns(schema: ast.Schema, scope: FileScope) -> tuple[Column, ...]:
    columns: dict[str, Column] = {}
    first: dict[str, Span] = {}
    inside = Scope(scope)
    for field in schema.fields:
        type_: Type = resolve(field.type, scope)
        if isinstance(present(type_), Secret):
            report_misplaced_secret(field.type.span, scope)
            type_ = UNKNOWN
        if field.name.text in columns:
            report_taken(field.name, first[field.name.text], "the first of this name", scope)
            continue
        first[field.name.text] = field.name.span
        columns[field.name.text] = Column(field.name.text, type_)
        if field.default is not None:
            given = infer(field.default, inside, type_)
            fits(field.default, given, type_, Place(field.name.text, field.type.span), inside)
    return tuple(columns.values())
