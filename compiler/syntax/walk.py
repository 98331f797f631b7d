"""Goes through a syntax tree without knowing its kinds: children, and all nodes below one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Protocol, TypeVar, runtime_checkable

from ..source import Span

N = TypeVar("N")


@runtime_checkable
class Node(Protocol):
    """Any part of the tree: all have a span."""

    @property
    def span(self) -> Span: ...


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in ("span", "keyword", "doc", "raw"))


def children(node: Node) -> Iterator[Node]:
    """The nodes right below `node`, names included, in the order of their fields."""
    for name in _names(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    yield item
        elif isinstance(value, Node):
            yield value


def nodes(root: Node) -> Iterator[Node]:
    """`root` and all nodes below it, parents first, in order; never recursive."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(list(children(node))))


def every(root: Node, kind: type[N]) -> Iterator[N]:
    """The nodes of one kind below `root`, itself included, parents first."""
    return (node for node in nodes(root) if isinstance(node, kind))
