"""Statements that put something into one table of the project, and change nothing else.

Only who reads the table depends on them: a decorator that notes a function in a registry says
nothing to code that never looks there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from .always import BUILTINS
from .bindings import ImportName
from .quiet import Quiet
from .toplevel import Toplevel

Owner = tuple[Toplevel, str]
"""What is filled, by the module and the name that it is bound to there: a table, or a class that
has one."""

_METHODS = frozenset("add append appendleft extend insert setdefault update".split())
_MAKERS = frozenset(
    "collections.Counter collections.OrderedDict collections.defaultdict collections.deque dict "
    "list set".split()
)
_TABLES = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_HOOK = "__init_subclass__"


class Found:
    """What was seen to be filled since somebody began to look."""

    __slots__ = ("owners",)

    def __init__(self) -> None:
        self.owners: frozenset[Owner] = frozenset()


class Filling(Quiet):
    """Judges as `Quiet` does, but lets code fill tables and call the project's functions that do
    no more: all tables go to `found`, which is shared by the modules of a project."""

    def __init__(self, quiet: Quiet, of: dict[Toplevel, Quiet], found: Found) -> None:
        super().__init__(quiet.top, of)
        self.quiet = quiet
        self.found = found
        self._filled: dict[tuple[str, int], frozenset[Owner]] = {}
        self._hooks: set[str] = set()  # classes whose hook is being looked at
        self._subclass: tuple[str, str] | None = None  # what a hook calls it, and of which class
        self._called = False  # within a function

    def owners(self, statement: ast.stmt) -> frozenset[Owner] | None:
        """What a statement of the top level fills, None where it may do something else."""
        self.found.owners = frozenset()
        return self.found.owners if self.statement(statement) else None

    def statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=place, slice=at)], value=value):
                return self.expression(at) and self.expression(value) and self.fills(place)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))], value=value):
                own = self._subclass is not None and name == self._subclass[0]
                return own and self.expression(value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=place, attr=method)) as call) if (
                method in _METHODS and self.arguments(call) and self.fills(place)
            ):
                return True
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Call() as asked, attr=name)) as call
            ):
                return self._is_hook_above(asked, name) and self.arguments(call)
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) as made, cause=None):
                return self._called and self._is_error(name) and self.arguments(made)
            case ast.Import() | ast.ImportFrom():
                return not self._hidden  # in a function it would run another module
            case _:
                return super().statement(statement)

    def _is_error(self, name: str) -> bool:
        ours = name in self.top.binders or name in self._hidden
        return name in BUILTINS and name.endswith("Error") and not ours

    def _is_hook_above(self, asked: ast.Call, name: str) -> bool:
        """`super().__init_subclass__`: bases are judged for themselves."""
        return (
            self._subclass is not None
            and name == _HOOK
            and isinstance(asked.func, ast.Name)
            and asked.func.id == "super"
            and not asked.args
        )

    def call(self, node: ast.Call) -> bool:
        if super().call(node):
            return True
        found = self.home(node.func) if self.arguments(node) else None
        return found is not None and found[0].calm_function(found[1], 1)

    def calm_function(self, name: str, calls: int) -> bool:
        known = self._filled.get((name, calls))
        if known is not None:
            self.found.owners |= known
            return True
        before, self.found.owners = self.found.owners, frozenset()
        outside = self._subclass, self._called
        self._subclass, self._called = None, True
        calm = super().calm_function(name, calls)
        self._subclass, self._called = outside
        if calm:
            self._filled[name, calls] = self.found.owners
        self.found.owners |= before
        return calm

    def base(self, node: ast.expr) -> bool:
        with self.quiet.hiding({*self._hidden}, anew=True):
            if self.quiet.base(node):
                return True
        found = self.home(node.value if isinstance(node, ast.Subscript) else node)
        return found is not None and isinstance(found[0], Filling) and found[0].hooked(found[1])

    def hooked(self, name: str) -> bool:
        """Whether `name` is a class that only fills tables, or marks the new class, when it is
        subclassed."""
        statement = self.top.only_binder(name)
        if not isinstance(statement, ast.ClassDef) or name in self._hooks:
            return False
        methods = [each for each in statement.body if isinstance(each, ast.FunctionDef)]
        hooks = [each for each in methods if each.name == _HOOK]
        others = {each.name for each in methods if each.name != _HOOK}
        if len(hooks) > 1 or not others.isdisjoint(_OTHER_HOOKS):
            return False
        self._hooks.add(name)
        with self.hiding(set(), anew=True):
            calm = self.class_(statement) and all(self.calm_hook(each, name) for each in hooks)
        self._hooks.discard(name)
        return calm

    def calm_hook(self, node: ast.FunctionDef, name: str) -> bool:
        given = node.args.args
        if node.decorator_list or not given:
            return False
        outside = self._subclass, self._called
        self._subclass, self._called = (given[0].arg, name), True
        calm = self.calm_body(node, 1)
        self._subclass, self._called = outside
        return calm

    def home(self, node: ast.expr) -> tuple[Quiet, str] | None:
        found = super().home(node)
        if found is not None or not isinstance(node, ast.Attribute):
            return found
        place = _attribute_of(self.top, node, self._hidden)
        return None if place is None else (self.of[place[0]], place[1])

    def fills(self, place: ast.expr) -> bool:
        """Whether `place` is a table of the project, which is noted."""
        owner = self.owner(place)
        if owner is None:
            return False
        self.found.owners |= {owner}
        return True

    def owner(self, place: ast.expr) -> Owner | None:
        if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name):
            subclass = self._subclass
            if subclass is not None and place.value.id == subclass[0]:
                return self.class_table(subclass[1], place.attr)
            found = self.home(place.value)
            if found is not None and isinstance(found[0], Filling):
                owner = found[0].class_table(found[1], place.attr)
                if owner is not None:
                    return owner
        found = self.home(place)
        if found is None:
            return None
        top, name = found[0].top, found[1]
        binder = top.only_binder(name)
        return (top, name) if _is_table(top, binder, name) else None

    def class_table(self, name: str, attribute: str) -> Owner | None:
        """The class `name` of this module, if it has a table under `attribute`."""
        statement = self.top.only_binder(name)
        if not isinstance(statement, ast.ClassDef) or statement.keywords:
            return None
        bound = [each for each in statement.body if attribute in _bound_names(each)]
        found = len(bound) == 1 and _is_table(self.top, bound[0], attribute)
        return (self.top, name) if found else None


_OTHER_HOOKS = frozenset(("__set_name__", "__class_getitem__"))


def _bound_names(statement: ast.stmt) -> set[str]:
    names = {
        each.id
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names.add(statement.name)
    return names


def _is_table(top: Toplevel, binder: ast.stmt | None, name: str) -> bool:
    """Whether a statement binds a name to a new table that nobody else has."""
    match binder:
        case (
            ast.Assign(targets=[ast.Name(id=bound)], value=value)
            | ast.AnnAssign(target=ast.Name(id=bound), value=value)
        ) if bound == name:
            if isinstance(value, ast.Call):
                return top.dotted(value.func) in _MAKERS
            return isinstance(value, _TABLES)
        case _:
            return False


def _attribute_of(
    top: Toplevel, node: ast.Attribute, hidden: Collection[str]
) -> tuple[Toplevel, str] | None:
    """The home of `module.name`, where `module` is one of the project and imported as a name."""
    if not isinstance(node.value, ast.Name) or node.value.id in hidden:
        return None
    head = node.value.id
    item = top.imported.get(head)
    if item is None or len(top.binders[head]) > 1 or item.name == "*":
        return None
    module = item.whole
    if item.name is not None:
        package = top.follow(item)
        if package is not None and package[1] in package[0].binders:
            inner = package[0].imported.get(package[1])
            if inner is None or inner.whole != module:
                return None  # the package has something else under this name
    found = top.follow(ImportName(node.attr, module, node.attr, False, node.lineno))
    return None if found is None else found[0].home(ast.Name(id=found[1], ctx=ast.Load()))
