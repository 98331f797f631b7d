"""What the files of a program look like: text, comments, docs and the order of declarations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from ..check.values import Program
from ..check.walk import nodes
from ..difference.values import Place, Surface
from ..source import Source, Span
from ..syntax import ast
from ..syntax.tokens import Tokens, scan
from .choose import program_of
from .front import Checked


def surfaces_of(checked: Checked, place: Callable[[Span], Place]) -> tuple[Surface, ...]:
    """The file itself first, then those of the project that it uses."""
    program = program_of(checked)
    disks = checked.disk.shelf.disks
    found = [_surface(program, disks[program.source.name].path, place)]
    for name, module in program.modules.items():
        if name != program.source.name and disks[name].own is not None:
            found.append(_surface(module, disks[name].path, place))
    return tuple(found)


def _surface(program: Program, path: str, place: Callable[[Span], Place]) -> Surface:
    source = program.source
    tokens = scan(source)
    declared = list(_declared(program.file, source, tokens))
    docs = dict(_docs(program.file))
    return Surface(
        path=path,
        text=source.text,
        tokens=_written(tokens, 0, len(source.text) + 1),
        comments=tuple(
            source.text[a:b] for a, b in tokens.comments if not source.text.startswith("##", a)
        ),
        docs={name: text for name, (text, _) in docs.items()},
        declared=tuple((kind, name, text) for kind, name, text, _ in declared),
        places={name: place(span) for _, name, _, span in declared},
    )


def _declared(
    file: ast.File, source: Source, tokens: Tokens
) -> Iterator[tuple[str, str, str, Span]]:
    for each in file.declarations:
        text = _written(tokens, each.span.start, each.span.end)
        match each:
            case ast.Test(title=title):
                yield "test", str(title.value), text, title.span
            case ast.Constant(name=name):
                yield "name", name.text, text, name.span
            case (
                ast.Step(name=name)
                | ast.Pipeline(name=name)
                | ast.Schema(name=name)
                | ast.Target(name=name)
            ):
                yield type(each).__name__.lower(), name.text, text, name.span
            case ast.UseModule() | ast.UseNames() | ast.UseFile():
                yield "use", source.slice(each.span), text, each.span


def _written(tokens: Tokens, start: int, end: int) -> str:
    """The text between two places without comments, layout and the commas that layout brings."""
    first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
    words = (tokens.text(at) for at in range(first, last))
    return "\n".join(word for word in words if word not in (",", ""))


def _docs(file: ast.File) -> Iterator[tuple[str, tuple[str, Span]]]:
    """Doc comments by what they speak of: `fit`, `fit.rounds`."""
    for each in file.declarations:
        owner = ""
        for node in nodes(each):
            doc, name = (
                getattr(node, "doc", None),
                getattr(node, "name", None) or getattr(node, "key", None),
            )
            if not isinstance(name, ast.Name):
                continue
            if node is each:
                owner = name.text
            if isinstance(doc, str):
                word = owner if node is each else f"{owner}.{name.text}"
                yield word, (doc, name.span)
