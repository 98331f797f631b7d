"""Which names outside itself a piece of code uses, by Python's rules of scope."""

from __future__ import annotations

import ast
import re

from ...runtime.dataclass import dataclass, field
from .bindings import Bindings, ImportName, all_arguments, bindings, children, held, import_names
from .dynamic import ATTRIBUTES
from .onlookers import (
    catches_calls,
    catches_unbound,
    keeps_errors,
    text_sees_names,
    word_sees_names,
)
from .tree import NODE_FIELDS

_REBINDING = frozenset("delattr exec globals setattr vars".split())
_REBINDING_BY = frozenset("__delattr__ __dict__ __setattr__ delattr setattr".split())
_OWN = frozenset(("cls", "self"))
_QUERY_NAME = re.compile(r"@([A-Za-z_]\w*)")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SPECIAL = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.ClassDef, ast.Lambda),
    *(ast.Import, ast.ImportFrom, ast.AnnAssign, ast.ExceptHandler),
    *(*_FUNCTIONS, *_COMPREHENSIONS),
)
_PLAIN = {kind: fields for kind, fields in NODE_FIELDS.items() if kind not in _SPECIAL}


@dataclass(frozen=True, slots=True)
class Use:
    """A name with the attributes behind it: `util.load` is ("util", "load").

    `imports` are the local imports that bind its head; without any it is a top-level name.
    """

    chain: tuple[str, ...]
    imports: tuple[ImportName, ...]


@dataclass(slots=True)
class Reading:
    """Everything a statement refers to, in the order of the normal form."""

    uses: dict[Use, int] = field(default_factory=dict)  # with the line of the first one
    imports: list[ImportName] = field(default_factory=list)
    calls: dict[Use, list[ast.Call]] = field(default_factory=dict)
    handed_on: set[Use] = field(default_factory=set)  # what is not only called
    places: dict[Use, list[ast.expr]] = field(default_factory=dict)  # of a name with attributes
    unplaced: set[Use] = field(default_factory=set)  # what is spelled in texts or bound as well
    dynamic: dict[str, int] = field(default_factory=dict)  # attributes that lead anywhere
    mentioned: dict[str, int] = field(default_factory=dict)  # `@name` in texts: DataFrame.query
    reads_doc: bool = False
    rebinds: bool = False  # what a name stands for elsewhere, or may
    sees_names: bool = False  # what variables and functions are called
    keeps_errors: bool = False  # of variables without value, and may read them
    keeps_calls: bool = False  # errors of calls, which say what was called


def read_names(
    statement: ast.stmt, parent: str, *, walrus: bool = True, hints: bool = False
) -> Reading:
    """What a top-level statement of a module in package `parent` refers to.

    Without `walrus` the code is known to hold no `:=`; with `hints` annotations of local variables
    are read.
    """
    reader = _Reader(parent, walrus, hints)
    reader.visit(statement, None)
    return reader.found


class _Scope:
    __slots__ = ("imports", "is_class", "names", "outer", "parent")

    def __init__(self, found: Bindings, parent: _Scope | None, *, is_class: bool = False) -> None:
        self.names = found.names
        self.outer = found.outer
        self.imports = found.imports
        self.parent = parent
        self.is_class = is_class


