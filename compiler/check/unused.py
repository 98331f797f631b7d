"""Lints for what nobody uses: constants, parameters, values, steps and schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..diagnostics.diagnostic import Edit, Fix
from ..source import Span
from ..syntax import ast
from .finding import finding
from .scope import FileScope
from .values import Binding, Kind

_READ = (Kind.PARAMETER, Kind.VALUE, Kind.VARIABLE)


def _report(name: str, span: Span, what: str, scope: FileScope, declaration: Span | None) -> None:
    fixes = [Fix(f"call it `_{name}`", (Edit(span.at_start(), "_"),), safe=False)]
    if declaration is not None:
        fixes.insert(0, Fix("delete it", (Edit(whole_lines(declaration, scope), ""),), safe=False))
    scope.add(finding("MLP1001", f"`{name}` is never used", span, what, fixes=fixes))


def whole_lines(span: Span, scope: FileScope) -> Span:
    """The lines of a declaration that stands alone on them, with the last line break."""
    text = scope.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    if text[start : span.start].strip() or text[span.end : end].strip():
        return span
    return Span(span.file, start, end)


def lint_unused(bindings: Iterable[Binding], scope: FileScope) -> None:
    """Parameters and values of one pipeline. A node runs whether it is read or not."""
    for binding in bindings:
        if binding.kind not in _READ or binding.name.startswith("_"):
            continue
        if binding.name not in scope.used:
            what = "nothing reads this " + binding.kind.value.removeprefix("a ")
            _report(binding.name, binding.span, what, scope, None)


def lint_unused_declarations(
    constants: Mapping[str, ast.Constant],
    steps: Mapping[str, ast.Step],
    schemas: Mapping[str, ast.Schema],
    scope: FileScope,
) -> None:
    """Constants, steps and schemas of a file that has a pipeline; others may be for other files."""
    for name, constant in constants.items():
        if name not in scope.used and not name.startswith("_"):
            _report(name, constant.name.span, "nothing reads this", scope, constant.span)
    for name, step in steps.items():
        if name not in scope.used and not name.startswith("_"):
            _report(name, step.name.span, "no pipeline calls this step", scope, step.span)
    for name, schema in schemas.items():
        if name not in scope.used_types and not name.startswith("_"):
            scope.add(
                finding(
                    "MLP1002",
                    f"schema `{name}` is never used",
                    schema.name.span,
                    "no type mentions it",
                    help=(f"write for example `Dataset[{name}]`",),
                )
            )
