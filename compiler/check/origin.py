"""Where a value comes from: the second label of messages about it."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.relate import present
from ..types.types import Dataset, Row, Type, show
from .scope import Scope
from .values import Binding, Kind


def described(binding: Binding) -> str:
    """`fitted` runs the step `fit`; `min_auc` is a parameter."""
    if binding.step is not None:
        return f"`{binding.name}` runs the {binding.step.noun} `{binding.step.name}`"
    return f"`{binding.name}` is {binding.kind.value}"


def root(expr: ast.Expr, scope: Scope) -> Binding | None:
    """The binding at the start of a path."""
    while isinstance(expr, ast.FieldOf | ast.Index | ast.Each):
        expr = expr.base
    if isinstance(expr, ast.NameRef):
        return scope.names.get(expr.name) or scope.file.constants.get(expr.name)
    return None


def origin(expr: ast.Expr, type_: Type, scope: Scope) -> Label | None:
    """Where the type of a path is written: the output of a step, or the name itself."""
    binding = root(expr, scope)
    if binding is None:
        return None
    if binding.step is not None:
        member = _first_field(expr)
        port = binding.step.output(member) if member else None
        if port is not None:
            return Label(port.type_span, f"`{binding.name}.{port.name}` {held(type_)}")
    if binding.kind is Kind.NODE:
        return Label(binding.span, described(binding))
    return Label(binding.span, f"`{binding.name}` {held(binding.type)}")


def held(type_: Type) -> str:
    """`holds Flights` for rows, `is Float?` for the rest."""
    inner = present(type_)
    if isinstance(inner, Dataset) and isinstance(inner.row, Row) and inner.row.name:
        return f"holds {inner.row.name}"
    return f"is {shortened(show(type_))}"


def shortened(text: str, limit: int = 40) -> str:
    """A type's text, cut where a label has no room for it."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _first_field(expr: ast.Expr) -> str | None:
    """`metrics` of `score.metrics.auc`."""
    found = None
    while isinstance(expr, ast.FieldOf | ast.Index | ast.Each):
        if isinstance(expr, ast.FieldOf):
            found = expr.field.text
        expr = expr.base
    return found
