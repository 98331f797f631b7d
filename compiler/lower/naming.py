"""Names what has no name of its own: gates and unbound blocks, numbered in the order written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from ..syntax import ast

Unnamed = ast.ForBlock | ast.WhenBlock | ast.PartitionBlock
_WORDS: dict[type, str] = {
    ast.Expect: "expect",
    ast.Approve: "approve",
    ast.ForBlock: "for",
    ast.WhenBlock: "when",
    ast.PartitionBlock: "partition",
}


def numbered(pipeline: ast.Pipeline, taken: Iterable[str]) -> dict[int, str]:
    """`expect_1`, `for_2`, … by the identity of the statement; `taken` are names of other nodes.

    Statements of one kind are counted through the whole pipeline, blocks and hooks included.
    """
    statements = list(within(pipeline.items))
    others = {s.name.text for s in statements if isinstance(s, ast.Bind)} | set(taken)
    counts = {word: count(1) for word in _WORDS.values()}
    names: dict[int, str] = {}
    for statement in statements:
        word = _WORDS.get(type(statement))
        if word is not None:
            name = f"{word}_{next(counts[word])}"
            while name in others:
                name += "_"
            names[id(statement)] = name
    return names


def within(items: Iterable[ast.PipelineItem]) -> Iterator[ast.PipelineItem]:
    """Every statement with those in its blocks, in the order written."""
    for item in items:
        yield item
        value = item.value if isinstance(item, ast.Bind) else item
        match value:
            case ast.ForBlock() | ast.WhenBlock() | ast.PartitionBlock():
                for body in bodies(value):
                    yield from within(body.statements)
            case ast.Hook(body=body):
                yield from within(body.statements)
            case _:
                pass


def bodies(block: Unnamed) -> Iterator[ast.Block]:
    """The braces of a block, all arms of a `when` in order."""
    yield block.body
    if isinstance(block, ast.WhenBlock) and block.otherwise is not None:
        if isinstance(block.otherwise, ast.WhenBlock):
            yield from bodies(block.otherwise)
        else:
            yield block.otherwise
