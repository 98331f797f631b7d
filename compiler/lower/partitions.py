"""Lowers `partition`: its body once for each key, oldest first, and the join of all."""

from __future__ import annotations

from datetime import date, timedelta

from ...runtime.dataclass import replace
from ..ir.expand import in_blocks
from ..ir.nodes import (
    YIELD,
    Join,
    Limb,
    Map,
    Node,
    Task,
    expressions,
)
from ..ir.values import Expr, Json, NodeId, PortRef, references
from ..syntax import ast
from ..types.types import Per, keyed
from .blocks import limit_of, options_of
from .expressions import record_of
from .frame import Frame
from .keys import keys_of
from .series import Series, Standing


def lower_partition(frame: Frame, block: ast.PartitionBlock, node: NodeId) -> Expr | None:
    """Adds the block; what stands for it is the list of its keys with what they yield."""
    type_ = frame.type_of_block(block)
    item = type_.item if isinstance(type_, Per) else None
    options = options_of(frame, block.options)
    series = keys_of(frame, block, node)
    frame.shared.series[node] = series
    redone = _first_redone(series, options.get("reprocess"))
    made: list[Node] = []
    frames: list[Frame] = []
    limbs: list[Limb] = []
    for place, key in enumerate(series.keys):
        prefix = f"{node}[{key.name}]."
        inner = frame.inner(prefix, prefix)
        inner.standing, inner.is_keyed = Standing(series, place), True
        if block.variable is not None:
            inner.names[block.variable.text] = record_of(key.variable)
        inner.shared.statements(inner, block.body.statements)
        limb = inner.limb(key.name, item)
        series.results.append(limb.result)
        series.past.append(inner.names)
        made += _refreshed(tuple(inner.nodes)) if place >= redone else inner.nodes
        frames.append(inner)
        limbs.append(limb)
    whole = None if item is None else keyed(item)
    frame.nodes += made
    frame.nodes.append(
        Join(
            id=node,
            kind="partition",
            limbs=tuple(limbs),
            type=whole,
            max_parallel=limit_of(options),
            allowed=0,
            after=frame.after,
            gates=frame.gates,
            span=block.span,
        )
    )
    frame.closed(node, frames)
    return None if whole is None else PortRef(whole, node, YIELD)


def _first_redone(series: Series, reprocess: Json) -> int:
    """The position of the first key whose sources are read again."""
    if not isinstance(reprocess, int | float) or not series.periods:
        return len(series.keys)
    back = timedelta(seconds=reprocess)
    end: date = series.periods[-1].end
    return sum(end - period.end >= back for period in series.periods)


def _refreshed(nodes: tuple[Node, ...], late: frozenset[str] = frozenset()) -> tuple[Node, ...]:
    """The nodes, of which those that read nothing of other nodes make a new result; the `late`
    variables are of loops over what other nodes make.

    What no other run answers is made anew in any case, and not twice where a run is gone on with.
    """

    def of(node: Node) -> Node:
        read = [reference for value in expressions(node) for reference in references(value)]
        is_source = not any(isinstance(r, PortRef) or r.name in late for r in read)
        if isinstance(node, Task):
            pure = node.settings.cache.enabled and not node.settings.effects
            return replace(node, refresh=is_source and pure)
        own = {node.variable} if isinstance(node, Map) and not is_source else frozenset[str]()
        return in_blocks(node, lambda inner: _refreshed(inner, late | own))

    return tuple(map(of, nodes))
