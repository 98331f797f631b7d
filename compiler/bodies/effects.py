"""Which top-level statements of a module do something when it is imported, beyond binding names.

What is not known to be harmless counts as an effect: a wrong "harmless" would let an old result
answer for new code, a wrong "effect" only makes a step run once more.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum

from .always import BUILTINS
from .bindings import Bindings, ImportName
from .harmless import BASES, CALLS, CONSTRUCTORS, DECORATORS, HOOKS, METHODS, RUNNERS


class Kind(Enum):
    """What importing a module does at one of its statements."""

    FREE = "binds names, wherever it stands"
    ORDERED = "binds names to what it reads at this point"
    EFFECT = "may change what other code sees"


# Finds the module behind an import: the judge of that module and the name there.
Follow = Callable[[ImportName], "tuple[Judge, str] | None"]
_FOLLOWED = 8  # re-exports, at most


class Judge:
    """Judges the statements of one module.

    `bound` is what each statement of `body` binds; `follow` leads to the project's other modules.
    """

    def __init__(self, body: Sequence[ast.stmt], bound: Sequence[Bindings], follow: Follow) -> None:
        self.body = body
        self.bound = bound
        self.follow = follow
        self.binders: dict[str, list[int]] = {}
        self.imported: Mapping[str, ImportName] = {
            item.bound: item for binding in bound for item in binding.imports
        }
        item = self.imported.get("annotations")
        self.deferred = item is not None and item.module == "__future__"
        self.starred = any(item.name == "*" for binding in bound for item in binding.imports)
        for position, binding in enumerate(bound):
            for name in binding.names:
                self.binders.setdefault(name, []).append(position)
        self._stable: dict[str, bool] = {}
        self._plain: dict[str, bool] = {}
        self._calm: dict[tuple[str, int], bool] = {}

    def kinds(self) -> tuple[Kind, ...]:
        """The kind of each statement."""
        return tuple(self.kind(position) for position in range(len(self.body)))

    def kind(self, position: int) -> Kind:
        statement = self.body[position]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return Kind.FREE
        if not self.harmless(statement) or self.misses(statement, position):
            return Kind.EFFECT
        rebinds = any(len(self.binders[name]) > 1 for name in self.bound[position].names)
        return Kind.ORDERED if rebinds or self.reads(statement) else Kind.FREE

    def misses(self, statement: ast.stmt, position: int) -> bool:
        """Whether a name may not be bound yet where a statement reads it: then it raises."""
        if self.starred:
            return False
        own = set(_stored(statement))
        return any(
            name not in own
            and name not in BUILTINS
            and min(self.binders.get(name, ()), default=position) >= position
            for name in self.evaluated(statement)
        )

    def evaluated(self, statement: ast.stmt) -> Iterator[str]:
        """The names that running a statement reads, those in the bodies of functions left out."""
        waiting: list[ast.AST] = [statement]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    yield node.id
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += [*node.decorator_list, *node.args.defaults]
                waiting += [each for each in node.args.kw_defaults if each is not None]
                if not self.deferred:
                    waiting += [each for each in _annotations(node) if each is not None]
            elif isinstance(node, ast.Lambda):
                waiting += node.args.defaults
            elif isinstance(node, ast.AnnAssign):
                waiting += [] if self.deferred else [node.annotation]
                waiting += [] if node.value is None else [node.value]
            elif isinstance(node, ast.ClassDef):
                waiting += [*node.bases, *node.keywords, *node.body, *node.decorator_list]
            elif type(node).__name__ != "TypeAlias":
                waiting.extend(ast.iter_child_nodes(node))

    def harmless(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self.function(statement)
            case ast.ClassDef():
                return self.class_(statement)
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Return(value=None):
                return True
            case ast.Expr(value=value):
                return self.quiet(value)
            case ast.Assign(targets=targets, value=value):
                return all(_is_name(target) for target in targets) and self.quiet(value)
            case ast.AnnAssign(target=target, annotation=annotation, value=assigned):
                return (
                    _is_name(target)
                    and self.quiet_annotations(annotation)
                    and (assigned is None or self.quiet(assigned))
                )
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                return self.quiet(value)
            case ast.Delete(targets=targets):
                return all(self.is_bound(target) for target in targets)
            case ast.If(test=test, body=body, orelse=orelse):
                return self.quiet(test) and self.all_harmless([*body, *orelse])
            case ast.For(target=target, iter=values, body=body, orelse=orelse):
                return (
                    _is_name(target) and self.quiet(values) and self.all_harmless([*body, *orelse])
                )
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                caught = [inner for handler in handlers for inner in handler.body]
                return self.all_harmless([*body, *caught, *orelse, *finalbody])
            case _:
                return type(statement).__name__ == "TypeAlias"

    def all_harmless(self, statements: Sequence[ast.stmt]) -> bool:
        return all(self.harmless(statement) for statement in statements)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return (
            all(self.decorator(item) for item in node.decorator_list)
            and all(self.quiet(each) for each in node.args.defaults)
            and all(each is None or self.quiet(each) for each in node.args.kw_defaults)
            and self.quiet_annotations(*_annotations(node))
        )

    def quiet_annotations(self, *nodes: ast.expr | None) -> bool:
        """Whether annotations that Python evaluates change nothing."""
        return self.deferred or all(node is None or self.quiet(node) for node in nodes)

    def is_bound(self, target: ast.expr) -> bool:
        """Whether something else binds a name: without it, to delete it is an error."""
        return isinstance(target, ast.Name) and len(self.binders.get(target.id, ())) > 1

    def class_(self, node: ast.ClassDef) -> bool:
        return (
            all(self.decorator(item) for item in node.decorator_list)
            and all(self.base(item) for item in node.bases)
            and not any(item.arg in (None, "metaclass") for item in node.keywords)
            and all(self.quiet(item.value) for item in node.keywords)
            and self.all_harmless(node.body)
        )

    def decorator(self, node: ast.expr) -> bool:
        calls = 1
        if isinstance(node, ast.Call):
            if not self.quiet_arguments(node):
                return False
            node, calls = node.func, 2
        if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter"):
            return True
        if self.dotted(node) in DECORATORS:
            return True
        found = self.home(node)
        return found is not None and found[0].calm_function(found[1], calls)

    def base(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            node = node.value
        name = self.dotted(node)
        if name in BASES or (name or "").endswith(("Error", "Exception", "Warning")):
            return True
        found = self.home(node)
        return found is not None and found[0].plain_class(found[1])

    def home(self, node: ast.expr) -> tuple[Judge, str] | None:
        """The module of the project in which a name is defined, and its name there."""
        if not isinstance(node, ast.Name):
            return None
        judge, name = self, node.id
        for _ in range(_FOLLOWED):
            item = judge.imported.get(name)
            if item is None:
                return judge, name
            found = judge.follow(item) if len(judge.binders[name]) == 1 else None
            if found is None:
                return None
            judge, name = found
        return None

    def calm_function(self, name: str, calls: int) -> bool:
        """Whether calling `name`, and what it returns, `calls` times only defines and returns.

        A plain decorator is called once; one with arguments makes what is called next.
        """
        known = self._calm.get((name, calls))
        if known is not None:
            return known
        self._calm[name, calls] = False  # a function that calls itself
        node = self.only_binder(name)
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            self._calm[name, calls] = self.calm_body(node, calls)
        return self._calm[name, calls]

    def calm_body(self, node: ast.FunctionDef, calls: int) -> bool:
        inner = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
        for item in node.body:
            if not isinstance(item, ast.Return) or item.value is None:
                if not self.harmless(item):
                    return False
            elif calls == 1:
                if not self.quiet(item.value):
                    return False
            else:
                # What is called next has to be made here.
                made = inner.get(item.value.id) if isinstance(item.value, ast.Name) else None
                if made is None or made.decorator_list or not self.calm_body(made, calls - 1):
                    return False
        return True

    def plain_class(self, name: str) -> bool:
        """Whether `name` is a class of this module that does nothing when it is subclassed."""
        known = self._plain.get(name)
        if known is not None:
            return known
        self._plain[name] = False  # a class that leads back to itself
        statement = self.only_binder(name)
        if isinstance(statement, ast.ClassDef):
            self._plain[name] = not _methods(statement) & HOOKS and self.class_(statement)
        return self._plain[name]

    def builds_plainly(self, name: str) -> bool:
        """Whether calling `name` only makes an object: a class without code of its own for it."""
        statement = self.only_binder(name)
        if not isinstance(statement, ast.ClassDef) or not self.plain_class(name):
            return False
        return not _methods(statement) & CONSTRUCTORS and all(
            self.dotted(item) in BASES or self.makes_plainly(item) for item in statement.bases
        )

    def makes_plainly(self, node: ast.expr) -> bool:
        found = self.home(node)
        return found is not None and found[0].builds_plainly(found[1])

    def only_binder(self, name: str) -> ast.stmt | None:
        positions = self.binders.get(name, ())
        return self.body[positions[0]] if len(positions) == 1 else None

    def quiet(self, node: ast.expr) -> bool:
        """Whether evaluating `node` changes nothing."""
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.Lambda(args=arguments):
                defaults = [*arguments.defaults, *arguments.kw_defaults]
                return all(default is None or self.quiet(default) for default in defaults)
            case ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
            case ast.Call():
                return self.call(node)
            case ast.DictComp(key=key, value=value, generators=generators):
                return self.quiet(key) and self.quiet(value) and self.quiet_loops(generators)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.quiet(node.elt) and self.quiet_loops(node.generators)
            case _:
                return all(
                    self.quiet(child)
                    for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.expr)
                )

    def quiet_loops(self, generators: Sequence[ast.comprehension]) -> bool:
        return all(
            self.quiet(item.iter) and all(self.quiet(test) for test in item.ifs)
            for item in generators
        )

    def quiet_arguments(self, node: ast.Call) -> bool:
        return all(self.quiet(item) for item in node.args) and all(
            self.quiet(item.value) for item in node.keywords
        )

    def call(self, node: ast.Call) -> bool:
        if not self.quiet_arguments(node):
            return False
        name = self.dotted(node.func)
        if name == "type" and len(node.args) != 1:
            return False  # makes a class, whose bases may want to know
        if name in CALLS:
            given = [*node.args, *(item.value for item in node.keywords)]
            return name not in RUNNERS or not any(self.is_function(item) for item in given)
        if isinstance(node.func, ast.Name):
            return self.makes_plainly(node.func)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
            return False
        return self.root(node.func) not in self.imported and self.quiet(node.func.value)

    def is_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Lambda):
            return True
        positions = self.binders.get(node.id, ()) if isinstance(node, ast.Name) else ()
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ImportFrom)
        return any(isinstance(self.body[position], kinds) for position in positions)

    def root(self, node: ast.expr) -> str | None:
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return node.id if isinstance(node, ast.Name) else None

    def dotted(self, node: ast.expr) -> str | None:
        """The full name of what `node` refers to: `np.array` is `numpy.array`."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        head = node.id
        if head in self.binders:
            item = self.imported.get(head)
            if item is None or len(self.binders[head]) > 1:
                return None
            head = item.whole.replace("typing_extensions.", "typing.")
        return ".".join([head, *reversed(attributes)])

    def reads(self, node: ast.AST) -> bool:
        """Whether what a statement binds depends on where in the module it stands."""
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Load) and not self.stable(node.id)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return any(
                item is not None and self.reads(item)
                for item in (*node.args.defaults, *node.args.kw_defaults)
            )
        if isinstance(node, ast.Lambda):
            return False
        if isinstance(node, ast.ClassDef):
            own = {name for item in node.body for name in _stored(item)}
            return any(
                self.reads(item)
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                else not all(name in own or self.stable(name) for name in _loaded(item))
                for item in node.body
            )
        if isinstance(node, ast.AnnAssign):
            return node.value is not None and self.reads(node.value)
        return any(self.reads(child) for child in ast.iter_child_nodes(node))

    def stable(self, name: str) -> bool:
        """Whether `name` is bound once, to something that no later statement changes."""
        known = self._stable.get(name)
        if known is not None:
            return known
        self._stable[name] = False
        positions = self.binders.get(name, ())
        if len(positions) > 1:
            return False
        if not positions:
            stable = True  # a built-in
        else:
            statement = self.body[positions[0]]
            stable = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or (
                isinstance(statement, ast.Assign | ast.AnnAssign)
                and statement.value is not None
                and self.immutable(statement.value)
            )
        self._stable[name] = stable
        return stable

    def immutable(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self.stable(node.id)
        if isinstance(node, ast.Tuple | ast.UnaryOp | ast.BinOp | ast.JoinedStr):
            return all(
                self.immutable(child)
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.expr)
            )
        return False


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr | None]:
    given = node.args
    arguments = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [*(each.annotation for each in arguments if each is not None), node.returns]


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_name(item) for item in target.elts)
    if isinstance(target, ast.Starred):
        return _is_name(target.value)
    return isinstance(target, ast.Name)


def _methods(node: ast.ClassDef) -> set[str]:
    return {item.name for item in node.body if isinstance(item, ast.FunctionDef)}


def _stored(node: ast.AST) -> list[str]:
    names = (item for item in ast.walk(node) if isinstance(item, ast.Name))
    return [item.id for item in names if isinstance(item.ctx, ast.Store)]


def _loaded(node: ast.stmt) -> list[str]:
    values: ast.AST | None = node.value if isinstance(node, ast.AnnAssign) else node
    names = (item for item in ast.walk(values) if isinstance(item, ast.Name)) if values else ()
    return [item.id for item in names if isinstance(item.ctx, ast.Load)]
