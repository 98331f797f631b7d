"""Functions and constants that code only calls and reads by their names: those say nothing then."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from .entry import makes, words_of
from .module import Module
from .normal import late_names
from .onlookers import loads_names
from .pickled import foreign_names
from .resolve import Target, Unit, Whole
from .walk import Walk


def unnamed(walk: Walk, entries: Sequence[Target]) -> frozenset[Unit]:
    """The functions and constants that a walk from `entries` has reached and whose names neither
    its code can read nor whoever is told of its errors."""
    if walk.names or walk.errors or walk.problems:
        return frozenset()
    if any(isinstance(each, Whole) for each in walk.numbers):
        return frozenset()
    if any(loads_names(name) for name in foreign_names(walk)):
        return frozenset()
    units = [each for each in walk.numbers if isinstance(each, Unit)]
    # A module that is loaded is bound in its package, over whatever has its name there.
    known = frozenset(name.rpartition(".")[2] for name in walk.ran if "." in name)
    known = known.union(*(words_of(walk, unit) for unit in units))
    late = {(unit.module, name) for unit, names in late_names(walk).items() for name in names}
    kept = {*entries, *(each for unit in units for each in _elsewhere(walk, unit, known, late))}
    calls = any(walk.reading(unit).keeps_calls for unit in units)
    found: set[Unit] = set()
    for unit in units:
        module = walk.ran[unit.module]
        name = _name(module, unit.position)
        if name is None or unit in kept or name in known or (unit.module, name) in late:
            continue
        if not module.is_definition(unit.position) or not (
            calls or walk.readers.has(unit) or makes(module.body[unit.position], module)
        ):
            found.add(unit)
    return frozenset(found)


def _elsewhere(
    walk: Walk, unit: Unit, known: Collection[str], late: Collection[tuple[str, str]]
) -> Iterator[Target]:
    """What a statement leads to other than by a plain name for one thing, which is there by then
    and is none of those that are `known` otherwise."""
    module, reading = walk.ran[unit.module], walk.reading(unit)
    for (_, targets), (use, inside), taken in zip(
        walk.references[unit], walk.used[unit], walk.taken[unit], strict=True
    ):
        path = use.chain[: len(use.chain) - inside]
        names = {path[-1], *(name for _, by in taken for name in _taken(walk, by))}
        if not (
            len(targets) == 1
            and not use.imports
            and use in reading.places
            and use not in reading.unplaced
            and (unit.module, path[0]) not in late
            and names.isdisjoint(known)
            and (len(path) < 3 or _imports(module, ".".join(path[:-1])))
        ):
            yield from targets


def _taken(walk: Walk, unit: Unit) -> Iterator[str]:
    """The names that an import binds to what is in a module, but not to modules."""
    for item in walk.ran[unit.module].bound[unit.position].imports:
        if item.name is not None and item.whole not in walk.ran:
            yield item.bound


def _imports(module: Module, name: str) -> bool:
    """Whether `import a.b` makes sure that `a.b` can be asked for."""
    return any(item.name is None and item.module == name for item in module.imports)


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
