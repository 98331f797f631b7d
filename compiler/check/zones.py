"""Time zones: whether there is one of a name, and which one was meant."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from .closest import closest
from .finding import finding
from .fold import folded_text
from .scope import Scope


def check_zone(expr: ast.Expr, scope: Scope) -> None:
    """Whether a time zone exists, where its name is known now."""
    name = folded_text(expr, scope.file)
    if name is None or name == "UTC" or _exists(name):
        return
    from zoneinfo import available_timezones

    near = closest(name, sorted(available_timezones()))
    fixes = []
    if near is not None:
        fixes.append(Fix(f'write `"{near}"`', (Edit(expr.span, f'"{near}"'),), safe=False))
    scope.file.add(
        finding(
            "MLP0503",
            f'there is no time zone called "{name}"',
            expr.span,
            f"did you mean `{near}`?" if near else "not a name of the tz database",
            help=() if near else ('write for example `"Europe/Berlin"`',),
            fixes=fixes,
        )
    )


def _exists(name: str) -> bool:
    # Files without a zone, which are most, need not wait for the database of zones.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
