"""Names that a pipeline binds further down, or inside its blocks."""

from __future__ import annotations

from collections.abc import Iterator

from ..syntax import ast
from .scope import Later

BLOCKS = {
    ast.ForBlock: "for",
    ast.WhenBlock: "when",
    ast.PartitionBlock: "partition",
}


def later_names(pipeline: ast.Pipeline) -> Iterator[tuple[str, Later]]:
    """Every name that statements bind; those of the pipeline's own block win."""
    own: dict[str, Later] = {}
    for index, item in enumerate(pipeline.items):
        if isinstance(item, ast.Bind):
            own.setdefault(item.name.text, Later(item.name.span, item, index))
            if not isinstance(item.value, ast.Compute):
                yield from _inner(item.value, index)
        elif isinstance(item, ast.ForBlock | ast.WhenBlock | ast.PartitionBlock):
            yield from _inner(item, index)
    yield from own.items()


def _inner(
    block: ast.ForBlock | ast.WhenBlock | ast.PartitionBlock, index: int
) -> Iterator[tuple[str, Later]]:
    """Names bound inside a block, at any depth."""
    word = BLOCKS[type(block)]
    bodies = [block.body]
    if isinstance(block, ast.WhenBlock):
        if isinstance(block.otherwise, ast.WhenBlock):
            yield from _inner(block.otherwise, index)
        elif block.otherwise is not None:
            bodies.append(block.otherwise)
    for body in bodies:
        for statement in body.statements:
            if isinstance(statement, ast.Bind):
                yield (
                    statement.name.text,
                    Later(statement.name.span, statement, index, (word, block.keyword)),
                )
                if not isinstance(statement.value, ast.Compute):
                    yield from _inner(statement.value, index)
            elif isinstance(statement, ast.ForBlock | ast.WhenBlock | ast.PartitionBlock):
                yield from _inner(statement, index)
