"""Which names a block of statements binds, and which imports bind them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from .tree import FIELDS

_NESTED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class ImportName:
    """One name of an import statement; the module is absolute.

    `import a.b` binds `a`; `import a.b as c` and `from a import b as c` bind `c`;
    `from a import *` has the name `*` and binds nothing.
    """

    bound: str
    module: str
    name: str | None
    relative: bool
    line: int

    @property
    def whole(self) -> str:
        """The dotted name of what is bound."""
        if self.name is not None:
            return f"{self.module}.{self.name}"
        top = self.module.partition(".")[0]
        return top if self.bound == top else self.module


@dataclass(slots=True)
class Bindings:
    """What a block binds in its own scope, nested scopes left out."""

    names: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)  # `global`
    imports: list[ImportName] = field(default_factory=list)


def import_names(node: ast.Import | ast.ImportFrom, parent: str) -> list[ImportName]:
    """The names of one import statement, seen from a module whose package is `parent`."""
    if isinstance(node, ast.Import):
        return [
            ImportName(
                alias.asname or alias.name.partition(".")[0], alias.name, None, False, node.lineno
            )
            for alias in node.names
        ]
    module = node.module or ""
    if node.level:
        # One dot is the package itself; each further dot goes one package up.
        kept = parent.split(".") if parent else []
        kept = kept[: max(0, len(kept) - (node.level - 1))]
        module = ".".join([*kept, module] if module else kept)
    return [
        ImportName(
            "" if alias.name == "*" else alias.asname or alias.name,
            module,
            alias.name,
            node.level > 0,
            node.lineno,
        )
        for alias in node.names
    ]


def bindings(statements: Iterable[ast.AST], parent: str) -> Bindings:
    """What `statements` bind in the scope that they stand in."""
    found = Bindings()
    waiting = list(statements)
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for item in import_names(node, parent):
                found.imports.append(item)
                if item.bound:
                    found.names.add(item.bound)
        elif isinstance(node, ast.Global):
            found.outer.update(node.names)
        elif isinstance(node, _NESTED):
            # Only `:=` leaves a comprehension.
            found.names.update(_walrus(node))
        elif not isinstance(node, ast.Constant | ast.Nonlocal):
            if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
                if node.name:
                    found.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                found.names.add(node.rest)
            waiting.extend(reversed(children(node)))
    found.names -= found.outer
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below `node`, in the order of the normal form."""
    found: list[ast.AST] = []
    for name in FIELDS[type(node).__name__]:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found.extend(item for item in value if isinstance(item, ast.AST))
    return found


def _walrus(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Lambda):
        return set()
    return {
        inner.target.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.NamedExpr) and isinstance(inner.target, ast.Name)
    }
