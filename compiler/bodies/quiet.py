"""Whether statements and expressions of a module's top level change nothing but names.

What is not known to be harmless is not: a wrong "harmless" would let an old result answer for new
code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .bindings import all_annotations, all_arguments
from .harmless import (
    BASES,
    CALLS,
    CONSTRUCTORS,
    CONSUMERS,
    DECORATORS,
    GETTERS,
    HOOKS,
    METHODS,
    RUNNERS,
)
from .lasting import lasts
from .toplevel import Toplevel, is_name, root, stored


class Quiet:
    """Judges the code of one module; what is asked of another module is asked of its own `Quiet`,
    which `of` gives."""

    def __init__(self, top: Toplevel, of: dict[Toplevel, Quiet]) -> None:
        self.top = top
        self.of = of
        self._hidden: frozenset[str] = frozenset()  # names that inner scopes have for themselves
        self._plain: dict[str, bool] = {}
        self._calm: dict[tuple[str, int], bool] = {}

    def statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self.function(statement)
            case ast.ClassDef():
                return self.class_(statement)
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Return(value=None):
                return True
            case ast.Expr(value=value):
                return self.expression(value)
            case ast.Assign(targets=targets, value=value):
                return (
                    all(is_name(target) for target in targets)
                    and self.expression(value)
                    and (all(isinstance(each, ast.Name) for each in targets) or self.lasts(value))
                )
            case ast.AnnAssign(target=target, annotation=annotation, value=assigned):
                return (
                    is_name(target)
                    and self.annotations([annotation])
                    and (assigned is None or self.expression(assigned))
                )
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                return self.expression(value)
            case ast.Delete(targets=targets):
                return all(self.top.is_deletable(target) for target in targets)
            case ast.If(test=test, body=body, orelse=orelse):
                return self.expression(test) and self.statements([*body, *orelse])
            case ast.For(target=target, iter=values, body=body, orelse=orelse):
                return (
                    is_name(target)
                    and self.expression(values)
                    and self.lasts(values)
                    and self.statements(body + orelse)
                )
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                caught = [inner for handler in handlers for inner in handler.body]
                return self.statements([*body, *caught, *orelse, *finalbody])
            case _:
                return type(statement).__name__ == "TypeAlias"

    def statements(self, statements: Sequence[ast.stmt]) -> bool:
        return all(self.statement(statement) for statement in statements)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return (
            all(self.decorator(item) for item in node.decorator_list)
            and all(self.expression(each) for each in node.args.defaults)
            and all(each is None or self.expression(each) for each in node.args.kw_defaults)
            and self.annotations(all_annotations(node))
        )

    def annotations(self, nodes: Sequence[ast.expr]) -> bool:
        """Whether annotations that Python evaluates change nothing."""
        return self.top.deferred or all(self.expression(node) for node in nodes)

    def class_(self, node: ast.ClassDef) -> bool:
        if not (
            all(self.decorator(item) for item in node.decorator_list)
            and all(self.base(item) for item in node.bases)
            and not any(item.arg in (None, "metaclass") for item in node.keywords)
            and all(self.expression(item.value) for item in node.keywords)
        ):
            return False
        with self.hiding(_own(node.body)):
            return self.statements(node.body)

    @contextmanager
    def hiding(self, names: set[str], *, anew: bool = False) -> Iterator[None]:
        """Within, `names` are not those of the module; `anew` in a scope right below it."""
        outside = self._hidden
        self._hidden = frozenset(names) if anew else outside | names
        try:
            yield
        finally:
            self._hidden = outside

    def decorator(self, node: ast.expr) -> bool:
        calls = 1
        if isinstance(node, ast.Call):
            if not self.arguments(node):
                return False
            node, calls = node.func, 2
        if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter"):
            return True
        if self.top.dotted(node, self._hidden) in DECORATORS:
            return True
        found = self.home(node)
        return found is not None and found[0].calm_function(found[1], calls)

    def base(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            node = node.value
        name = self.top.dotted(node, self._hidden)
        if name in BASES or (name or "").endswith(("Error", "Exception", "Warning")):
            return True
        found = self.home(node)
        return found is not None and found[0].plain_class(found[1])

    def home(self, node: ast.expr) -> tuple[Quiet, str] | None:
        found = self.top.home(node, self._hidden)
        return None if found is None else (self.of[found[0]], found[1])

    def calm_function(self, name: str, calls: int) -> bool:
        """Whether calling `name`, and what it returns, `calls` times only defines and returns.

        A plain decorator is called once; one with arguments makes what is called next.
        """
        known = self._calm.get((name, calls))
        if known is not None:
            return known
        self._calm[name, calls] = False  # a function that calls itself
        node = self.top.only_binder(name)
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            with self.hiding(set(), anew=True):
                self._calm[name, calls] = self.calm_body(node, calls)
        return self._calm[name, calls]

    def calm_body(self, node: ast.FunctionDef, calls: int) -> bool:
        bound = [*_own(node.body), *(item.arg for item in all_arguments(node.args))]
        with self.hiding(set(bound)):
            return all(self.calm_statement(item, node.body, calls) for item in node.body)

    def calm_statement(self, item: ast.stmt, body: list[ast.stmt], calls: int) -> bool:
        match item:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))], value=value) if (
                self.is_new(_made(name, body))
            ):
                return self.expression(value)
            case ast.Return(value=ast.expr() as value) if calls == 1:
                return self.expression(value)
            case ast.Return(value=ast.Name(id=name)):
                # What is called next has to be made here.
                made = _made(name, body)
                if made is None or made.decorator_list:
                    return False
                return self.calm_body(made, calls - 1)
            case ast.Return(value=ast.expr()):
                return False
            case _:
                return self.statement(item)

    def is_new(self, made: ast.FunctionDef | None) -> bool:
        """Whether nobody else has a function that is made here: what is noted on it is seen by
        those alone who use it."""
        return made is not None and all(
            self.top.dotted(_called(each), self._hidden) in DECORATORS
            for each in made.decorator_list
        )

    def plain_class(self, name: str) -> bool:
        """Whether `name` is a class of this module that does nothing when it is subclassed."""
        known = self._plain.get(name)
        if known is not None:
            return known
        self._plain[name] = False  # a class that leads back to itself
        statement = self.top.only_binder(name)
        if isinstance(statement, ast.ClassDef):
            with self.hiding(set(), anew=True):
                self._plain[name] = not _methods(statement) & HOOKS and self.class_(statement)
        return self._plain[name]

    def builds_plainly(self, name: str) -> bool:
        """Whether calling `name` only makes an object: a class without code of its own for it."""
        statement = self.top.only_binder(name)
        if not isinstance(statement, ast.ClassDef) or not self.plain_class(name):
            return False
        with self.hiding(set(), anew=True):
            return not _methods(statement) & CONSTRUCTORS and all(
                self.top.dotted(item) in BASES or self.makes_plainly(item)
                for item in statement.bases
            )

    def makes_plainly(self, node: ast.expr) -> bool:
        found = self.home(node)
        return found is not None and found[0].builds_plainly(found[1])

    def expression(self, node: ast.expr) -> bool:
        """Whether evaluating `node` changes nothing."""
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.Lambda(args=arguments):
                defaults = [*arguments.defaults, *arguments.kw_defaults]
                return all(default is None or self.expression(default) for default in defaults)
            case ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
            case ast.Call():
                return self.call(node)
            case ast.DictComp(key=key, value=value, generators=generators):
                return self.comprehension(generators, [key, value])
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.comprehension(node.generators, [node.elt])
            case ast.Starred(value=value):
                return self.expression(value) and self.lasts(value)
            case ast.Compare(left=left, ops=ops, comparators=others):
                return all(self.expression(each) for each in (left, *others)) and all(
                    self.lasts(each)
                    for op, each in zip(ops, others, strict=True)
                    if isinstance(op, ast.In | ast.NotIn)
                )
            case _:
                return all(
                    self.expression(child)
                    for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.expr)
                )

    def comprehension(
        self, generators: Sequence[ast.comprehension], values: Sequence[ast.expr]
    ) -> bool:
        with self.hiding({name for item in generators for name in stored(item.target)}):
            return all(self.expression(value) for value in values) and all(
                self.expression(item.iter)
                and self.lasts(item.iter)
                and all(self.expression(test) for test in item.ifs)
                for item in generators
            )

    def arguments(self, node: ast.Call) -> bool:
        return all(self.expression(item) for item in node.args) and all(
            self.expression(item.value) for item in node.keywords
        )

    def call(self, node: ast.Call) -> bool:
        if not self.arguments(node):
            return False
        name = self.top.dotted(node.func, self._hidden)
        if name == "type" and len(node.args) != 1:
            return False  # makes a class, whose bases may want to know
        if name in CALLS:
            if name in CONSUMERS and not all(self.lasts(item) for item in node.args):
                return False
            run = [item.value for item in node.keywords if item.arg in ("key", None)]
            run += node.args[:1] if name in ("filter", "map") else []
            return name not in RUNNERS or all(self.runs(item) for item in run)
        if isinstance(node.func, ast.Name):
            return self.makes_plainly(node.func)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
            return False
        return (
            root(node.func) not in self.top.imported
            and self.expression(node.func.value)
            and all(self.lasts(item) for item in node.args)
        )

    def lasts(self, node: ast.expr) -> bool:
        """Whether going through `node` takes nothing from anybody."""
        return lasts(self.top, node, self._hidden)

    def runs(self, node: ast.expr) -> bool:
        """Whether calling what is handed on changes nothing."""
        if isinstance(node, ast.Call):
            return self.top.dotted(node.func, self._hidden) in GETTERS
        name = self.top.dotted(node, self._hidden)
        if name is not None and name.startswith(("bytes.", "str.")):
            return True
        if isinstance(node, ast.Constant) or (name in CALLS and name not in RUNNERS):
            return True
        return self.makes_plainly(node)


def _own(body: Sequence[ast.stmt]) -> set[str]:
    """The names that a function or class binds for itself, at any depth to be sure."""
    found: set[str] = set()
    for node in (inner for statement in body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return found


def _made(name: str, body: Sequence[ast.stmt]) -> ast.FunctionDef | None:
    """The function that the statements define under a name, which nothing else of them has."""
    made = [each for each in body if isinstance(each, ast.FunctionDef) and each.name == name]
    others = (each for each in body if each not in made)
    return made[0] if len(made) == 1 and not any(name in stored(each) for each in others) else None


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _methods(node: ast.ClassDef) -> set[str]:
    return {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
