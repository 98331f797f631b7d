"""Annotations as far as code reads them: those that only checkers of types do can go."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from copy import copy
from enum import Enum

from .bindings import ImportName, all_annotations
from .quiet import Quiet
from .toplevel import Toplevel, root

Local = Callable[[ImportName], bool]
"""Whether an import names something of the project."""

_FOR_TYPES = frozenset(("annotated_types", "typing_extensions"))
_BUILTINS = frozenset(
    "bool bytearray bytes complex dict float frozenset int list memoryview object range set slice "
    "str tuple type".split()
)
_MAKERS = frozenset(("typing.NewType", "typing.ParamSpec", "typing.TypeVar"))
_IMPORTS = (ast.Import, ast.ImportFrom)
_WORD = re.compile(r"[^\W\d]\w*")
_FOLLOWED = 8  # names that stand for types, at most


class Hints(Enum):
    """Which annotations of a statement may be read while the code runs."""

    NONE = "none"
    EVALUATED = "those that Python keeps: of what a function takes and gives, of names in modules"
    ALL = "those of local variables as well, which are nowhere but in the source"


def bare(statement: ast.stmt) -> ast.stmt | None:
    """A statement without the annotations that only whoever has the function or module can read;
    None where there are none."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            plain = not statement.decorator_list and not getattr(statement, "type_params", [])
            return _unannotated(statement) if plain and all_annotations(statement) else None
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            return ast.copy_location(ast.Assign(targets=[target], value=value), statement)
        case _:
            return None


def _unannotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    function, given = copy(node), copy(node.args)
    given.posonlyargs = [*map(_untyped, given.posonlyargs)]
    given.args = [*map(_untyped, given.args)]
    given.kwonlyargs = [*map(_untyped, given.kwonlyargs)]
    given.vararg = given.vararg and _untyped(given.vararg)
    given.kwarg = given.kwarg and _untyped(given.kwarg)
    function.args, function.returns = given, None
    return function


def _untyped(item: ast.arg) -> ast.arg:
    found = copy(item)
    found.annotation = None
    return found


def annotations_of(statement: ast.stmt) -> list[ast.expr]:
    """What `bare` leaves out of a statement."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return all_annotations(statement)
        case ast.AnnAssign(annotation=annotation):
            return [annotation]
        case _:
            return []


def names_of_annotations(nodes: Iterable[ast.expr]) -> set[str]:
    """The names that annotations mention, in quotes or not."""
    found: set[str] = set()
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(_WORD.findall(node.value))
    return found


def says_hints(form: str) -> bool:
    """Whether annotations are in a normal form, or a text that looks like one."""
    return " annotation=" in form or " returns=" in form


def is_for_types(name: str) -> bool:
    """Whether a module outside the project does nothing when it is imported."""
    return name.partition(".")[0] in _FOR_TYPES


class Evaluation:
    """Judges annotations that Python evaluates where they stand: whether that changes nothing,
    though it may raise. What is not known to be so is not."""

    def __init__(self, of: dict[Toplevel, Quiet], local: Local) -> None:
        self.of = of
        self.local = local

    def changes_nothing(self, top: Toplevel, position: int) -> bool:
        nodes = annotations_of(top.body[position])
        return all(self.plain(node, top, position, asked=False) for node in nodes)

    def plain(
        self, node: ast.expr, top: Toplevel, position: int, *, asked: bool, depth: int = 0
    ) -> bool:
        """Whether evaluating `node` changes nothing; with `asked` its value is then asked for
        something, as `node[...]` and `node | None` do, and may be code that answers."""

        def part(inner: ast.expr, *, asked: bool) -> bool:
            return self.plain(inner, top, position, asked=asked, depth=depth)

        match node:
            case ast.Constant(value=value):
                return value is None or not asked
            case ast.Name(id=name) if name not in top.binders:
                return name in _BUILTINS and not top.starred
            case ast.Name(id=name):
                if top.only_binder(name) is None or top.binders[name][0] >= position:
                    return False
                return not asked or self.answers_plainly(node, top, depth)
            case ast.Attribute():
                return self.answers_plainly(node, top, depth)
            case ast.Subscript(value=value, slice=index):
                return part(value, asked=True) and part(index, asked=False)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return part(left, asked=True) and part(right, asked=True)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return not asked and all(part(each, asked=False) for each in parts)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return not asked
            case _:
                return False

    def answers_plainly(self, node: ast.expr, top: Toplevel, depth: int) -> bool:
        """Whether what a dotted name stands for is a type: a foreign one, or a class or alias of
        the project without code of its own for being asked."""
        item = top.imported.get(root(node) or "") if top.dotted(node) is not None else None
        plainly = item is not None and isinstance(top.only_binder(item.bound), _IMPORTS)
        if plainly and item is not None and not self.local(item):
            return True
        found = top.home(node)
        if found is None or depth > _FOLLOWED:
            return False
        there, name = found
        match there.only_binder(name):
            case ast.ClassDef():
                return self.of[there].plain_class(name)
            case ast.Assign(value=ast.Call(func=maker)):
                return there.dotted(maker) in _MAKERS
            case ast.Assign(targets=[ast.Name()], value=value):
                place = there.binders[name][0]
                return self.plain(value, there, place, asked=True, depth=depth + 1)
            case _:
                return False
