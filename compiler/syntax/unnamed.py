"""Names what has no name of its own: gates and unbound blocks, numbered in the order written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from . import ast

Unnamed = ast.ForBlock | ast.WhenBlock | ast.PartitionBlock
_WORDS: dict[type, str] = {
    ast.Expect: "expect",
    ast.Approve: "approve",
    ast.ForBlock: "for",
    ast.WhenBlock: "when",
    ast.PartitionBlock: "partition",
}


def numbered(pipeline: ast.Pipeline) -> dict[int, str]:
    """`expect_1`, `for_2`, … by the identity of the statement.

    Statements of one kind are counted through the whole pipeline, blocks and hooks included; a
    number is left out where something else has that name.
    """
    statements = list(within(pipeline.items))
    others = set(_names(statements))
    free = {word: _free(word, others) for word in _WORDS.values()}
    return {
        id(statement): next(free[_WORDS[type(statement)]])
        for statement in statements
        if type(statement) in _WORDS
    }


def _free(word: str, taken: Collection[str]) -> Iterator[str]:
    return (name for name in (f"{word}_{number}" for number in count(1)) if name not in taken)


def _names(statements: Iterable[ast.PipelineItem]) -> Iterator[str]:
    """What is bound, and what calls without a name run."""
    for statement in statements:
        match statement:
            case ast.Bind(name=name):
                yield name.text
            case ast.CallStatement(call=ast.Compute(value=ast.Call(callee=ast.NameRef(name=step)))):
                yield step
            case ast.CallStatement(
                call=ast.Compute(value=ast.Call(callee=ast.FieldOf(field=field)))
            ):
                yield field.text
            case _:
                pass


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
