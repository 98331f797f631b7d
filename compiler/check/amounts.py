"""Amounts written as other tools write them: `500m` cores, `"16Gi"` of memory."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.units import SIZE_UNITS, in_words, meant
from .finding import finding
from .scope import Scope


def report_cores(value: ast.Expr, scope: Scope) -> None:
    text = scope.file.text(value.span)
    words, fixes, help_ = "a Duration", [], ("write the number of cores: `cpu = 0.5`",)
    if isinstance(value, ast.Quantity):
        words = in_words(value.number, value.unit.text)
        if value.unit.text == "m":
            cores = f"{value.number / 1000:g}"
            help_ = (f"Kubernetes writes millicores as `{text}`; here it is simply `{cores}`",)
            fixes.append(Fix(f"write `cpu = {cores}`", (Edit(value.span, cores),), safe=True))
    scope.file.add(
        finding(
            "MLP0512",
            f"`{text}` is {words}, but `cpu` counts cores",
            value.span,
            "a Duration",
            help=help_,
            fixes=fixes,
        )
    )


def is_written_size(value: ast.Expr) -> bool:
    return isinstance(value, ast.Literal) and isinstance(value.value, str)


def report_quoted_size(value: ast.Expr, scope: Scope) -> None:
    """`memory = "16Gi"`: a size in quotes."""
    text = value.value if isinstance(value, ast.Literal) and isinstance(value.value, str) else ""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    unit = text[len(number) :].strip()
    unit = unit if unit in SIZE_UNITS else meant(unit) or ""
    fixes = []
    if unit in SIZE_UNITS and number.replace(".", "").isdigit():
        title = f"write `{number}{unit}`"
        fixes.append(Fix(title, (Edit(value.span, f"{number}{unit}"),), safe=False))
    scope.file.add(
        finding(
            "MLP0301",
            "`String` given, `Size` wanted",
            value.span,
            "a Size is written without quotes",
            help=() if fixes else ("write for example `16GB`",),
            fixes=fixes,
        )
    )
