"""Drawings show all of a graph, whatever its names, and never flicker."""

from __future__ import annotations

import json
import re

import networkx as nx
import pytest
from draw.graphs import HERE, awkward, flights
from hypothesis import given, settings
from ir.graphs import graphs

from millpond.compiler.draw.listing import listing
from millpond.compiler.draw.mermaid import mermaid
from millpond.compiler.draw.picture import Kind, picture
from millpond.compiler.draw.tree import tree
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.values import needs

BOTH = [pytest.param(flights(), id="flights"), pytest.param(awkward(), id="awkward")]


def test_the_tree_of_the_flights() -> None:
    assert tree(picture(flights())) == (HERE / "flights.tree.txt").read_text(encoding="utf-8")


def test_the_flowchart_of_the_flights() -> None:
    assert mermaid(picture(flights())) == (HERE / "flights.mmd").read_text(encoding="utf-8")


@pytest.mark.parametrize("graph", BOTH)
def test_a_flowchart_is_made_of_lines_that_mermaid_reads(graph: Graph) -> None:
    first, *lines = mermaid(picture(graph)).splitlines()
    assert first == "flowchart TB"
    text = r'"[^"]*"'
    box = re.compile(rf"  (n_\w+)(?:\[{text}\]|\{{{text}\}}|\(\[{text}\]\)|\[\[{text}\]\])")
    arrow = re.compile(rf"  (n_\w+) (?:-\.->|-->\|{text}\|) (n_\w+)")
    boxes = [found[1] for line in lines if (found := box.fullmatch(line))]
    arrows = [found.groups() for line in lines if (found := arrow.fullmatch(line))]
    assert len(boxes) + len(arrows) == len(lines)
    assert len(set(boxes)) == len(boxes) == len(graph.nodes) + len(graph.outputs)
    assert {end for ends in arrows for end in ends} <= set(boxes)
    for label in re.findall(r'"([^"]*)"', "".join(lines)):
        assert not re.search(r"[&<>`\\]", label.replace("<br/>", ""))


def test_the_listing_of_the_awkward() -> None:
    found = json.loads(json.dumps(listing(awkward())))
    assert found["version"] == 1
    assert found["pipeline"] == "end"
    assert found["parameters"] == [{"name": "a", "type": '"x" | "<&>"'}]
    assert [(n["id"], n["kind"], n["step"]) for n in found["nodes"]] == [
        ("end", "task", "graph"),
        ("a b", "task", "graph"),
        ("a__b", "task", "graph"),
        ("expect_1", "gate", None),
        ("学习", "task", "graph"),
    ]
    assert found["nodes"][1]["aliases"] == ["a;c"]
    assert found["nodes"][0]["outputs"][0] == {"name": "out <&>", "type": "Map[String, Int]"}
    assert [(e["from"], e["to"], e["kind"], e["port"]) for e in found["edges"]] == [
        ("end", "a b", "data", "b"),
        ("end", "a__b", "order", None),
        ("a b", "a__b", "order", None),
        ("end", "expect_1", "data", "b"),
        ("a b", "学习", "data", "b"),
        ("expect_1", "学习", "order", None),
        ("end", "学习", "order", None),
    ]
    assert found["outputs"] == [
        {
            "name": "end",
            "type": "Int",
            "reads": [{"node": "end", "port": "b"}, {"node": "a b", "port": "b"}],
        },
        {"name": "constant", "type": "Int", "reads": []},
    ]


@settings(max_examples=40)
@given(graphs())
def test_every_node_is_in_every_drawing(graph: Graph) -> None:
    drawn = picture(graph)
    assert [box.id for box in drawn.boxes if box.kind is not Kind.OUTPUT] == [
        node.id for node in graph.nodes
    ]
    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(node.id for node in graph.nodes)
    whole.add_edges_from((need, node.id) for node in graph.nodes for need in needs(node))
    assert [{*layer} for layer in drawn.layers] == list(map(set, nx.topological_generations(whole)))
    text, chart = tree(drawn), mermaid(drawn)
    for node in graph.nodes:
        assert re.search(rf"[●◆] {node.id}\b", text)
        assert f"n_{node.id.replace('_', '__')}" in chart
    assert text.count("■ o") >= len(graph.outputs)


@settings(max_examples=40)
@given(graphs())
def test_arrows_that_are_left_out_are_implied(graph: Graph) -> None:
    above: dict[str, set[str]] = {}
    arrows = {(arrow.source, arrow.target) for arrow in picture(graph).arrows}
    for node in graph.nodes:
        direct = {source for source, target in arrows if target == node.id}
        above[node.id] = direct.union(*(above[source] for source in direct))
        assert set(needs(node)) <= above[node.id]
