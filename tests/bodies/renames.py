"""Edits of names: new ones for what is local, which says nothing, and blind ones, which may."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

from bodies.fragments import Files

from millpond.compiler.bodies.variables import Place, Variable, variables

FRESH = ("brand_new", "zz", "rows_by_day")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def spelled(tree: ast.AST) -> Iterator[tuple[Place, str]]:
    """Every place at which code spells a name, but for parameters, definitions and imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node, node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node, node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node, node.rest
        elif isinstance(node, ast.Nonlocal | ast.Global):
            for name in node.names:
                yield (node, name), name


def spell(place: Place, name: str) -> None:
    """Another name at one place."""
    if isinstance(place, tuple):
        node, old = place
        assert isinstance(node, ast.Nonlocal | ast.Global)
        node.names[node.names.index(old)] = name
    elif isinstance(place, ast.Name):
        place.id = name
    elif isinstance(place, ast.MatchMapping):
        place.rest = name
    else:
        assert isinstance(place, ast.ExceptHandler | ast.MatchAs | ast.MatchStar)
        place.name = name


def given(tree: ast.AST) -> set[str]:
    """The names of parameters, definitions, imports, attributes and arguments."""
    return {
        str(getattr(node, field))
        for node in ast.walk(tree)
        if not isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar)
        for field in ("name", "arg", "attr", "asname")
        if getattr(node, field, None) is not None
    }


def words(tree: ast.AST) -> set[str]:
    """All names of a piece of code, whatever has them."""
    return given(tree) | {name for _, name in spelled(tree)}


def locals_of(tree: ast.Module) -> list[tuple[ast.stmt, dict[Variable, list[Place]]]]:
    """The local variables of each statement that need no name, with their places."""
    found = []
    for statement in tree.body:
        places: dict[Variable, list[Place]] = {}
        for place, variable in variables(statement, docs=False).at.items():
            places.setdefault(variable, []).append(place)
        if places:
            found.append((statement, places))
    return found


def new_name(files: Files, draw: random.Random) -> tuple[str, Files] | None:
    """A local variable has a new name, or two of a statement have each other's."""
    file = draw.choice(sorted(files))
    tree = ast.parse(files[file])
    found = locals_of(tree)
    if not found:
        return None
    statement, places = draw.choice(found)
    one, other = (draw.choice([*places]) for _ in range(2))
    everywhere = [name for _, name in spelled(statement)]
    alone = all(everywhere.count(each.name) == len(places[each]) for each in (one, other))
    alone = alone and not {one.name, other.name} & given(statement)
    if one is not other and alone and draw.random() < 0.5:
        for variable, name in ((one, other.name), (other, one.name)):
            for place in places[variable]:
                spell(place, name)
        what = f"{file}: {one.name} and {other.name} swapped"
    else:
        taken = words(tree)
        name = draw.choice(FRESH)
        while name in taken:
            name += "z"
        for place in places[one]:
            spell(place, name)
        what = f"{file}: {one.name} -> {name}"
    return what, {**files, file: ast.unparse(ast.fix_missing_locations(tree)) + "\n"}


def _part(tree: ast.Module, draw: random.Random) -> ast.AST:
    inner = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    return draw.choice([tree, *inner, *inner, *inner])


def everywhere(tree: ast.Module, draw: random.Random) -> str | None:
    """A name is another one in the whole of a function or file, whatever it stands for."""
    part = _part(tree, draw)
    names = sorted({name for _, name in spelled(part)})
    if not names:
        return None
    old, new = draw.choice(names), draw.choice([*words(tree), "brand_new"])
    return _swapped(part, {old: new})


def exchanged(tree: ast.Module, draw: random.Random) -> str | None:
    """Two names are exchanged in the whole of a function or file."""
    part = _part(tree, draw)
    names = sorted({name for _, name in spelled(part)})
    if len(names) < 2:
        return None
    one, other = draw.sample(names, 2)
    return _swapped(part, {one: other, other: one})


def captured(tree: ast.Module, draw: random.Random) -> str | None:
    """What is bound in a scope has there the name of something outside."""
    part = _part(tree, draw)
    bound = sorted(
        node.id
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )
    if not bound:
        return None
    outside = sorted({name for _, name in spelled(tree)})
    return _swapped(part, {draw.choice(bound): draw.choice(outside)})


def _swapped(part: ast.AST, names: dict[str, str]) -> str:
    for place, name in list(spelled(part)):
        if name in names:
            spell(place, names[name])
    where = f"line {getattr(part, 'lineno', 1)}"
    return f"{where}: {' and '.join(f'{old} -> {new}' for old, new in names.items())} below"
