"""Runs passes in order and verifies what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...runtime.dataclass import dataclass
from ..ir.graph import Graph
from ..ir.verify import verify


@dataclass(frozen=True, slots=True)
class Pass:
    """A function from graph to graph under the name that `--dump-ir=NAME` takes."""

    name: str
    apply: Callable[[Graph], Graph]


def run(
    graph: Graph, passes: Sequence[Pass], after: Callable[[str, Graph], None] | None = None
) -> Graph:
    """The graph after all passes; `after` sees it behind each one, verified.

    Raises `GraphFault` when a pass breaks the graph: that is a mistake of ours.
    """
    for each in passes:
        graph = each.apply(graph)
        if after is not None:
            verify(graph, each.name)
            after(each.name, graph)
    if after is None:
        verify(graph, "all passes")
    return graph
