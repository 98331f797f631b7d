"""Builds the syntax tree while the parser reduces: one function per construct of the grammar."""

from __future__ import annotations

from ....grammar import tables
from . import declarations, expressions, statements, types
from .context import Builder, Builders, Context

__all__ = ["BUILDERS", "PLANS", "Context", "Plan"]

BUILDERS: Builders = {
    **declarations.BUILDERS,
    **statements.BUILDERS,
    **types.BUILDERS,
    **expressions.BUILDERS,
}

# What a reduction does: an int keeps the part at that place; a pair calls a builder with the
# parts at these places (-1: left out).
Plan = int | tuple[Builder, tuple[int, ...]]


def _first_item(_c: Context, _first: int, _last: int, item: object) -> list[object]:
    return [item]


def _next_item(
    _c: Context, _first: int, _last: int, items: list[object], item: object
) -> list[object]:
    items.append(item)
    return items


def _places(symbols: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, ...]:
    free = list(range(len(symbols)))
    places: list[int] = []
    for names in wanted:
        place = next((p for p in free if symbols[p] in names.split("|")), -1)
        if place >= 0:
            free.remove(place)
        places.append(place)
    return tuple(places)


def _plan(name: str, symbols: tuple[str, ...]) -> Plan:
    if name == "*":
        item = len(symbols) - 1
        return (_next_item, (0, item)) if symbols[0] == "*" else (_first_item, (item,))
    if name in BUILDERS:
        builder, wanted = BUILDERS[name]
        return builder, _places(symbols, wanted)
    return symbols.index("expr") if symbols[0] == "LPAR" else 0


PLANS: list[Plan] = [_plan(name, symbols) for name, _, symbols in tables.RULES]
