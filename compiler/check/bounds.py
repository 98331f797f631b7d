"""Settings whose value is known: within bounds, one of a closed set."""

from __future__ import annotations

from datetime import timedelta

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.settings import SettingRule
from ..types.types import (
    FLOAT,
    INT,
    Type,
)
from .closest import closest, listed
from .finding import finding
from .fold import fold, folded_text
from .scope import Scope

WHY = {
    "concurrency": (
        "scheduled runs go one at a time: one that is due while another runs is left out, and the"
        " next one catches up by the range of its partitions",
    ),
}
"""Why a closed set of texts is as small as it is."""


def check_bounds(value: ast.Expr, rule: SettingRule, wanted: Type, scope: Scope) -> None:
    if rule.least is None and rule.most is None:
        return
    known = fold(value, scope.file)
    if known is None or isinstance(known.value, bool):
        return
    if isinstance(known.value, timedelta):
        amount = known.value.total_seconds()
    elif isinstance(known.value, int | float):
        amount = known.value
    else:
        return
    low, high = rule.least, rule.most
    if (low is None or amount >= low) and (high is None or amount <= high):
        return
    if wanted in (INT, FLOAT) and low is not None and high is not None:
        message = f"`{rule.name}` must be between {low:g} and {high:g}"
    elif wanted in (INT, FLOAT) and low is not None:
        message = f"`{rule.name}` must be at least {low:g}"
    else:
        message = f"`{rule.name}` must be more than nothing"
    scope.file.add(
        finding(
            "MLP0503",
            message,
            value.span,
            "too small" if low is not None and amount < low else "too large",
            help=(f"for example `{rule.name} = {rule.example}`",) if rule.example else (),
        )
    )


def check_choices(value: ast.Expr, rule: SettingRule, scope: Scope) -> None:
    """A closed set of texts, alone or in a list."""
    items = value.items if isinstance(value, ast.ListOf) else (value,)
    for item in items:
        text = folded_text(item, scope.file)
        if text is None or text in rule.choices:
            continue
        near = closest(text, rule.choices)
        fixes = []
        if near is not None:
            fixes.append(Fix(f'write `"{near}"`', (Edit(item.span, f'"{near}"'),), safe=True))
        choices = listed((f'"{choice}"' for choice in rule.choices), "or")
        scope.file.add(
            finding(
                "MLP0503",
                f"`{rule.name}` must be {choices}",
                item.span,
                f'did you mean `"{near}"`?' if near else "not one of them",
                help=WHY.get(rule.name, ()),
                fixes=fixes,
            )
        )