class _Reader:
    def __init__(self, package: str, walrus: bool, hints: bool) -> None:
        self.found = Reading()
        self.walrus = walrus
        self.hints = hints
        self.package = package
        self.annotating = False

    def visit(self, node: ast.AST, scope: _Scope | None) -> None:
        fields = _PLAIN.get(type(node))
        if fields is None:
            self.special(node, scope)
            return
        for child in held(node, fields):
            self.visit(child, scope)

    def special(self, node: ast.AST, scope: _Scope | None) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) or (scope is not None and node.id in scope.outer):
                self.use((node.id,), scope, node)
        elif isinstance(node, ast.Constant):
            self.constant(node)
        elif isinstance(node, ast.Attribute):
            self.attribute(node, scope)
        elif isinstance(node, ast.Call):
            self.call(node, scope)
            for argument in (*node.args, *node.keywords):
                self.visit(argument, scope)
        elif isinstance(node, _FUNCTIONS):
            self.function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self.class_(node, scope)
        elif isinstance(node, ast.Lambda):
            self.arguments(node.args, scope)
            inner = bindings((node.body,), self.package, walrus=self.walrus)
            inner.names.update(_parameters(node.args))
            self.visit(node.body, _Scope(inner, scope))
        elif isinstance(node, _COMPREHENSIONS):
            self.comprehension(node, scope)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.found.imports.extend(import_names(node, self.package))
        elif isinstance(node, ast.AnnAssign):
            if self.hints or scope is None or scope.is_class:
                self.annotation(node.annotation, scope)
            self.visit(node.target, scope)
            if node.value is not None:
                self.visit(node.value, scope)
        elif isinstance(node, ast.ExceptHandler):
            self.found.keeps_errors = self.found.keeps_errors or catches_unbound(node)
            self.found.keeps_calls = self.found.keeps_calls or catches_calls(node)
            for child in children(node):
                self.visit(child, scope)
        else:
            raise AssertionError(f"no rule for {type(node).__name__}")

    def constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        if "@" in node.value:
            for name in _QUERY_NAME.findall(node.value):
                self.found.mentioned.setdefault(name, node.lineno)
        elif node.value == "__doc__":
            self.found.reads_doc = True
        elif node.value in ATTRIBUTES:
            self.found.dynamic.setdefault(node.value, node.lineno)
        if text_sees_names(node.value):
            self.found.sees_names = True
        if keeps_errors(node.value):
            self.found.keeps_errors = self.found.keeps_calls = True

    def word(self, word: str, call: ast.Call | None = None) -> None:
        """An attribute, an argument's name, or what a function is called."""
        if word_sees_names(word, call):
            self.found.sees_names = True
        if keeps_errors(word):
            self.found.keeps_errors = self.found.keeps_calls = True

    def call(self, node: ast.Call, scope: _Scope | None) -> None:
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.word(keyword.arg)
        if isinstance(node.func, ast.Name):
            self.use((node.func.id,), scope, node.func, node)
        elif isinstance(node.func, ast.Attribute):
            self.attribute(node.func, scope, node)
        else:
            self.visit(node.func, scope)

    def attribute(
        self, node: ast.Attribute, scope: _Scope | None, call: ast.Call | None = None
    ) -> None:
        attributes: list[str] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            attributes.append(value.attr)
            value = value.value
        if not _REBINDING_BY.isdisjoint(attributes):
            self.found.rebinds = True
        if "__doc__" in attributes or "getdoc" in attributes:
            self.found.reads_doc = True
        for depth, name in enumerate(attributes):
            if name in ATTRIBUTES:
                self.found.dynamic.setdefault(name, node.lineno)
            self.word(name, None if depth else call)
        if isinstance(value, ast.Name):
            outside = self.use((value.id, *reversed(attributes)), scope, node, call)
            own = not outside and value.id in _OWN  # an object's, not those of a module
        else:
            self.visit(value, scope)
            own = False
        if not own and not isinstance(node.ctx, ast.Load):
            self.found.rebinds = True

    def use(
        self,
        chain: tuple[str, ...],
        scope: _Scope | None,
        node: ast.Name | ast.Attribute,
        call: ast.Call | None = None,
    ) -> bool:
        """Notes a name, if it is none of the code's own; whether that is so."""
        name = chain[0]
        if name in ("__doc__", "getdoc"):
            self.found.reads_doc = True
        elif name in _REBINDING:
            self.found.rebinds = True
        imports: tuple[ImportName, ...] = ()
        here, top = scope, True
        placed = isinstance(node.ctx, ast.Load) and not self.annotating
        while here is not None:
            if here is not scope and here.is_class:
                here = here.parent
                continue
            if name in here.outer:
                break
            if name in here.names:
                if here.imports:
                    imports = tuple(item for item in here.imports if item.bound == name)
                # A class body falls back to the module's name while its own is not bound yet.
                top, placed = here.is_class, False
                break
            here = here.parent
        if not imports and not top:
            return False
        use = Use(chain, imports)
        self.found.uses.setdefault(use, node.lineno)
        self.found.places.setdefault(use, []).append(node)
        if not placed:
            self.found.unplaced.add(use)
        if call is None:
            self.found.handed_on.add(use)
        else:
            self.found.calls.setdefault(use, []).append(call)
        return True

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope | None) -> None:
        self.word(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator, scope)
        scope = self.type_parameters(node, scope)
        self.arguments(node.args, scope)
        if node.returns is not None:
            self.annotation(node.returns, scope)
        self.body(node.body, _parameters(node.args), scope, is_class=False)

    def class_(self, node: ast.ClassDef, scope: _Scope | None) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator, scope)
        scope = self.type_parameters(node, scope)
        for base in (*node.bases, *node.keywords):
            self.visit(base, scope)
        self.body(node.body, (), scope, is_class=True)

    def body(
        self,
        body: list[ast.stmt],
        parameters: tuple[str, ...],
        scope: _Scope | None,
        *,
        is_class: bool,
    ) -> None:
        inner = bindings(body, self.package, walrus=self.walrus)
        inner.names.update(parameters)
        if inner.outer:
            self.found.rebinds = True
        below = _Scope(inner, scope, is_class=is_class)
        for statement in body:
            self.visit(statement, below)

    def type_parameters(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: _Scope | None
    ) -> _Scope | None:
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if not parameters:
            return scope
        found = Bindings(names={str(getattr(item, "name", "")) for item in parameters})
        inner = _Scope(found, scope)
        for item in parameters:
            self.visit(item, inner)
        return inner

    def arguments(self, node: ast.arguments, scope: _Scope | None) -> None:
        for argument in all_arguments(node):
            if argument.annotation is not None:
                self.annotation(argument.annotation, scope)
        for default in (*node.kw_defaults, *node.defaults):
            if default is not None:
                self.visit(default, scope)

    def annotation(self, node: ast.expr, scope: _Scope | None) -> None:
        outside, self.annotating = self.annotating, True
        self.annotated(node, scope)
        self.annotating = outside

    def annotated(self, node: ast.expr, scope: _Scope | None) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return
        self.visit(node, scope)

    def comprehension(self, node: ast.AST, scope: _Scope | None) -> None:
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        self.visit(generators[0].iter, scope)
        inner = _Scope(bindings((item.target for item in generators), self.package), scope)
        for item in generators:
            if item is not generators[0]:
                self.visit(item.iter, inner)
            for condition in item.ifs:
                self.visit(condition, inner)
            self.visit(item.target, inner)
        for child in children(node):
            if not isinstance(child, ast.comprehension):
                self.visit(child, inner)


def _parameters(node: ast.arguments) -> tuple[str, ...]:
    return tuple(item.arg for item in all_arguments(node))
