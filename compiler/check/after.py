"""`after`: waits for nodes, and only where no data says so already."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from .finding import finding
from .names import report_unknown_value
from .origin import described
from .scope import Binding, Kind, Scope
from .walk import mentions


def check_after(value: ast.Compute, bare: dict[str, Span], scope: Scope) -> None:
    """Checks the names behind `after` of one call."""
    waited: set[str] | None = None
    seen: set[str] = set()
    for index, ref in enumerate(value.after):
        name = ref.parts[0].text
        binding = scope.lookup(name)
        if binding is None:
            if name in bare:
                seen.add(name)
            elif name in scope.file.modules:
                scope.file.used.add(name)
            else:
                report_unknown_value(name, ref.parts[0].span, scope)
            continue
        if binding.kind is not Kind.NODE and binding.kind is not Kind.UNBUILT:
            _report_no_node(ref, binding, scope)
            continue
        if waited is None:
            waited = _needed(value.value, scope)
        if name in waited or name in seen:
            _report_idle(value, index, name in seen, scope)
        seen.add(name)


def _report_no_node(ref: ast.Ref, binding: Binding, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0301",
            f"`{ref.text}` given, a node wanted",
            ref.span,
            f"`{binding.name}` is {binding.kind.value}; nothing waits for it",
            labels=(Label(binding.span, described(binding)),),
        )
    )


def _needed(expr: ast.Expr, scope: Scope) -> set[str]:
    """Every binding that an expression waits for, through any number of others."""
    values = {
        item.name.text: item.value for item in scope.items[: scope.at] if isinstance(item, ast.Bind)
    }
    found: set[str] = set()
    todo: list[object] = [expr]
    while todo:
        for word in mentions(todo.pop()):
            if word in values and word not in found:
                found.add(word)
                todo.append(values[word])
    return found


def _report_idle(value: ast.Compute, index: int, repeated: bool, scope: Scope) -> None:
    ref = value.after[index]
    text = scope.file.source.text
    if len(value.after) == 1:
        start = text.rfind("after", value.value.span.end, ref.span.start)
        start = len(text[:start].rstrip())
        cut = Span(ref.span.file, start, ref.span.end)
    elif index == 0:
        cut = Span(ref.span.file, ref.span.start, value.after[1].span.start)
    else:
        cut = Span(ref.span.file, value.after[index - 1].span.end, ref.span.end)
    name = ref.parts[0].text
    label = f"`{name}` stands here already" if repeated else f"it waits for `{name}` anyway"
    scope.file.add(
        finding(
            "MLP1005",
            "this `after` says nothing new",
            ref.span,
            label if repeated else f"{label}: it reads its data",
            fixes=(Fix("delete it", (Edit(cut, ""),), safe=True),),
        )
    )
