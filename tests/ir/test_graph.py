"""The graph's own arithmetic: what needs what, reductions, layers, and the verifier's eye."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir.graphs import graphs

from millpond.compiler.ir.graph import Graph, dependants, reduced
from millpond.compiler.ir.nodes import Gate, Task, needs
from millpond.compiler.ir.text import from_text
from millpond.compiler.ir.values import Literal, NodeId, ParameterRef, PortRef
from millpond.compiler.ir.verify import GraphFault, verify
from millpond.compiler.types.types import BOOL, FLOAT, INT


@st.composite
def relations(draw: st.DrawFn) -> dict[str, list[str]]:
    """Who waits for whom, in topological order, with repeats."""
    waits: dict[str, list[str]] = {}
    for index in range(draw(st.integers(0, 12))):
        above = st.lists(st.sampled_from([*waits]), max_size=5) if waits else st.just([])
        waits[f"n{index}"] = draw(above)
    return waits


@given(relations())
def test_reduced_is_the_transitive_reduction(waits: dict[str, list[str]]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(waits)
    graph.add_edges_from((node, need) for node, needed in waits.items() for need in needed)
    short = reduced(waits)
    assert {(n, m) for n, kept in short.items() for m in kept} == set(
        nx.transitive_reduction(graph).edges
    )
    for node, kept in short.items():
        assert [*kept] == [need for need in dict.fromkeys(waits[node]) if need in kept]


@given(graphs())
def test_dependants_agree_with_needs(graph: Graph) -> None:
    below = dependants(graph)
    assert below.keys() == {node.id for node in graph.nodes}
    for node in graph.nodes:
        assert all(node.id in below[need] for need in needs(node))
    assert sum(map(len, below.values())) == sum(len(needs(node)) for node in graph.nodes)


SOUND = """
pipeline p(floor: Float)
  step load shell "true" () -> (rows: Int)
  step fit shell "true" (rows: Int, rounds: Int) -> (auc: Float)
  %loaded = load() alias %again
  %fitted = fit(rows = %loaded.rows, rounds = 1)
  %expect_1 = expect %fitted.auc > $floor else fail as "auc > floor"
  %select_1 = { more = %fitted.auc + $floor } after %expect_1
  output auc: Float = %select_1.more
"""


def changed(graph: Graph, name: str, **fields: object) -> Graph:
    return graph.with_nodes(
        tuple(
            replace(node, **fields) if node.id == name else node  # type: ignore[arg-type]
            for node in graph.nodes
        )
    )


def _task(graph: Graph, name: str) -> Task:
    node = graph.by_id()[NodeId(name)]
    assert isinstance(node, Task)
    return node


def _condition(graph: Graph, **fields: object) -> Graph:
    return changed(graph, "expect_1", **fields)


def _argument(graph: Graph, node: str, port: str) -> Graph:
    arguments = (("rows", PortRef(INT, NodeId(node), port)), ("rounds", Literal(INT, 1)))
    return changed(graph, "fitted", arguments=arguments)


FAULTS: dict[str, tuple[Callable[[Graph], Graph], str]] = {
    "order": (lambda g: g.with_nodes(g.nodes[::-1]), "which does not stand before it"),
    "a node that is gone": (lambda g: g.with_nodes(g.nodes[1:]), "fitted reads loaded"),
    "a port that is not there": (lambda g: _argument(g, "loaded", "cols"), "does not give"),
    "a node that reads itself": (lambda g: _argument(g, "fitted", "auc"), "fitted reads fitted"),
    "an output of a gate": (
        lambda g: changed(
            g, "select_1", outputs=(("more", PortRef(BOOL, NodeId("expect_1"), "message")),)
        ),
        "does not give",
    ),
    "a parameter that is not there": (
        lambda g: _condition(g, condition=ParameterRef(BOOL, "strict")),
        "reads the parameter strict",
    ),
    "a message with a fault": (
        lambda g: _condition(g, message=ParameterRef(BOOL, "strict")),
        "reads the parameter strict",
    ),
    "an output with a fault": (
        lambda g: replace(
            g, outputs=(replace(g.outputs[0], value=PortRef(FLOAT, NodeId("gone"), "auc")),)
        ),
        "output auc reads gone",
    ),
    "waiting for what comes later": (
        lambda g: changed(g, "loaded", after=(NodeId("fitted"),)),
        "loaded waits for fitted",
    ),
    "two of one name": (lambda g: changed(g, "fitted", id=NodeId("loaded")), "two nodes"),
    "an alias that is a node": (
        lambda g: changed(g, "fitted", aliases=(NodeId("again"),)),
        "two nodes are called again",
    ),
    "an argument too few": (
        lambda g: changed(g, "fitted", arguments=_task(g, "fitted").arguments[:1]),
        "its step declares",
    ),
    "arguments in another order": (
        lambda g: changed(g, "fitted", arguments=_task(g, "fitted").arguments[::-1]),
        "its step declares",
    ),
}


def test_a_sound_graph_passes() -> None:
    verify(from_text(SOUND), "reading")


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    plant, words = FAULTS[name]
    with pytest.raises(GraphFault, match=f"after planting: .*{words}"):
        verify(plant(from_text(SOUND)), "planting")


@given(graphs())
def test_without_any_one_node_that_is_read_no_graph_is_sound(graph: Graph) -> None:
    for position, node in enumerate(graph.nodes):
        if dependants(graph)[node.id]:
            rest = (*graph.nodes[:position], *graph.nodes[position + 1 :])
            with pytest.raises(GraphFault):
                verify(graph.with_nodes(rest), "cutting")


def test_aliases_find_their_node() -> None:
    graph = from_text(SOUND)
    assert graph.by_id()[NodeId("again")] is graph.nodes[0]
    assert [type(node) for node in graph.by_id().values()].count(Gate) == 1
