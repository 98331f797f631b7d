"""Kinds of partitions, and amounts of time that are whole numbers of them."""

from __future__ import annotations

from datetime import timedelta

from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from .finding import finding
from .fold import fold
from .per import CONTAINS
from .scope import Scope

KINDS = (*CONTAINS, "key", "hash")
_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
UNITS = {"hour": "h", "day": "d", "week": "w"}


def is_time(kind: str) -> bool:
    return kind in CONTAINS


def counts(kind: str) -> bool:
    """Whether windows over the kind are counted: months and years have no fixed length."""
    return kind not in _LENGTHS


def check_whole(expr: ast.Expr, kind: str, grain: Span | None, scope: Scope) -> None:
    """Whether an amount of time that is known now is a whole number of partitions."""
    known = fold(expr, scope.file)
    if known is None or not isinstance(known.value, timedelta) or kind not in _LENGTHS:
        return
    length = _LENGTHS[kind]
    if known.value % length == timedelta(0):
        return
    number = known.value / length
    text = scope.file.text(expr.span)
    low, unit = int(number), UNITS[kind]
    nearest = [f"`{n}{unit}`" for n in (low, low + 1) if n > 0]
    finer = {"day": "hour", "week": "day"}.get(kind)
    other = f", or partition by {finer}" if finer is not None else ""
    scope.file.add(
        finding(
            "MLP0606",
            f"{text} is not a whole number of {kind}s",
            expr.span,
            f"{number:.3g} {kind}s",
            labels=()
            if grain is None
            else (Label(grain, f"these partitions are one {kind} long"),),
            help=(f"use {' or '.join(nearest)}{other}",),
        )
    )
