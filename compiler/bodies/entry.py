"""When the name of a step's own function says nothing: nobody else can spell, find or read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .bindings import all_arguments, children
from .module import Module
from .resolve import Target, Unit, Whole
from .walk import Walk

_SORTERS = frozenset(("max", "min", "sorted"))
# What is made in a function is called after it: `fit.<locals>.score`; and what a call of it makes.
_MADE = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Yield, ast.YieldFrom),
)


def nameless(walk: Walk, targets: Sequence[Target]) -> frozenset[Unit]:
    """The function that `targets` are, if no code of a finished walk depends on its name."""
    found = _nameless(walk, targets)
    return frozenset() if found is None else frozenset((found,))


def _nameless(walk: Walk, targets: Sequence[Target]) -> Unit | None:
    if len(targets) != 1 or walk.names or walk.problems:
        return None
    (unit,) = targets
    if not isinstance(unit, Unit) or any(isinstance(each, Whole) for each in walk.numbers):
        return None
    module = walk.ran[unit.module]
    node = module.body[unit.position]
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return None
    # A module answers to names such as `__getattr__`; two spellings may be one name.
    if node.name.startswith("__") or not node.name.isascii():
        return None
    if len(module.binders[node.name]) > 1 or makes(node, module):
        return None
    for other in walk.numbers:
        used = (each for _, found in walk.references.get(other, ()) for each in found)
        words = words_of(walk, other)
        if unit in used or node.name in words:
            return None
    return unit


def words_of(walk: Walk, unit: Unit | Whole) -> frozenset[str]:
    """The words of the texts in a statement that a walk has reached."""
    if isinstance(unit, Whole):
        return frozenset()
    module = walk.ran[unit.module]
    return walk.library.variables(module, unit.position, walk.hints[unit], docs=walk.docs).words


def makes(node: ast.stmt, module: Module) -> bool:
    """Whether a function makes another function, a class or a generator that somebody may look at:
    they are called after it."""
    nodes = [*_below(node)]
    made = {each for each in nodes if isinstance(each, _MADE)}
    if not made:
        return False
    own = {name for each in (node, *nodes) for name in _bound(each)}
    if not module.stars and _SORTERS.isdisjoint(own | module.binders.keys()):
        for each in nodes:
            if isinstance(each, ast.Call) and _sorts(each.func):
                made.difference_update(key.value for key in each.keywords if _is_plain_key(key))
    return bool(made)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    waiting = children(node)
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(children(each))


def _sorts(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _SORTERS


def _is_plain_key(node: ast.keyword) -> bool:
    """Whether an argument is a function that takes what it is called with, and is seen nowhere."""
    return (
        node.arg == "key"
        and isinstance(node.value, ast.Lambda)
        and len(all_arguments(node.value.args)) == 1
        and len(node.value.args.args) == 1
    )


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            yield from (item.arg for item in all_arguments(node.args))
            yield getattr(node, "name", "")
        case ast.ClassDef(name=name):
            yield name
        case ast.Import() | ast.ImportFrom():
            yield from (item.asname or item.name for item in node.names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            return
