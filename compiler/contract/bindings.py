"""What jobs are given, as the launcher reads it: texts, parameters, and what other jobs left."""

from __future__ import annotations

import json
from typing import cast

from ...runtime.texts import shell_text
from ...runtime.values import decode
from ..ir.meaning import descriptor_of
from ..ir.values import Apply, Expr, Literal, ParameterRef, PortRef, reference_name, references
from .job import Bound, Constant, FromJob, FromParameter


def bindings(read: list[Expr]) -> tuple[tuple[str, Bound], ...]:
    """Every name that a helper's expressions read, bound to its producer."""
    found: dict[str, Bound] = {}
    for expression in read:
        for reference in references(expression):
            found.setdefault(reference_name(reference), bound(reference))
    return tuple(found.items())


def bound(value: Expr) -> Bound:
    """An argument as the launcher reads it."""
    match value:
        case Literal(value=None):
            return Constant("~")
        case Literal(type_, data):
            return Constant(
                "=" + shell_text(descriptor_of(type_), decode(descriptor_of(type_), data))
            )
        case ParameterRef(_, name):
            return FromParameter(name)
        case PortRef() | Apply(operator="field"):
            return _path(value)
        case Apply(operator="list", operands=operands):
            parts = [bound(operand) for operand in operands]
            if all(isinstance(part, Constant) for part in parts):
                return Constant("*" + json.dumps([cast("Constant", part).text for part in parts]))
    raise ValueError(f"an argument that no engine can carry: {value}")


def _path(value: Expr) -> FromJob:
    match value:
        case PortRef(_, node, port):
            return FromJob(node, port)
        case Apply(operator="field", operands=(base,), names=(name,)):
            inner = _path(base)
            return FromJob(inner.job, f"{inner.path}.{name}")
    raise ValueError(f"not a path into an output: {value}")
