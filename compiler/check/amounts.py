"""Amounts written as other tools write them: `500m` cores, `"16Gi"` of memory."""

from __future__ import annotations

import re

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.types import BOOL, DATE, DURATION, FLOAT, INT, SIZE, TIME, Scalar, Type
from ..types.units import DURATION_UNITS, SIZE_UNITS, in_words, meant
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


# How values of these types are written; in quotes they are text.
_WRITTEN = {
    INT: re.compile(r"-?\d[\d_]*"),
    FLOAT: re.compile(r"-?\d[\d_]*(\.\d+)?([eE][+-]?\d+)?%?"),
    BOOL: re.compile(r"true|false"),
    DATE: re.compile(r"\d{4}-\d{2}-\d{2}"),
    TIME: re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})"),
    DURATION: re.compile(rf"\d+(\.\d+)?({'|'.join(DURATION_UNITS)})"),
    SIZE: re.compile(rf"\d+(\.\d+)?({'|'.join(SIZE_UNITS)})"),
}


def unquoted(value: ast.Expr, wanted: Type) -> str | None:
    """What stands in the quotes of a text, if it is how a value of the wanted type is written."""
    if not isinstance(value, ast.Literal) or not isinstance(value.value, str):
        return None
    pattern = _WRITTEN.get(wanted) if isinstance(wanted, Scalar) else None
    text = value.value.lower() if wanted == BOOL else value.value
    return text if pattern is not None and pattern.fullmatch(text) else None


def is_text(value: ast.Expr) -> bool:
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
