"""`T per day` where one plain value is wanted: MLP0603, and the functions that say which days."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.relate import present
from ..types.types import ListOf, Per, Type, show
from .finding import finding
from .origin import root, shortened
from .scope import Scope

CONTAINS = {
    "hour": (),
    "day": ("hour",),
    "week": ("hour", "day"),
    "month": ("hour", "day"),
    "year": ("hour", "day", "month"),
}
"""Which kinds of time lie whole in which others."""

_WINDOWS = {"hour": "24h", "day": "7d", "week": "4w", "month": "3", "year": "3"}


def report_per(
    expr: ast.Expr, type_: Per, wanted: Type, scope: Scope, instead: ast.Expr | None = None
) -> None:
    """A partitioned value that is read as if it were one value; the fix is put for `instead`."""
    text = scope.file.text(expr.span)
    ways = _ways(text, type_, wanted, scope)
    binding = root(expr, scope)
    labels = () if binding is None else (Label(binding.span, "one value for each partition"),)
    kind = type_.partition.kind
    which = f"{kind}s" if kind in CONTAINS else "of them"
    scope.file.add(
        finding(
            "MLP0603",
            f"`{text}` is {shortened(show(type_.item))} per {kind}; say which {which}",
            expr.span,
            "these are many values",
            labels=labels,
            help=("write " + ", ".join(f"`{way}`" for way in ways[:-1]) + f" or `{ways[-1]}`",)
            if len(ways) > 1
            else (f"write `{ways[0]}`",),
            fixes=(
                Fix(f"write `{ways[0]}`", (Edit((instead or expr).span, ways[0]),), safe=False),
            ),
        )
    )


def _ways(text: str, type_: Per, wanted: Type, scope: Scope) -> list[str]:
    """How the value could be read here, the likeliest first."""
    kind = type_.partition.kind
    here = scope.partitioned()
    if here is not None and here.partition.kind == kind:
        ways = [f"current({text})"]
        return [*ways, f"previous({text})"] if kind in CONTAINS else ways
    if here is not None and here.variable is not None:
        if kind in CONTAINS.get(here.partition.kind, ()):
            return [f"within({text}, {here.variable})"]
        if here.partition.kind in CONTAINS.get(kind, ()):
            return [f"covering({text}, {here.variable})"]
    if kind not in CONTAINS:
        return [f"all({text})"]
    lists = [f"all({text})"]
    if here is None:
        lists.append(f"trailing({text}, {_WINDOWS[kind]})")
    latest = f"latest({text})"
    return [*lists, latest] if isinstance(present(wanted), ListOf) else [latest, *lists]
