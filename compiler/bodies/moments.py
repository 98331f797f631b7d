"""Whether what a statement of a module does depends on where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .always import BUILTINS
from .bindings import all_annotations
from .toplevel import Toplevel, stored

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINING = (*_FUNCTIONS, ast.ClassDef, ast.AnnAssign)


class Moments:
    """Judges the statements of one module by the names that they read as they run."""

    def __init__(self, top: Toplevel) -> None:
        self.top = top
        self._stable: dict[str, bool] = {}

    def misses(self, statement: ast.stmt, position: int) -> bool:
        """Whether a name may not be bound yet where a statement reads it: then it raises."""
        if self.top.starred:
            return False
        own = set() if isinstance(statement, _FUNCTIONS) else set(stored(statement))
        return any(
            name not in own
            and name not in BUILTINS
            and min(self.top.binders.get(name, ()), default=position) >= position
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
            elif isinstance(node, _FUNCTIONS):
                waiting += [*node.decorator_list, *_defaults(node.args), *self.annotations(node)]
            elif isinstance(node, ast.Lambda):
                waiting += _defaults(node.args)
            elif isinstance(node, ast.AnnAssign):
                waiting += self.annotations(node)
                waiting += [] if node.value is None else [node.value]
            elif isinstance(node, ast.ClassDef):
                waiting += [*node.bases, *node.keywords, *node.body, *node.decorator_list]
            elif type(node).__name__ != "TypeAlias":
                waiting.extend(ast.iter_child_nodes(node))

    def annotations(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.AnnAssign
    ) -> list[ast.expr]:
        """The annotations that Python evaluates where they stand."""
        if self.top.deferred:
            return []
        return [node.annotation] if isinstance(node, ast.AnnAssign) else all_annotations(node)

    def reads(self, node: ast.AST) -> bool:
        """Whether what a statement binds depends on where in the module it stands."""
        match node:
            case ast.Name():
                return isinstance(node.ctx, ast.Load) and not self.stable(node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return any(map(self.reads, _defaults(node.args))) or self.depends(
                    [*node.decorator_list, *self.annotations(node)]
                )
            case ast.Lambda(args=given):
                return any(map(self.reads, _defaults(given)))
            case ast.ClassDef():
                own = {name for item in node.body for name in stored(item)}
                outside: list[ast.AST] = [*node.decorator_list, *node.bases, *node.keywords]
                outside += [
                    annotation
                    for item in node.body
                    if isinstance(item, ast.AnnAssign)
                    for annotation in self.annotations(item)
                ]
                return self.depends(outside) or any(
                    self.reads(item)
                    if isinstance(item, _FUNCTIONS)
                    else not all(name in own or self.stable(name) for name in _loaded(item))
                    for item in node.body
                )
            case ast.AnnAssign(value=value):
                return self.depends(self.annotations(node)) or (
                    value is not None and self.reads(value)
                )
            case _:
                return any(self.reads(child) for child in ast.iter_child_nodes(node))

    def depends(self, nodes: Iterable[ast.AST]) -> bool:
        """Whether decorators, bases or annotations may be something else elsewhere, names from
        other modules left out: `looks` tells of those."""
        return any(
            self.reads(each)
            for node in nodes
            for each in ast.walk(node)
            if isinstance(each, ast.Name | ast.Lambda) and not self.is_from_outside(each)
        )

    def looks(self, statement: ast.stmt) -> bool:
        """Whether a statement looks at what other modules give out, when it defines something."""
        waiting = [statement]
        while waiting:
            node = waiting.pop()
            seen: list[ast.AST] = []
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    seen = [*node.decorator_list, *self.annotations(node)]
                case ast.AnnAssign():
                    seen = [*self.annotations(node)]
                case ast.ClassDef():
                    seen = [*node.decorator_list, *node.bases, *node.keywords]
                    waiting += node.body
                case _:
                    waiting += [each for each in ast.walk(node) if isinstance(each, _DEFINING)]
            if any(self.is_from_outside(each) for part in seen for each in ast.walk(part)):
                return True
        return False

    def is_from_outside(self, node: ast.AST) -> bool:
        """Whether a name is imported, and bound nowhere else: what it has may be replaced there."""
        return (
            isinstance(node, ast.Name)
            and node.id in self.top.imported
            and self.top.only_binder(node.id) is not None
        )

    def stable(self, name: str) -> bool:
        """Whether `name` is bound once, to something that no later statement changes."""
        known = self._stable.get(name)
        if known is not None:
            return known
        self._stable[name] = False
        positions = self.top.binders.get(name, ())
        if len(positions) > 1:
            return False
        if not positions:
            stable = True  # a built-in
        else:
            statement = self.top.body[positions[0]]
            stable = isinstance(statement, _FUNCTIONS) or (
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


def _defaults(given: ast.arguments) -> list[ast.expr]:
    return [*given.defaults, *(each for each in given.kw_defaults if each is not None)]


def _loaded(node: ast.stmt) -> list[str]:
    values: ast.AST | None = node.value if isinstance(node, ast.AnnAssign) else node
    names = (item for item in ast.walk(values) if isinstance(item, ast.Name)) if values else ()
    return [item.id for item in names if isinstance(item.ctx, ast.Load)]
