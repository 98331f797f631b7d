"""Hooks: last in a pipeline, where nothing of the run is sure to be there."""

from __future__ import annotations

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import optional
from ..types.settings import Stage
from ..types.types import Per
from .closest import closest
from .finding import finding
from .later import hook_word
from .loops import Walk
from .scope import Scope
from .surroundings import Around
from .values import Binding

EVENTS = ("failure", "success")
_MEANT = {
    "error": "failure", "fail": "failure", "failed": "failure", "exception": "failure",
    "done": "success", "succeeded": "success", "ok": "success", "finish": "success",
}  # fmt: skip


def check_hook(hook: ast.Hook, seen: dict[str, Span], scope: Scope, walk: Walk) -> None:
    """Checks one hook; `seen` has those above it, by their words."""
    word = hook_word(hook)
    if hook.event.text not in (*EVENTS, "finally"):
        _report_event(hook.event, scope)
        word = "on failure"
    elif word in seen:
        scope.file.add(
            finding(
                "MLP0504",
                f"`{word}` is set twice",
                hook.event.span,
                "again here",
                labels=(Label(seen[word], "first here"),),
                help=("put both into one block",),
            )
        )
    seen.setdefault(word, hook.event.span)
    scope.holds.setdefault(word, hook.event.span)
    softened = replace(
        scope,
        names={name: _softened(binding) for name, binding in scope.names.items()},
        hook=word,
    )
    around = Around(word, hook.event.span, hook.body.span)
    walk(hook.body, softened.inside(around, hook.body.statements))


def _softened(binding: Binding) -> Binding:
    """In a hook all that comes out of the run may be missing."""
    if binding.stage is not Stage.RUN or isinstance(binding.type, Per):
        return binding
    return replace(binding, type=optional(binding.type))


def _report_event(event: ast.Name, scope: Scope) -> None:
    near = _MEANT.get(event.text) or closest(event.text, EVENTS)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(event.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0101",
            "expected `failure` or `success` here",
            event.span,
            f"did you mean `{near}`?" if near else "nothing of this name happens to a run",
            help=() if near else ("what happens in any case goes into `finally { … }`",),
            fixes=fixes,
        )
    )


def check_places(pipeline: ast.Pipeline, scope: Scope) -> None:
    """Whether hooks come last; the fix moves those that do not."""
    items = pipeline.items
    below = next(
        (i for i in range(len(items) - 1, -1, -1) if not isinstance(items[i], ast.Hook)), -1
    )
    for item in items[: below + 1]:
        if isinstance(item, ast.Hook):
            fix = _move_down(item, items[-1], scope)
            scope.file.add(
                finding(
                    "MLP0702",
                    "hooks come last in a pipeline",
                    item.event.span,
                    "statements come after it",
                    labels=(Label(_first_line(items[below].span, scope), "this stands below"),),
                    help=("move it to the end of the pipeline",),
                    fixes=(fix,) if fix is not None else (),
                )
            )


def _first_line(span: Span, scope: Scope) -> Span:
    end = scope.file.source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.file, span.start, end)


def _move_down(hook: ast.Hook, last: ast.PipelineItem, scope: Scope) -> Fix | None:
    """Moves a hook that has its lines to itself below the last item."""
    source = scope.file.source
    hook_span = source.trimmed(hook.span)
    start = source.line_starts[source.position(hook_span.start).line - 1]
    line = source.position(hook_span.end).line
    end = source.line_starts[line] if line < source.line_count else len(source.text)
    text = source.text[start:end]
    if text.strip() != source.slice(hook_span) or not text.endswith("\n"):
        return None
    place = source.trimmed(last.span).at_end()
    edits = (Edit(source.span(start, end), ""), Edit(place, f"\n{text.rstrip()}"))
    return Fix("move it to the end", edits, safe=True)
