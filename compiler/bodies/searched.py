"""Where code changes in which folders modules are found: an import alone then tells no module."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import cast

from .trails import Called, Parents, chain_of

_PATH = "sys.path"
_ADDING = frozenset((f"{_PATH}.append", f"{_PATH}.insert"))
_READING = frozenset((f"{_PATH}.copy", f"{_PATH}.count", f"{_PATH}.index"))
_OTHERS = ("site.addsitedir", "sys.meta_path", "sys.path_hooks")


def changes_search(name: str) -> bool:
    """Whether a foreign name leads to the folders in which modules are found."""
    return f"{name}.".startswith(tuple(f"{each}." for each in (_PATH, *_OTHERS)))


def mentions(tree: ast.AST, chain: tuple[str, ...], parents: Parents) -> Iterator[ast.expr]:
    """Where a name with just these attributes stands, read or not."""
    for node in ast.walk(tree):
        named = isinstance(node, ast.Name | ast.Attribute) and chain_of(node) == chain
        if named and not isinstance(parents.get(node), ast.Attribute):
            yield cast(ast.expr, node)


def finds_the_same(node: ast.expr, parents: Parents, called: Called) -> bool:
    """Whether modules are found as before, whatever is done at `node` with what holds the folders:
    it is looked at, or a folder is added that only the body itself can fill, as it runs in it."""
    name, around = called(node), parents.get(node)
    match around:
        case ast.Call(func=func, args=[*_, ast.Constant(value=str(folder))]) if func is node:
            return name in _ADDING and not os.path.isabs(folder)
        case ast.Call(func=func):
            return func is node and name in _READING
        case ast.Compare() | ast.For() | ast.comprehension():
            return name == _PATH and getattr(around, "target", None) is not node
        case ast.Subscript(ctx=ast.Load()):
            return name == _PATH
        case _:
            return False


def is_searched(around: ast.AST | None, called: Called) -> bool:
    """Whether a path is only used to have modules found in it, in a call or to see whether they
    are already."""
    match around:
        case ast.Call(func=func):
            return called(func) in _ADDING
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[searched]):
            return called(searched) == _PATH
        case _:
            return False
