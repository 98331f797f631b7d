"""Imports by call, and how much of the name that they import can be read from the text."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...runtime.dataclass import dataclass
from .bindings import ImportName

IMPORTERS = frozenset(("importlib.import_module", "importlib.__import__", "builtins.__import__"))
_SPELLED = {"import_module": True, "__import__": True, "find_spec": False}


@dataclass(frozen=True, slots=True)
class Import:
    """An import by call: `module` is what can be read of the absolute name, `exact` if it is all.

    `runs` is false for `find_spec`, which only looks where a module lies.
    """

    module: str
    exact: bool
    runs: bool = True


ANY_MODULE = Import("", exact=False)


def import_calls(
    calls: Iterable[ast.Call], imports: Iterable[ImportName], name: str, parent: str
) -> list[Import]:
    """Those of `calls` in module `name` of package `parent` that are spelled like an import.

    `imports` are the module's, which may give an importing function another name.
    """
    spelled = dict(_SPELLED)
    spelled.update({item.bound: True for item in imports if item.whole in IMPORTERS})
    found: list[Import] = []
    for node in calls:
        word = node.func.attr if isinstance(node.func, ast.Attribute) else None
        word = node.func.id if isinstance(node.func, ast.Name) else word
        if word in spelled:
            found.append(read_import(node, name, parent, runs=spelled[word]))
    return found


def read_import(node: ast.Call, name: str, parent: str, *, runs: bool = True) -> Import:
    """What a call of an importing function names, in module `name` of package `parent`."""
    unknown = Import("", exact=False, runs=runs)
    wanted = _argument(node, 0, "name")
    if wanted is None or _argument(node, 4, "level") is not None:
        return unknown
    text, exact = _text(wanted, name, parent)
    if not text.startswith("."):
        return Import(text, exact, runs)
    given = _argument(node, 1, "package")
    package, known = ("", False) if given is None else _text(given, name, parent)
    rest = text.lstrip(".")
    kept = package.split(".")
    kept = kept[: len(kept) - (len(text) - len(rest) - 1)]
    if not known or not kept or not (rest or exact):
        return unknown
    return Import(".".join([*kept, rest] if rest else kept), exact, runs)


def _argument(node: ast.Call, position: int, keyword: str) -> ast.expr | None:
    before = node.args[: position + 1]
    if any(isinstance(item, ast.Starred) for item in before):
        return before[0]
    if len(before) > position:
        return before[position]
    return next((item.value for item in node.keywords if item.arg == keyword), None)


def _text(node: ast.expr, name: str, parent: str) -> tuple[str, bool]:
    """The text that an expression begins with, and whether that is the whole of it."""
    match node:
        case ast.Constant(value=str(text)):
            return text, True
        case ast.Name(id="__name__"):
            return name, True
        case ast.Name(id="__package__"):
            return parent, True
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return _text(value, name, parent)
        case ast.JoinedStr(values=values):
            return _joined(values, name, parent)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([left, right], name, parent)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _text(left, name, parent)[0].partition("%")[0], False
        case _:
            return "", False


def _joined(parts: list[ast.expr], name: str, parent: str) -> tuple[str, bool]:
    whole = ""
    for part in parts:
        text, exact = _text(part, name, parent)
        whole += text
        if not exact:
            return whole, False
    return whole, True
