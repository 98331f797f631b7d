"""`.path` of an artifact: another one on every machine, so it stays out of keys and of results."""

from __future__ import annotations

from typing import TypeGuard

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
    found = _path_in(expr, scope)
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


def _path_in(expr: ast.Expr, scope: Scope) -> tuple[ast.Expr, ast.FieldOf] | None:
    """Where a path comes into an expression, and where it is taken from the artifact."""
    for part in inside(expr):
        path = _path_behind(part, scope) if isinstance(part, ast.NameRef) else part
        if path is not None and _is_path(path, scope):
            return part, path
    return None


def _path_behind(name: ast.NameRef, scope: Scope) -> ast.FieldOf | None:
    """A path in what a name is made of: what it was given, what a loop goes through.

    Nodes and blocks hand out no paths, so what they are made of does not matter.
    """
    pathless, seen, todo = scope.file.pathless, set[int](), [name]
    while todo:
        binding = scope.names.get(todo.pop().name)
        made = None if binding is None else binding.made
        if made is None or id(made) in seen or id(made) in pathless:
            continue
        seen.add(id(made))
        for part in inside(made):
            if isinstance(part, ast.NameRef):
                todo.append(part)
            elif _is_path(part, scope):
                return part
    pathless.update(seen)
    return None


def _is_path(expr: ast.Expr, scope: Scope) -> TypeGuard[ast.FieldOf]:
    if not isinstance(expr, ast.FieldOf) or expr.field.text != "path":
        return False
    type_ = scope.file.typing.types.get(id(expr.base))
    if is_splat(expr.base) and isinstance(type_, ListOf):
        type_ = type_.item
    return type_ is not None and isinstance(present(type_), Artifact | Dataset)
