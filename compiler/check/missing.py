"""Values that may be missing: MLP0305, always with a line that can be pasted."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import present
from ..types.settings import Stage
from ..types.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    JSON,
    SIZE,
    STRING,
    EnumOf,
    ListOf,
    MapOf,
    Type,
)
from .finding import finding
from .origin import origin, root
from .scope import Scope


def fallback(type_: Type) -> str | None:
    """A literal of the type, to stand for a missing value."""
    plain = {
        INT: "0", FLOAT: "0.0", STRING: '""', BOOL: "false", DURATION: "0s", SIZE: "0B", JSON: "{}",
    }  # fmt: skip
    match type_:
        case EnumOf(values):
            return f'"{values[0]}"'
        case ListOf():
            return "[]"
        case MapOf():
            return "{}"
        case _:
            return plain.get(type_)


def _why(expr: ast.Expr, scope: Scope) -> tuple[str, ...]:
    """In a hook anything may be missing that comes out of the run."""
    binding = root(expr, scope)
    if scope.hook is None or binding is None or binding.stage is not Stage.RUN:
        return ()
    return (f"why: `{binding.name}` may never have run when a hook does",)


def report_missing(
    expr: ast.Expr, type_: Type, label: str, scope: Scope, *, instead: str | None = None
) -> None:
    """`expr` of type `T?` stands where only `T` will do."""
    text = scope.file.text(expr.span)
    where = origin(expr, type_, scope)
    literal = fallback(present(type_))
    edit = instead
    if edit is None and literal is not None:
        edit = f"({text} ?? {literal})"
    fixes = []
    if edit is not None:
        title = f"fall back to {literal}" if literal is not None else "say what to use instead"
        fixes.append(Fix(title, (Edit(expr.span, edit),), safe=False))
    scope.file.add(
        finding(
            "MLP0305",
            f"`{text}` may be missing",
            expr.span,
            label,
            labels=(where,) if where is not None else (),
            notes=_why(expr, scope),
            help=(f"say what to use instead: `{edit or f'{text} ?? …'}`",),
            fixes=fixes,
        )
    )


def report_missing_base(expr: ast.FieldOf, base: Type, member: Type, scope: Scope) -> None:
    """`a.b` where `a` may be missing."""
    text = scope.file.text(expr.base.span)
    where = origin(expr.base, base, scope)
    literal = fallback(present(member))
    chained = f"{text}?.{expr.field.text}"
    edit = f"({chained} ?? {literal})" if literal is not None else None
    fixes = []
    if edit is not None:
        title = f"fall back to {literal}"
        fixes.append(Fix(title, (Edit(expr.span, edit),), safe=False))
    scope.file.add(
        finding(
            "MLP0305",
            f"`{text}` may be missing",
            expr.span,
            f"`.{expr.field.text}` cannot be read from what may be missing",
            labels=(where,) if where is not None else (),
            notes=_why(expr, scope),
            help=(f"say what to use instead with `?.` and `??`: `{edit or f'{chained} ?? …'}`",),
            fixes=fixes,
        )
    )
