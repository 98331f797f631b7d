"""What may stand inside what: no partition in a list or a partition, nothing that waits in a hook.

What a called pipeline holds counts as if it stood in the place of the call.
"""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from .finding import finding
from .scope import Scope
from .surroundings import Around
from .values import CheckedPipeline

_REPEATING = ("for", "partition")
_WAITING = ("for", "partition", "expect", "approve")
_HOOKS = ("on failure", "on success", "finally")


def enter(word: str, keyword: Span, scope: Scope) -> None:
    """A gate or a block of its word stands here; reports where it has no place."""
    scope.holds.setdefault(word, keyword)
    around = _repeating(scope)
    if scope.hook is not None and word in _WAITING:
        _report_hook(word, keyword, scope)
    elif word == "partition" and around is not None:
        _report_partition(keyword, "this goes through days or keys of its own", (), around, scope)


def check_called(call: ast.Call, callee: CheckedPipeline, scope: Scope) -> None:
    """Whether all that a called pipeline holds may stand here."""
    span = call.callee.span
    for word in callee.holds:
        scope.holds.setdefault(word, span)
    inside = [word for word in (*_WAITING, *_HOOKS) if word in callee.holds]
    around = _repeating(scope)
    if scope.hook is not None and inside:
        _report_hook(inside[0], span, scope, callee)
    elif "partition" in callee.holds and around is not None:
        labels = _there("partition", callee, scope)
        label = f"the pipeline `{callee.name}` has one"
        _report_partition(span, label, labels, around, scope)


def _repeating(scope: Scope) -> Around | None:
    return next((around for around in scope.enclosing() if around.word in _REPEATING), None)


def _there(word: str, callee: CheckedPipeline, scope: Scope) -> tuple[Label, ...]:
    span = callee.holds[word]
    return (Label(span, "here"),) if span.file == scope.file.source.name else ()


def _report_partition(
    span: Span, label: str, labels: tuple[Label, ...], around: Around, scope: Scope
) -> None:
    scope.file.add(
        finding(
            "MLP0610",
            f"a partition inside a `{around.word}` is not supported yet",
            span,
            label if len(label) <= 60 else "this pipeline has one",
            labels=(Label(around.keyword, "around it"), *labels),
            help=(
                "put the `partition` outside and the `for` inside of it",
                "or make one list of keys: `partition by key(keys) as k`",
            )
            if around.word == "for"
            else ("give each its own block, and read the other with `within` or `covering`",),
        )
    )


def _report_hook(
    word: str, span: Span, scope: Scope, callee: CheckedPipeline | None = None
) -> None:
    what = f"`{word}`" if callee is None else f"the `{word}` of `{callee.name}`"
    label = "this waits for somebody, and nobody waits any more"
    if word in _REPEATING:
        label = "this is work for the pipeline"
    elif word in _HOOKS:
        label = "a hook has no hooks of its own"
    scope.file.add(
        finding(
            "MLP0704",
            f"{what} has no place in a hook",
            span,
            label,
            labels=() if callee is None else _there(word, callee, scope),
            help=("a hook calls steps, and chooses between them with `when`",),
        )
    )
