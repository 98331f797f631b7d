"""Whether what a name stands for is the same after it was gone through, as an iterator is not."""

from __future__ import annotations

import ast
from collections.abc import Collection

from .harmless import CALLS, METHODS
from .toplevel import Toplevel

_WHOLE = (
    *(ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp),
    *(ast.SetComp, ast.DictComp, ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.Lambda),
    *(ast.Attribute, ast.Subscript),
)
_ITERATORS = frozenset(
    "enumerate filter itertools.chain itertools.count itertools.product map reversed zip".split()
)
_MOST = 8  # names that stand for names


def lasts(top: Toplevel, node: ast.expr, hidden: Collection[str], depth: int = 0) -> bool:
    """Whether going through `node` leaves it as it is, as far as this module can tell: names from
    outside the project and those of inner scopes are taken to stand for lists and the like."""
    if isinstance(node, ast.Starred):
        node = node.value
    if not isinstance(node, ast.Name):
        return True  # what is made here is nobody else's
    home = top.home(node, hidden)
    if home is None or depth > _MOST:
        return True
    there, name = home
    return all(
        _binds_lasting(there, there.body[position], name, depth)
        for position in there.binders.get(name, ())
    )


def _binds_lasting(top: Toplevel, statement: ast.stmt, name: str, depth: int) -> bool:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.AugAssign():
            return True
        case ast.Import() | ast.ImportFrom() | ast.Delete():
            return True
        case ast.Assign(targets=targets, value=value):
            plain = any(isinstance(each, ast.Name) and each.id == name for each in targets)
            return plain and _is_lasting(top, value, depth)
        case ast.AnnAssign(value=assigned):
            return assigned is None or _is_lasting(top, assigned, depth)
        case ast.If(body=body, orelse=orelse):
            return all(_binds_lasting(top, each, name, depth) for each in (*body, *orelse))
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=last):
            caught = [each for handler in handlers for each in handler.body]
            inner = (*body, *caught, *orelse, *last)
            return all(_binds_lasting(top, each, name, depth) for each in inner)
        case ast.Expr() | ast.Pass() | ast.Raise():
            return True
        case _:
            return type(statement).__name__ == "TypeAlias"


def _is_lasting(top: Toplevel, value: ast.expr, depth: int) -> bool:
    if isinstance(value, ast.Name):
        return lasts(top, value, (), depth + 1)
    if isinstance(value, ast.IfExp):
        return _is_lasting(top, value.body, depth) and _is_lasting(top, value.orelse, depth)
    if isinstance(value, ast.Call):
        called = top.dotted(value.func)
        if called in CALLS:
            return called not in _ITERATORS
        return isinstance(value.func, ast.Attribute) and value.func.attr in METHODS
    return isinstance(value, _WHOLE)
