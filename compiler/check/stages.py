"""When a value is known, and whether that is early enough for the place it fills."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.settings import Stage
from .finding import finding
from .origin import described, root
from .scope import Scope, path_of
from .values import Kind
from .walk import parts

_WHEN = {
    Stage.COMPILE: "when compiling",
    Stage.SUBMIT: "when the run is submitted",
    Stage.RUN: "during the run",
}


def in_time(expr: ast.Expr, limit: Stage, position: str, scope: Scope) -> bool:
    """Whether an expression is known by `limit`; if not, says which part is late, and why."""
    typing = scope.file.typing
    if typing.stage(expr) <= limit:
        return True
    late, trail = late_part(expr, limit, scope)
    text = scope.file.text(late.span)
    stage = typing.stage(late)
    binding = root(late, scope)
    if limit is Stage.COMPILE and binding is not None and binding.kind is Kind.PARAMETER:
        scope.file.add(
            finding(
                "MLP0402",
                f"a parameter cannot choose the {position.strip('`')}",
                late.span,
                f"`{text}` is known only when a run is submitted",
                labels=(Label(binding.span, f"`{binding.name}` is a parameter"),),
                help=("use a constant, or one `target` block for each choice",),
            )
        )
        return False
    what = text if len(text) <= 40 else f"{text[:39]}…"
    scope.file.add(
        finding(
            "MLP0401",
            f"`{what}` is known only {_WHEN[stage]}; {position} must be known {_WHEN[limit]}",
            late.span,
            f"known only {_WHEN[stage]}",
            labels=trail,
            help=_way_out(limit, stage),
        )
    )
    return False


def _way_out(limit: Stage, stage: Stage) -> tuple[str, ...]:
    if limit is Stage.SUBMIT:
        return ("use a parameter or a constant",)
    if stage is Stage.SUBMIT:
        return ("use a constant",)
    return ("use a constant; what a step makes can only be an argument",)


def late_part(expr: ast.Expr, limit: Stage, scope: Scope) -> tuple[ast.Expr, tuple[Label, ...]]:
    """The part of an expression that is known too late, and the trail to where it comes from."""
    late = _late_part(expr, limit, scope)
    trail: list[Label] = []
    binding = root(late, scope)
    while binding is not None and len(trail) < 4:
        trail.append(Label(binding.span, described(binding)))
        if binding.made is None:
            break
        source = _late_part(binding.made, limit, scope)
        binding = root(source, scope)
        if binding is None:
            trail.append(Label(source.span, "this is known too late"))
    return late, tuple(trail)


def _late_part(expr: ast.Expr, limit: Stage, scope: Scope) -> ast.Expr:
    """The smallest path or call inside that is known too late."""
    if path_of(expr) is not None:
        return expr
    for part in parts(expr):
        if scope.file.typing.stage(part) > limit:
            return _late_part(part, limit, scope)
    return expr
