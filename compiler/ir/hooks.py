"""What a hook asks of the pipeline that it is of: whether a call began, and whether it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

from .expand import direct
from .nodes import Hook, Join, Node
from .values import NodeId

Became: TypeAlias = "Callable[[NodeId], tuple[Node, ...]]"
"""The members of a block that was expanded, nothing for other nodes."""


def in_order(hooks: Sequence[Hook], nodes: Iterable[Node], became: Became) -> list[Hook]:
    """The hooks in the order in which they run, whenever their blocks were expanded: those of
    called pipelines in the order of their calls, a pipeline behind those that it calls, those of
    the run last; of one pipeline what is final comes last."""
    places: dict[NodeId, int] = {}

    def place(inner: Iterable[Node]) -> None:
        for node in inner:
            place(became(node.id))
            places[node.id] = len(places)

    place(nodes)

    def rank(hook: Hook) -> float:
        last = max((places[member] for member in hook.members if member in places), default=-1)
        return float("inf") if hook.call is None else last

    found = groupby(sorted(hooks, key=rank), lambda hook: hook.call)
    return [h for _, same in found for h in sorted(same, key=lambda h: h.event == "finally")]


def by_pipeline(hooks: Sequence[Hook]) -> Iterator[tuple[Hook, ...]]:
    """The hooks of each pipeline."""
    return (tuple(found) for _, found in groupby(hooks, lambda hook: hook.call))


def nodes_of(hook: Hook, nodes: Mapping[NodeId, Node], became: Became) -> tuple[Node, ...]:
    """The nodes of a call as far as they came to be, those in its blocks included."""
    found: dict[NodeId, Node] = {}
    open_ = list(reversed(hook.members))
    while open_:
        name = open_.pop()
        if name in nodes and name not in found:
            found[name] = nodes[name]
            open_ += (node.id for node in became(name))
    return tuple(found.values())


def began(nodes: Sequence[Node], ran: Callable[[NodeId], bool]) -> bool:
    """Whether any node of a call ran or failed; a join only speaks for itself if it is empty."""
    return any(
        ran(node.id)
        for node in nodes
        if not (isinstance(node, Join) and any(limb.members for limb in node.limbs))
    )


def broken(nodes: Sequence[Node], failed: Callable[[NodeId], bool]) -> bool:
    """Whether a node failed for which no join among them answers."""
    return any(map(failed, direct(nodes)))
