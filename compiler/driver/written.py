"""What stands where in a program, as its user wrote it: calls, names, bodies, uses."""

from __future__ import annotations

from pathlib import Path

from ..bodies.body import PythonBody
from ..check.walk import nodes
from ..difference.values import Place, Written
from ..source import Span
from ..syntax import ast
from .choose import program_of
from .front import Checked


class Places:
    """Where spans stand, in words that hold on both sides."""

    def __init__(self, checked: Checked, top: Path) -> None:
        """`top` is the root of the side, from which paths are told."""
        self._checked = checked
        root = checked.project.root
        self._base = root.relative_to(top).as_posix() if root.is_relative_to(top) else "."

    def file(self, path: str) -> str:
        return path if self._base == "." or path.startswith("std/") else f"{self._base}/{path}"

    def of(self, span: Span) -> Place:
        source = self._checked.sources[span.file]
        start, end = source.position(span.start), source.position(span.end)
        path = self.file(self._checked.disk.shelf.disks[span.file].path)
        return Place(path, start.line, start.column, end.line, end.column)

    def line(self, path: Path, line: int) -> Place:
        return Place(self.file(self._checked.project.within(path)), line)


def arguments_of(checked: Checked) -> dict[Span, dict[str, Written]]:
    """What every call says, as it is written."""
    found: dict[Span, dict[str, Written]] = {}
    for module in program_of(checked).modules.values():
        for node in nodes(module.file):
            if isinstance(node, ast.Compute) and isinstance(node.value, ast.Call):
                found[node.span] = {
                    a.name.text: Written(module.source.slice(a.value.span), a.span)
                    for a in node.value.arguments
                    if a.name is not None
                }
            elif isinstance(node, ast.Approve | ast.Expect) and node.message is not None:
                message = node.message.span
                found[node.span] = {"": Written(module.source.slice(message), message)}
            elif isinstance(node, ast.ForBlock):
                items = node.items.span
                found[node.span] = {"": Written(module.source.slice(items), items)}
    return found


def bindings_of(checked: Checked, pipeline: ast.Pipeline) -> dict[str, Written]:
    """What the names of a pipeline stand for that are no nodes."""
    typing = program_of(checked).typing
    found: dict[str, Written] = {}
    for node in nodes(pipeline.items):
        match node:
            case ast.Bind(name=name, value=ast.Compute(value=value)):
                if id(value) not in typing.calls:
                    found[name.text] = Written(checked.source.slice(value.span), value.span)
            case _:
                pass
    return found


def symbols_of(checked: Checked, places: Places) -> dict[str, Place]:
    """Where the symbols of Python bodies stand; notebooks have no lines."""
    found: dict[str, Place] = {}
    for module in program_of(checked).modules.values():
        for step in module.steps.values():
            symbols = step.source.code.symbols if isinstance(step.source, PythonBody) else ()
            for symbol in symbols:
                found.setdefault(symbol.label, places.line(symbol.path, symbol.line))
    return found


def uses_of(pipeline: ast.Pipeline) -> dict[str, tuple[str, ...]]:
    """In which places of a pipeline each name is used: which arguments, which statements."""
    found: dict[str, list[str]] = {}
    for node in nodes(pipeline.items):
        match node:
            case ast.Argument(name=ast.Name(text=word), value=value):
                place, tree = word, value
            case ast.Expect(condition=condition):
                place, tree = "expect", condition
            case ast.Output(value=value):
                place, tree = "output", value
            case ast.ForBlock(items=items):
                place, tree = "for", items
            case ast.WhenBlock(condition=condition):
                place, tree = "when", condition
            case _:
                continue
        for inner in nodes(tree):
            if isinstance(inner, ast.NameRef):
                found.setdefault(inner.name, []).append(place)
    return {name: tuple(sorted(places)) for name, places in found.items()}
