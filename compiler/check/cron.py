"""Cron expressions: five fields, each within its bounds."""

from __future__ import annotations

import re

from ..syntax import ast
from ..types.types import (
    Type,
)
from .finding import finding
from .fold import folded_text
from .results import SCHEDULE, Given
from .scope import Scope
from .zones import check_zone

_CRON = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)


_CRON_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?")


_CRON_WORDS = {
    "month": "jan feb mar apr may jun jul aug sep oct nov dec".split(),
    "weekday": "sun mon tue wed thu fri sat".split(),
}


def check_cron(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`cron`: five fields, each within its bounds, in a time zone."""
    for argument, _ in given:
        if argument.name is not None and argument.name.text == "timezone":
            check_zone(argument.value, scope)
    when = given[0][0].value
    text = folded_text(when, scope.file)
    if text is None:
        return SCHEDULE
    fields = text.split()
    if len(fields) != len(_CRON):
        scope.file.add(
            finding(
                "MLP0503",
                f"`cron` wants five fields, this has {len(fields)}",
                when.span,
                "minute hour day month weekday",
                help=('every Monday at five: `cron("0 5 * * 1")`',),
            )
        )
        return SCHEDULE
    for field, (name, low, high) in zip(fields, _CRON, strict=True):
        if not all(_cron_part(part, name, low, high) for part in field.split(",")):
            scope.file.add(
                finding(
                    "MLP0503",
                    f"the {name} of `cron` must be between {low} and {high}",
                    when.span,
                    f"`{field}` is not",
                    help=("`*`, `5`, `1-5`, `*/15` and lists of them with commas",),
                )
            )
            return SCHEDULE
    return SCHEDULE


def _cron_part(part: str, name: str, low: int, high: int) -> bool:
    match = _CRON_PART.fullmatch(part.lower())
    if match is None:
        return False
    words = _CRON_WORDS.get(name, [])
    return all(
        end is None or end in words or (end.isdecimal() and low <= int(end) <= high)
        for end in (match[1], match[2])
    )
