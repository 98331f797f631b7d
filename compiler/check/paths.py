"""`.path` of an artifact: another one on every machine, so it stays out of keys and of results."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.relate import present
from ..types.types import Artifact, Dataset, ListOf
from .fields import is_splat
from .finding import finding
from .scope import Scope
from .walk import inside

STEPS = "a step that takes the file itself finds its path; `effects = true` lets one take the text"
SELF = "use the file itself: its digest is the same on all machines"


def refuse_path(expr: ast.Expr, place: str, scope: Scope, help_: str = SELF) -> None:
    """Reports the first `.path` that a value is made of, by itself or by way of names.

    `place` says what the value is for, and must be the same on every machine.
    """
    found = next(_paths_in(expr, scope), None)
    if found is None:
        return
    here, path = found
    text = scope.file.text(path.span)
    scope.file.add(
        finding(
            "MLP0401",
            f"`{text}` is known only on one machine; {place} must be the same on all",
            here.span,
            "the path of a file differs between machines",
            labels=() if here is path else (Label(path.span, "the path is taken here"),),
            help=(help_,),
        )
    )


def _paths_in(expr: ast.Expr, scope: Scope) -> Iterator[tuple[ast.Expr, ast.FieldOf]]:
    """Where a path comes into an expression, and where it is taken from the artifact."""
    seen: set[str] = set()
    for part in inside(expr):
        todo = [part]
        if isinstance(part, ast.NameRef):
            todo = list(_behind(part, scope, seen))
        for each in todo:
            if isinstance(each, ast.FieldOf) and _is_path(each, scope):
                yield part, each


def _behind(name: ast.NameRef, scope: Scope, seen: set[str]) -> Iterator[ast.Expr]:
    """All that a name is made of: what it was given, what a loop goes through, and so on.

    Nodes and blocks hand out no paths, so what they are made of does not matter.
    """
    todo = [name]
    while todo:
        binding = scope.names.get(todo.pop().name)
        if binding is None or binding.made is None or binding.name in seen:
            continue
        seen.add(binding.name)
        for part in inside(binding.made):
            yield part
            if isinstance(part, ast.NameRef):
                todo.append(part)


def _is_path(expr: ast.FieldOf, scope: Scope) -> bool:
    if expr.field.text != "path":
        return False
    type_ = scope.file.typing.types.get(id(expr.base))
    if is_splat(expr.base) and isinstance(type_, ListOf):
        type_ = type_.item
    return type_ is not None and isinstance(present(type_), Artifact | Dataset)
