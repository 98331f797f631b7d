"""Functions and constants that code only calls and reads by their names: those say nothing then."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .entry import makes, words_of
from .module import Module
from .normal import late_names
from .resolve import Target, Unit, Whole
from .walk import Walk


def unnamed(walk: Walk, entries: Sequence[Target]) -> frozenset[Unit]:
    """The functions and constants that a walk from `entries` has reached and whose names neither
    its code can read nor whoever is told of its errors."""
    if walk.names or walk.errors or walk.problems:
        return frozenset()
    if any(isinstance(each, Whole) for each in walk.numbers):
        return frozenset()
    units = [each for each in walk.numbers if isinstance(each, Unit)]
    lost = {target for unit in units for target in _elsewhere(walk, unit)}
    said = frozenset[str]().union(*(words_of(walk, unit) for unit in units))
    late = {(unit.module, name) for unit, names in late_names(walk).items() for name in names}
    calls = any(walk.reading(unit).keeps_calls for unit in units)
    found: set[Unit] = set()
    for unit in units:
        module = walk.ran[unit.module]
        name = _name(module, unit.position)
        if name is None or unit in entries or unit in lost or name in said:
            continue
        if (unit.module, name) not in late and not (
            module.is_definition(unit.position)
            and (calls or walk.readers.has(unit) or makes(module.body[unit.position], module))
        ):
            found.add(unit)
    return frozenset(found)


def _elsewhere(walk: Walk, unit: Unit) -> Iterator[Target]:
    """What a statement leads to other than by one plain name for one thing."""
    reading = walk.reading(unit)
    for (_, targets), (use, _) in zip(walk.references[unit], walk.used[unit], strict=True):
        placed = use in reading.places and use not in reading.unplaced
        if len(targets) != 1 or use.imports or not placed:
            yield from targets


def _name(module: Module, position: int) -> str | None:
    """What a statement calls the one thing that it makes, if that can go without."""
    match module.body[position]:
        case ast.FunctionDef(name=name, decorator_list=[]):
            pass
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
        ):
            pass
        case _:
            return None
    plain = name.isascii() and not name.startswith("__")
    return name if plain and len(module.binders[name]) == 1 and not module.stars else None
