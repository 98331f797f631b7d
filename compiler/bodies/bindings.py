"""Which names a block of statements binds, and which imports bind them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...runtime.dataclass import dataclass, field
from .tree import NODE_FIELDS

_NESTED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# Where a name can be bound in a statement that holds no `:=`.
_TARGETS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Assert: (),
    ast.Assign: ("targets",),
    ast.AugAssign: ("target",),
    ast.AnnAssign: ("target",),
    ast.Attribute: (),
    ast.Delete: ("targets",),
    ast.Expr: (),
    ast.For: ("target", "body", "orelse"),
    ast.AsyncFor: ("target", "body", "orelse"),
    ast.If: ("body", "orelse"),
    ast.Raise: (),
    ast.Return: (),
    ast.Subscript: (),
    ast.While: ("body", "orelse"),
    ast.match_case: ("pattern", "body"),
    ast.withitem: ("optional_vars",),
}


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

    @property
    def loaded(self) -> str:
        """The dotted name of what is run, or of what is taken from it, which may be a module."""
        return self.module if self.name is None else self.whole


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


def bindings(statements: Iterable[ast.AST], parent: str, *, walrus: bool = True) -> Bindings:
    """What `statements` bind in the scope that they stand in.

    Without `walrus` the code is known to hold no `:=`, and expressions need not be searched.
    """
    found = Bindings()
    waiting = list(statements)
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        kind = type(node)
        targets = _TARGETS.get(kind)
        if isinstance(node, ast.AnnAssign) and is_only_said(node):
            waiting.append(node.annotation)
        elif targets is not None and not walrus:
            waiting.extend(reversed(held(node, targets)))
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.names.add(node.id)
        elif isinstance(node, _DEFINITIONS):
            found.names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for item in import_names(node, parent):
                found.imports.append(item)
                if item.bound:
                    found.names.add(item.bound)
        elif isinstance(node, ast.Global):
            found.outer.update(node.names)
        elif isinstance(node, _NESTED):
            # Only `:=` leaves a comprehension.
            if walrus:
                found.names.update(_walrus(node))
        else:
            if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
                if node.name:
                    found.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                found.names.add(node.rest)
            waiting.extend(reversed(children(node)))
    found.names -= found.outer
    return found


def all_arguments(node: ast.arguments) -> list[ast.arg]:
    """What a function takes."""
    found = [*node.posonlyargs, *node.args, *node.kwonlyargs]
    return found + [item for item in (node.vararg, node.kwarg) if item is not None]


def all_annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """The annotations of what a function takes and gives."""
    found = [*(item.annotation for item in all_arguments(node.args)), node.returns]
    return [item for item in found if item is not None]


def is_only_said(node: ast.AnnAssign) -> bool:
    """Whether it is of the kind `(x): int`, which binds nothing, where `x: int` makes `x` local."""
    return node.value is None and not node.simple and isinstance(node.target, ast.Name)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below `node`, in the order of the normal form."""
    return held(node, NODE_FIELDS[type(node)])


def held(node: ast.AST, fields: tuple[str, ...]) -> list[ast.AST]:
    """The nodes that some fields of `node` hold, in their order."""
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found.extend(item for item in value if item is not None)
        elif value is not None:
            found.append(value)
    return found


def _walrus(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Lambda):
        return set()
    return {
        inner.target.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.NamedExpr) and isinstance(inner.target, ast.Name)
    }
