"""The local variables of a statement, by Python's rules of scope: where each of them stands.

Which of them can go without a name: all whose names nothing in the statement itself may spell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from enum import Enum

from ...runtime.dataclass import dataclass
from .bindings import all_annotations, all_arguments, children, held, import_names, is_only_said
from .tree import NODE_FIELDS, merged, says_nothing

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = (
    *(ast.Name, ast.Constant, ast.Expr, ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Lambda),
    *(ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.ExceptHandler, ast.MatchAs),
    *(ast.MatchStar, ast.MatchMapping, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Subscript, ast.Dict),
)
_PLAIN = {
    kind: fields
    for kind, fields in NODE_FIELDS.items()
    if kind not in _SPECIAL and kind.__name__ not in ("TypeAlias", "Interpolation")
}

# A node that spells one name, or one of the names of a `nonlocal`.
Place = ast.AST | tuple[ast.AST, str]


class Variable:
    """A local variable. `kept`: its name may be read; `shared`: an inner scope uses it."""

    __slots__ = ("kept", "name", "shared")

    def __init__(self, name: str) -> None:
        self.name = name
        # Python puts the class before a private name; what is not ASCII may be spelled in two ways.
        self.kept = name.startswith("__") or not name.isascii()
        self.shared = False


@dataclass(frozen=True, slots=True)
class Variables:
    """Where a statement spells variables that need no name, and the words of its texts."""

    at: Mapping[Place, Variable]
    words: frozenset[str]


def variables(statement: ast.stmt, *, docs: bool) -> Variables:
    """The variables of a top-level statement; with `docs` its docstrings are texts too."""
    finder = _Finder(docs)
    finder.visit(statement, _Scope(_Kind.MODULE, None))
    found: dict[Place, Variable] = {}
    for place, name, scope, kept in finder.places:
        owner = _owner(name, scope)
        if owner is None:
            continue
        variable = owner.bound[name]
        # A class body looks in its own names first, which a metaclass may have filled.
        variable.kept |= kept or scope.kind in (_Kind.CLASS, _Kind.TYPES)
        variable.shared |= owner is not scope
        found[place] = variable
    said, keyed = _words(finder.texts), _words(finder.keys)
    return Variables(
        {at: each for at, each in found.items() if not each.kept and each.name not in said},
        said | keyed,
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _WORD.findall(text))


class _Kind(Enum):
    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function or lambda"
    COMPREHENSION = "comprehension"
    TYPES = "type parameters"


class _Scope:
    __slots__ = ("bound", "globals", "kind", "nonlocals", "parent")

    def __init__(self, kind: _Kind, parent: _Scope | None) -> None:
        self.kind = kind
        self.parent = parent
        self.bound: dict[str, Variable] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def bind(self, name: str, *, kept: bool = False) -> None:
        self.bound.setdefault(name, Variable(name)).kept |= kept


def _owner(name: str, scope: _Scope) -> _Scope | None:
    """The function or comprehension whose variable a name is; None for all other names."""
    here: _Scope | None = scope
    while here is not None:
        if here is scope or here.kind is not _Kind.CLASS:
            if name in here.globals:
                return None
            if name in here.bound and name not in here.nonlocals:
                return here if here.kind in (_Kind.FUNCTION, _Kind.COMPREHENSION) else None
        here = here.parent
    return None


class _Finder:
    """Collects what a statement spells, binds and says; scopes are known when all is visited."""

    def __init__(self, docs: bool) -> None:
        self.docs = docs
        self.places: list[tuple[Place, str, _Scope, bool]] = []
        self.texts: list[str] = []
        self.keys: list[str] = []  # what stands in brackets or before a colon names no variable
        self.annotating = False

    def visit(self, node: ast.AST, scope: _Scope) -> None:
        fields = _PLAIN.get(type(node))
        if fields is None:
            self.special(node, scope)
            return
        for child in held(node, fields):
            self.visit(child, scope)

    def spell(self, place: Place, name: str, scope: _Scope) -> None:
        self.places.append((place, name, scope, self.annotating))

    def key(self, node: ast.expr | None, scope: _Scope) -> None:
        match node:
            case ast.Constant(value=str(text)) if not self.annotating:
                self.keys.append(text)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.key(part, scope)
            case _:
                self.all([node], scope)

    def all(self, nodes: Iterable[ast.AST | None], scope: _Scope) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node, scope)

    def special(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Name(id=name):
                if not isinstance(node.ctx, ast.Load):
                    scope.bind(name)
                self.spell(node, name, scope)
            case ast.Constant(value=str(text)):
                self.texts.append(text)
            case ast.Constant(value=bytes(raw)):
                self.texts.append(raw.decode("latin-1"))
            case ast.Constant():
                pass
            case ast.Subscript(value=value, slice=index):
                self.visit(value, scope)
                self.key(index, scope)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    self.key(key, scope)
                    self.visit(value, scope)
            case ast.Expr(value=value):
                if self.docs or not says_nothing(node):
                    self.visit(value, scope)
            case ast.JoinedStr(values=values):
                for part in merged(values):
                    if isinstance(part, str):
                        self.texts.append(part)
                    else:
                        self.visit(part, scope)
            case ast.NamedExpr(target=target, value=value):
                self.visit(value, scope)
                while scope.kind is _Kind.COMPREHENSION and scope.parent is not None:
                    scope = scope.parent
                self.visit(target, scope)
            case ast.AnnAssign(target=target, annotation=annotation, value=assigned):
                # In a function nobody evaluates it, and the normal form leaves it out.
                if scope.kind is not _Kind.FUNCTION:
                    self.annotations([annotation], scope)
                if isinstance(target, ast.Name) and is_only_said(node):
                    self.spell(target, target.id, scope)
                else:
                    self.all([target, assigned], scope)
            case ast.Import() | ast.ImportFrom():
                for item in import_names(node, ""):
                    scope.bind(item.bound, kept=True)
            case ast.Global(names=names):
                scope.globals.update(names)
            case ast.Nonlocal(names=names):
                scope.nonlocals.update(names)
                for name in names:
                    self.spell((node, name), name, scope)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() | ast.MatchMapping():
                bound = node.rest if isinstance(node, ast.MatchMapping) else node.name
                if bound is not None:
                    scope.bind(bound)
                    self.spell(node, bound, scope)
                self.all(children(node), scope)
            case _:
                self.scoped(node, scope)

    def scoped(self, node: ast.AST, scope: _Scope) -> None:
        """What has a scope of its own."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.bind(node.name, kept=True)
                self.all(node.decorator_list, scope)
                self.defaults(node.args, scope)
                outside = self.type_parameters(node, scope)
                self.annotations(all_annotations(node), outside)
                self.all(node.body, _parameters(node.args, outside))
            case ast.Lambda(args=given, body=value):
                self.defaults(given, scope)
                self.visit(value, _parameters(given, scope))
            case ast.ClassDef():
                scope.bind(node.name, kept=True)
                self.all(node.decorator_list, scope)
                outside = self.type_parameters(node, scope)
                self.all([*node.bases, *node.keywords], outside)
                self.all(node.body, _Scope(_Kind.CLASS, outside))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self.comprehension(node.generators, [node.elt], scope)
            case ast.DictComp():
                self.comprehension(node.generators, [node.key, node.value], scope)
            case _:  # `type X = ...` and t-strings, which older versions of Python do not know
                if isinstance(node, ast.stmt):
                    name: ast.AST = getattr(node, "name")  # noqa: B009
                    scope.bind(str(getattr(name, "id", "")), kept=True)
                    self.all([getattr(node, "value", None)], self.type_parameters(node, scope))
                else:
                    self.texts.append(str(getattr(node, "str", "")))
                    self.all(children(node), scope)

    def defaults(self, given: ast.arguments, scope: _Scope) -> None:
        self.all([*given.defaults, *given.kw_defaults], scope)

    def annotations(self, nodes: Iterable[ast.AST | None], scope: _Scope) -> None:
        """Annotations, which may be kept as text."""
        outside, self.annotating = self.annotating, True
        self.all(nodes, scope)
        self.annotating = outside

    def type_parameters(self, node: ast.AST, scope: _Scope) -> _Scope:
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if not parameters:
            return scope
        inner = _Scope(_Kind.TYPES, scope)
        for item in parameters:
            inner.bind(str(getattr(item, "name", "")), kept=True)
        self.all(parameters, inner)
        return inner

    def comprehension(
        self, generators: list[ast.comprehension], values: list[ast.expr], scope: _Scope
    ) -> None:
        self.visit(generators[0].iter, scope)
        inner = _Scope(_Kind.COMPREHENSION, scope)
        for item in generators:
            if item is not generators[0]:
                self.visit(item.iter, inner)
            self.all([item.target, *item.ifs], inner)
        self.all(values, inner)


def _parameters(given: ast.arguments, parent: _Scope) -> _Scope:
    """The scope of a function, whose parameters keep their names: callers may say them."""
    inner = _Scope(_Kind.FUNCTION, parent)
    for item in all_arguments(given):
        inner.bind(item.arg, kept=True)
    return inner
