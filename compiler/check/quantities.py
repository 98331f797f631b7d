"""Numbers with a unit: `30m`, `16GB`, `10%`."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.types import SIZE, UNKNOWN, Type
from ..types.units import DURATION_UNITS, SIZE_UNITS, is_whole, meant, type_of_unit
from .closest import closest
from .finding import finding
from .scope import FileScope

_SIZES = "sizes: B KB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024)"
_DURATIONS = "durations: ms s m h d w"


def check_quantity(expr: ast.Quantity, scope: FileScope) -> Type:
    """The type of a quantity, unknown where its unit is."""
    unit = expr.unit.text
    type_ = type_of_unit(unit)
    if type_ is None:
        _report_unit(expr, scope)
        return UNKNOWN
    if not is_whole(expr.raw, unit):
        part = "bytes" if type_ == SIZE else "microseconds"
        scope.add(
            finding(
                "MLP0503",
                f"`{expr.raw}` is not a whole number of {part}",
                expr.span,
                "take a smaller unit",
            )
        )
        return UNKNOWN
    return type_


def _report_unit(expr: ast.Quantity, scope: FileScope) -> None:
    unit = expr.unit.text
    near = meant(unit) or closest(unit, (*DURATION_UNITS, *SIZE_UNITS), shortest=1)
    number = expr.raw[: len(expr.raw) - len(unit)]
    fixes = []
    if near is not None:
        title = f"write `{number}{near}`"
        fixes.append(Fix(title, (Edit(expr.span, f"{number}{near}"),), safe=False))
    notes = [_SIZES] if near in SIZE_UNITS else [_DURATIONS]
    if near is None:
        notes = [_SIZES, _DURATIONS]
    scope.add(
        finding(
            "MLP0511",
            f"there is no unit called `{unit}`",
            expr.span,
            f"did you mean `{number}{near}`?" if near else "this is not a unit",
            notes=notes,
            fixes=fixes,
        )
    )


def lint_mixed_sizes(quantities: list[ast.Quantity], scope: FileScope) -> None:
    """32GB and 32GiB in one file: one of them is a slip."""
    seen: dict[tuple[str, str], ast.Quantity] = {}
    for quantity in quantities:
        unit = quantity.unit.text
        if type_of_unit(unit) != SIZE or unit == "B":
            continue
        number = quantity.raw[: len(quantity.raw) - len(unit)]
        first = seen.setdefault((number, unit[0]), quantity)
        if first.unit.text != unit:
            scope.add(
                finding(
                    "MLP1014",
                    f"{first.raw} and {quantity.raw} in one file",
                    quantity.span,
                    "powers of 1024 here" if "i" in unit else "powers of 1000 here",
                ).also(first.span, "powers of 1000 here" if "i" in unit else "powers of 1024 here")
            )
