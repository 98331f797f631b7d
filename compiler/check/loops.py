"""`for x in list { … }`: the list, the variable, and the list of what the branches yield."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.relate import present, widen
from ..types.types import (
    INT,
    UNKNOWN,
    Dataset,
    ListOf,
    MapOf,
    Optional,
    Per,
    Type,
    Unknown,
    show,
)
from .bindable import check_variable
from .blocks import check_options
from .closest import an
from .finding import finding
from .fold import fold
from .infer import infer_per
from .missing import report_missing
from .nesting import enter
from .origin import root, shortened
from .scope import Scope
from .settings import FOR_OPTIONS
from .surroundings import Around
from .unused import lint_unused
from .values import Binding, Kind
from .yields import Yielded, check_taken

Walk: TypeAlias = Callable[[ast.Block, Scope], Yielded]
"""Checks the statements of a block at the place where it begins."""


def check_for(block: ast.ForBlock, name: ast.Name | None, scope: Scope, walk: Walk) -> Type | None:
    """The type of the block's value, None where it has none."""
    enter("for", block.keyword, scope)
    item = _item(block.items, infer_per(block.items, scope), scope)
    stage = scope.file.typing.stage(block.items)
    if block.options is not None:
        check_options(block.options, FOR_OPTIONS, "with of for", scope)
        _check_share(block.options, scope)
    inner = scope.inside(Around("for", block.keyword, block.body.span), block.body.statements)
    variable = block.variable
    check_variable(variable, scope)
    one = Binding(variable.text, variable.span, Kind.VARIABLE, item, stage, made=block.items)
    with inner.meaning(one):
        found = walk(block.body, inner)
    lint_unused((one,), scope.file)
    taken = check_taken("for", block.keyword, name, (found,), scope)
    return ListOf(widen(found.type)) if taken else None


def _item(expr: ast.Expr, type_: Type, scope: Scope) -> Type:
    """What the list holds; unknown after reporting that it is no list."""
    match type_:
        case Unknown():
            return UNKNOWN
        case ListOf(item):
            return item
        case Optional(ListOf()):
            report_missing(expr, type_, "`for` goes through a list", scope)
            return UNKNOWN
        case _:
            _report_no_list(expr, type_, scope)
            return UNKNOWN


def _report_no_list(expr: ast.Expr, type_: Type, scope: Scope) -> None:
    text = scope.file.text(expr.span)
    help_: tuple[str, ...] = ()
    match present(type_):
        case Per():
            help_ = (f"go through all of them: `for … in all({text})`",)
        case Dataset():
            help_ = (
                f'cut the rows into parts: `partition by hash({text}, on = "column", buckets = 8)`',
            )
        case MapOf():
            help_ = ("make a list of it in a step",)
        case scalar if scalar == INT:
            help_ = (f"count up to it: `for … in range({text})`",)
        case _:
            pass
    binding = root(expr, scope)
    shown = shortened(show(widen(type_)))
    scope.file.add(
        finding(
            "MLP0312",
            f"`for` goes through a list, this is {an(shown)}",
            expr.span,
            "one value for each partition" if isinstance(type_, Per) else "this is not a list",
            labels=()
            if binding is None or binding.span == expr.span
            else (Label(binding.span, f"`{binding.name}` comes from here"),),
            help=help_,
        )
    )


def _check_share(options: ast.WithClause, scope: Scope) -> None:
    """`allow_failures = 1` would be all of the branches; one of them is meant."""
    for option in options.arguments:
        if option.name is None or option.name.text != "allow_failures":
            continue
        known = fold(option.value, scope.file)
        if known is not None and type(known.value) is int and known.value == 1:
            scope.file.add(
                finding(
                    "MLP0503",
                    "`allow_failures` is a share of the branches",
                    option.value.span,
                    "1 is all of them",
                    help=("write for example `allow_failures = 20%`; `100%` is all of them",),
                )
            )
