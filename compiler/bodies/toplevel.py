"""The names at the top level of a module: which statements bind them, what they stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence

from .bindings import Bindings, ImportName

# Finds the module behind an import, and the name there.
Follow = Callable[[ImportName], "tuple[Toplevel, str] | None"]
_FOLLOWED = 8  # re-exports, at most
_NOTHING: frozenset[str] = frozenset()


class Toplevel:
    """`bound` is what each statement of `body` binds; `follow` leads to the project's other
    modules. `hidden` are names that a scope within has for itself."""

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

    def only_binder(self, name: str) -> ast.stmt | None:
        positions = self.binders.get(name, ())
        return self.body[positions[0]] if len(positions) == 1 else None

    def is_deletable(self, target: ast.expr) -> bool:
        """Whether something else binds a name: without it, to delete it is an error."""
        return isinstance(target, ast.Name) and len(self.binders.get(target.id, ())) > 1

    def home(
        self, node: ast.expr, hidden: Collection[str] = _NOTHING
    ) -> tuple[Toplevel, str] | None:
        """The module of the project in which a name is defined, and its name there."""
        if not isinstance(node, ast.Name) or node.id in hidden:
            return None
        top, name = self, node.id
        for _ in range(_FOLLOWED):
            item = top.imported.get(name)
            if item is None:
                return top, name
            found = top.follow(item) if top.only_binder(name) is not None else None
            if found is None:
                return None
            top, name = found
        return None

    def dotted(self, node: ast.expr, hidden: Collection[str] = _NOTHING) -> str | None:
        """The full name of what `node` refers to: `np.array` is `numpy.array`."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in hidden:
            return None
        head = node.id
        if head in self.binders:
            item = self.imported.get(head)
            if item is None or len(self.binders[head]) > 1:
                return None
            head = item.whole.replace("typing_extensions.", "typing.")
        return ".".join([head, *reversed(attributes)])


def root(node: ast.expr) -> str | None:
    """The name that attributes and items are taken of."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def is_name(target: ast.expr) -> bool:
    """Whether an assignment binds names and nothing else."""
    if isinstance(target, ast.Tuple | ast.List):
        return all(is_name(item) for item in target.elts)
    if isinstance(target, ast.Starred):
        return is_name(target.value)
    return isinstance(target, ast.Name)


def stored(node: ast.AST) -> list[str]:
    """The names that a piece of code assigns to."""
    names = (item for item in ast.walk(node) if isinstance(item, ast.Name))
    return [item.id for item in names if isinstance(item.ctx, ast.Store)]
