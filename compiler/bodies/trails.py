"""Where a path leads that code makes of the place where it lies, as far as its text tells."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Parents = Mapping[ast.AST, ast.AST]
Called = Callable[[ast.expr], str | None]
"""The full name of what is called, where it is not the project's: `os.path.join`."""

_SAME = frozenset(
    "builtins.str importlib.resources.as_file os.fspath os.path.abspath os.path.normpath "
    "pathlib.Path pathlib.PosixPath pathlib.PurePath pathlib.PurePosixPath".split()
)
_JOINING = frozenset("os.path.join pathlib.Path pathlib.PurePath".split())
_SAME_METHODS = frozenset("__fspath__ __str__ absolute as_posix expanduser".split())
_LOOKS_BELOW = frozenset("exists glob is_dir iterdir joinpath rglob walk".split())


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """What each node below `tree` stands in."""
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def chain_of(node: ast.AST) -> tuple[str, ...]:
    """A name with the attributes behind it; empty for anything else."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else ()


def spelled(tree: ast.AST, chain: tuple[str, ...]) -> Iterator[ast.expr]:
    """Where a name with attributes is read."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and chain_of(node) == chain
        ):
            yield node


def follow(
    node: ast.expr, path: Path, parents: Parents, called: Called
) -> tuple[ast.expr, Path] | None:
    """The largest expression around `node`, which stands for `path`, of which it is known which
    path it stands for; None where nothing but a name is taken of it."""
    while True:
        match parents.get(node):
            case ast.Attribute(attr="name" | "stem" | "suffix"):
                return None
            case ast.Attribute() as around:
                step = _member(around, path, parents.get(around))
            case ast.Call(func=func, args=[first, *more], keywords=[]) as around if first is node:
                name = called(func)
                if name == "os.path.basename":
                    return None
                step = _call(around, path, name, more)
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(text))) as around:
                step = (around, path / text) if left is node else None
            case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=str(text))) as around:
                step = (around, Path(f"{path}{text}")) if left is node else None
            case _:
                step = None
        if step is None:
            return node, path
        node, path = step


def _member(
    member: ast.Attribute, path: Path, around: ast.AST | None
) -> tuple[ast.expr, Path] | None:
    """An attribute of a path, or a call of its method."""
    match around:
        case _ if member.attr == "parent":
            return member, path.parent
        case ast.Subscript(slice=ast.Constant(value=int(up))) if member.attr == "parents":
            return (around, path.parents[up]) if 0 <= up < len(path.parents) else None
        case ast.Call(func=func, args=args, keywords=[]) if func is member:
            return _method(around, path, member.attr, _texts(args))
        case _:
            return None


def _method(
    call: ast.Call, path: Path, name: str, texts: list[str] | None
) -> tuple[ast.expr, Path] | None:
    match name, texts:
        case "joinpath", [*parts]:
            return call, path.joinpath(*parts)
        case "with_name", [str(text)] if text and "/" not in text:
            return call, path.with_name(text)
        case "with_suffix", [str(text)] if text.startswith("."):
            return call, path.with_suffix(text)
        case "resolve", []:
            return call, path.resolve()
        case _:
            return (call, path) if name in _SAME_METHODS and texts == [] else None


def _call(
    call: ast.Call, path: Path, name: str | None, more: Sequence[ast.expr]
) -> tuple[ast.expr, Path] | None:
    texts = _texts(more)
    if name == "os.path.dirname" and texts == []:
        return call, path.parent
    if name == "os.path.realpath" and texts == []:
        return call, path.resolve()
    if texts is None or not (name in _JOINING or (name in _SAME and not texts)):
        return None
    return call, path.joinpath(*texts)


def _texts(nodes: Sequence[ast.expr]) -> list[str] | None:
    """What is written out in quotes; None where something else is said."""
    texts = [
        node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str
    ]
    return texts if len(texts) == len(nodes) else None


def stays_below(node: ast.expr, parents: Parents, called: Called) -> bool:
    """Whether what is made of a folder lies in it: what is joined to it, or given to a library."""
    match parents.get(node):
        case ast.BinOp(left=left, op=ast.Div()):
            return left is node
        case ast.FormattedValue():
            return True
        case ast.Attribute(attr=name) as member:
            around = parents.get(member)
            return isinstance(around, ast.Call) and around.func is member and name in _LOOKS_BELOW
        case ast.Call(func=func):
            return func is not node and called(func) is not None
        case _:
            return False


def normal(path: Path) -> Path:
    """The path without `.` and `..`."""
    return Path(os.path.normpath(path))
