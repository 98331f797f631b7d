"""`after`: waits for nodes, and only where no data says so already."""

from __future__ import annotations

from typing import TypeAlias

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from .finding import finding
from .members import report_module
from .names import report_unknown_value
from .origin import described
from .scope import Scope
from .values import Binding, Kind
from .walk import mentions, names_in

Value: TypeAlias = ast.Compute | ast.ForBlock | ast.WhenBlock | ast.PartitionBlock


def check_after(value: ast.Compute, scope: Scope) -> None:
    """Checks the names behind `after` of one call."""
    waited = scope.order.needed(reference.name for reference in names_in(value.value))
    seen: set[str] = set()
    for index, ref in enumerate(value.after):
        name = ref.parts[0].text
        binding = scope.lookup(name)
        if binding is None:
            if any(name in bare for bare in scope.bare):
                seen.add(name)
            elif name in scope.file.modules:
                report_module(scope.file.modules[name], ref.parts[0].span, scope.file)
            else:
                report_unknown_value(name, ref.parts[0].span, scope)
            continue
        if binding.kind is not Kind.NODE and binding.kind is not Kind.BLOCK:
            _report_no_node(ref, binding, scope)
            continue
        if name in seen or waited & scope.order.bits.get(name, 0):
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


def needed(value: Value, scope: Scope) -> int:
    """Every binding that a value or block waits for, by data or `after`, at any distance."""
    if not isinstance(value, ast.Compute):
        return scope.order.needed(mentions(value))
    words = [reference.name for reference in names_in(value.value)]
    return scope.order.needed((*words, *(ref.parts[0].text for ref in value.after)))


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
    label = label if len(label) <= 60 else "it waits for this anyway"
    scope.file.add(
        finding(
            "MLP1005",
            "this `after` says nothing new",
            ref.span,
            label,
            fixes=(Fix("delete it", (Edit(cut, ""),), safe=True),),
        )
    )
