"""How far a window reaches: an amount of time, or a number of months and years."""

from __future__ import annotations

from datetime import timedelta

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import DURATION, INT, Unknown
from .assign import Place, fits, lacks_unit
from .finding import finding
from .fold import fold
from .looked_at import Values
from .periods import UNITS, check_whole, counts
from .scope import Scope
from .stages import in_time
from .surroundings import Partitioned


def check_window(call: ast.Call, found: Values, here: Partitioned | None, scope: Scope) -> None:
    kind = found.partition.kind
    grain = here.grain if here is not None and found.own else None
    window = call.arguments[1].value
    least = next((a for a in call.arguments if a.name is not None), None)
    amounts = [("window", window)] + ([("at_least", least.value)] if least is not None else [])
    fine = True
    for name, expr in amounts:
        fine = _is_amount(name, expr, kind, scope) and fine
        if fine:
            check_whole(expr, kind, grain, scope)
    if fine and least is not None:
        _check_least(window, least.value, scope)


def _is_amount(name: str, expr: ast.Expr, kind: str, scope: Scope) -> bool:
    """Whether a window is an amount of time; of months and years it is how many."""
    type_ = scope.file.typing.of(expr)
    if isinstance(type_, Unknown):
        return False
    if counts(kind) and type_ == DURATION:
        text = scope.file.text(expr.span)
        scope.file.add(
            finding(
                "MLP0606",
                f"{text} is not a whole number of {kind}s",
                expr.span,
                f"{kind}s differ in length",
                help=(f"say how many {kind}s: for example `3`",),
            )
        )
        return False
    wanted = INT if counts(kind) else DURATION
    if wanted == DURATION and lacks_unit(expr, type_, wanted):
        _report_no_unit(name, expr, kind, scope)
        return False
    if not fits(expr, type_, wanted, Place(name), scope):
        return False
    if not in_time(expr, Stage.SUBMIT, f"`{name}`", scope):
        return False
    known = fold(expr, scope.file)
    value = None if known is None else known.value
    empty = (isinstance(value, int) and value < 1) or (
        isinstance(value, timedelta) and value <= timedelta(0)
    )
    if empty:
        scope.file.add(
            finding("MLP0503", f"`{name}` must be more than nothing", expr.span, "too small")
        )
    return not empty


def _report_no_unit(name: str, expr: ast.Expr, kind: str, scope: Scope) -> None:
    written = f"{scope.file.text(expr.span)}{UNITS[kind]}"
    scope.file.add(
        finding(
            "MLP0304",
            f"`{scope.file.text(expr.span)}` has no unit; `{name}` is a Duration",
            expr.span,
            f"`{written}`?",
            fixes=(Fix(f"write `{written}`", (Edit(expr.span, written),), safe=False),),
        )
    )


def _check_least(window: ast.Expr, least: ast.Expr, scope: Scope) -> None:
    most, given = (fold(expr, scope.file) for expr in (window, least))
    if most is None or given is None:
        return
    a, b = most.value, given.value
    longer = (isinstance(a, timedelta) and isinstance(b, timedelta) and b > a) or (
        isinstance(a, int) and isinstance(b, int) and b > a
    )
    if longer:
        scope.file.add(
            finding(
                "MLP0609",
                "`at_least` is longer than the window",
                least.span,
                "so many can never be there",
                labels=(Label(window.span, "the window"),),
                help=(f"at most `at_least = {scope.file.text(window.span)}`",),
            )
        )
