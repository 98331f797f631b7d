"""Names that a pipeline binds further down, or inside its blocks and hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..source import Span
from ..syntax import ast
from .surroundings import Later

Owner = tuple[str, Span]


def hook_word(hook: ast.Hook) -> str:
    """`on failure` or `finally`."""
    return "finally" if hook.event.text == "finally" else f"on {hook.event.text}"


def later_names(pipeline: ast.Pipeline) -> dict[str, Later]:
    """Every name that statements bind; those of the pipeline's own block win."""
    found: dict[str, Later] = {}
    own: dict[str, Later] = {}
    for index, item in enumerate(pipeline.items):
        if isinstance(item, ast.Bind):
            own.setdefault(item.name.text, Later(item.name.span, item, index))
    todo: list[tuple[Sequence[ast.PipelineItem], Owner | None, Span | None]] = [
        (pipeline.items, None, None)
    ]
    while todo:
        items, owner, body = todo.pop()
        for index, item in enumerate(items):
            if isinstance(item, ast.Bind) and owner is not None:
                later = Later(item.name.span, item, index, owner, body)
                found.setdefault(item.name.text, later)
            for inside, inner, variable in _blocks(item):
                todo.append((inside.statements, inner, inside.span))
                if variable is not None:
                    later = Later(variable.span, None, -1, inner, inside.span)
                    found.setdefault(variable.text, later)
    return {**found, **own}


def _blocks(
    item: ast.PipelineItem | ast.ForBlock | ast.WhenBlock | ast.PartitionBlock | None,
) -> Iterator[tuple[ast.Block, Owner, ast.Name | None]]:
    """The blocks of a statement, with the word and place of what they belong to."""
    if isinstance(item, ast.Bind):
        item = None if isinstance(item.value, ast.Compute) else item.value
    match item:
        case ast.ForBlock(keyword=keyword, variable=variable, body=body):
            yield body, ("for", keyword), variable
        case ast.PartitionBlock(keyword=keyword, variable=variable, body=body):
            yield body, ("partition", keyword), variable
        case ast.Hook(event=event, body=body):
            yield body, (hook_word(item), event.span), None
        case ast.WhenBlock(keyword=keyword):
            arm: ast.WhenBlock | ast.Block | None = item
            while isinstance(arm, ast.WhenBlock):
                yield arm.body, ("when", keyword), None
                arm = arm.otherwise
            if arm is not None:
                yield arm, ("when", keyword), None
        case _:
            return
