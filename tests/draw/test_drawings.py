"""Drawings show all of a graph, whatever its names, and never flicker."""

from __future__ import annotations

import json
import re

import pytest
from draw.graphs import HERE, awkward, flights
from hypothesis import given, settings
from ir.graphs import graphs

from millpond.compiler.draw.groups import starred
from millpond.compiler.draw.listing import listing
from millpond.compiler.draw.mermaid import mermaid
from millpond.compiler.draw.picture import Kind, picture
from millpond.compiler.draw.tree import tree
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import data_needs
from millpond.compiler.ir.text import from_text

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
    names = list(dict.fromkeys(starred(node.id) for node in graph.everything()))
    boxes = [box for box in drawn.boxes if box.kind is not Kind.OUTPUT]
    assert sorted(box.id for box in boxes) == sorted(names)
    table = {group.id: group for group in drawn.groups}
    assert all(group.inside is None or group.inside in table for group in drawn.groups)
    alone = {box.id for box in boxes if box.inside is None}
    alone |= {group.id for group in drawn.groups if group.inside is None}
    assert sorted(id_ for layer in drawn.layers for id_ in layer) == sorted(alone)
    text, chart = tree(drawn), mermaid(drawn)
    for box in boxes:
        own = box.id if box.inside is None else box.id.removeprefix(table[box.inside].prefix)
        if box.inside != box.id:
            assert re.search(rf"[●◆○] {re.escape(own)}\b", text)
        assert f"  {identifier(box.id)}" in chart
    for group in drawn.groups:
        assert group.title in text
    assert chart.count("subgraph ") == chart.count("  end\n") == len(drawn.groups)
    assert text.count("■ o") >= len(graph.outputs)


@settings(max_examples=40)
@given(graphs())
def test_what_stands_in_no_group_is_layered_by_depth(graph: Graph) -> None:
    drawn = picture(graph)
    depth = {id_: level for level, layer in enumerate(drawn.layers) for id_ in layer}
    table = {group.id: group for group in drawn.groups}

    def whole(box: str) -> str:
        inside = drawn.box(box).inside
        while inside is not None:
            box, inside = inside, table[inside].inside
        return box

    for arrow in drawn.arrows:
        if drawn.box(arrow.target).kind is not Kind.OUTPUT:
            above, below = whole(arrow.source), whole(arrow.target)
            assert above == below or depth[above] < depth[below]


@settings(max_examples=40)
@given(graphs())
def test_arrows_that_are_left_out_are_implied(graph: Graph) -> None:
    above: dict[str, set[str]] = {}
    arrows = {(arrow.source, arrow.target) for arrow in picture(graph).arrows}
    for node in graph.everything():
        name = starred(node.id)
        direct = {source for source, target in arrows if target == name}
        found = direct.union(*(above.get(source, set()) for source in direct))
        above[name] = above.get(name, set()) | found
        waits = {starred(need) for need in (*data_needs(node), *node.after, *node.gates)}
        assert waits - {name} <= above[name]


LOOPS = """
pipeline p(limit: Float = 0.5)
  step list python "m:list" () -> (rates: List[Float])
  step fit python "m:fit" (rate: Float) -> (auc: Float)
  step post shell "true" (auc: Float) -> (id: String)
  %listed = list()
  %trials = for $rate in %listed.rates gives List[Float] do
    %"trials[*].m" = fit(rate = $rate)
    %"trials[*].sub.first" = fit(rate = %"trials[*].m".auc)
    yield %"trials[*].sub.first".auc
  end
  %"d[2026-01-01].m" = fit(rate = 0.5)
  %"d[2026-01-02].m" = fit(rate = %"d[2026-01-01].m".auc)
  %d = join partition gives List[Json] do
    "2026-01-01": %"d[2026-01-01].m" yield %"d[2026-01-01].m".auc
    "2026-01-02": %"d[2026-01-02].m" yield %"d[2026-01-02].m".auc
  end
  %r = when (%trials.yield)[0] > $limit gives String? do
    %approve_1 = approve text("go on with ", (%trials.yield)[0], "?")
    %"r.post" = post(auc = 0.5) behind %approve_1
    yield %"r.post".id
  else do
    %"r.else.post" = post(auc = 0.1)
    yield %"r.else.post".id
  end
  on failure do
    %"on_failure.post" = post(auc = 0.0)
  end
  output id: String? = %r.yield
  output all: List[Float] = gather(%"d[2026-01-01].m".auc, %"d[2026-01-02].m".auc)
"""
SHOWN = """\
p(limit: Float)
├─ 1
│  ├─ ● listed = list
│  │  └─ rates: List[Float] ──▶ trials
│  └─ ▣ d: partition
│     ├─ ● m = fit
│     │  └─ auc: Float ──▶ d, ■ all
│     └─ yield: List[Json]
├─ 2
│  └─ ▣ trials: for rate in listed.rates
│     ├─ ● m = fit
│     │  └─ auc: Float ──▶ trials[*].sub.first
│     ├─ ▤ sub
│     │  └─ ● first = fit
│     │     └─ auc: Float ──▶ trials
│     └─ yield: List[Float] ──▶ r, ◆ approve_1
├─ 3
│  └─ ◇ r: when
│     ├─ when trials.yield[0] > limit
│     │  ├─ ◆ approve_1: approve go on with {trials.yield[0]}?, else fail
│     │  │  └─ holds back ──▶ r.post
│     │  └─ ● r.post = post
│     │     └─ id: String ──▶ r
│     ├─ else
│     │  └─ ● r.else.post = post
│     │     └─ id: String ──▶ r
│     └─ yield: String? ──▶ ■ id
├─ at the end
│  └─ on failure
│     └─ ● post = post
│        └─ id: String
└─ outputs
   ├─ ■ id: String? = r.yield
   └─ ■ all: List[Float] = gather("d[*].m".auc)
"""


def test_blocks_called_pipelines_and_hooks_stand_around_their_nodes() -> None:
    assert tree(picture(from_text(LOOPS))) == SHOWN


def test_the_listing_says_what_stands_where() -> None:
    found = json.loads(json.dumps(listing(from_text(LOOPS))))
    assert {n["id"]: n["inside"] for n in found["nodes"]} == {
        "listed": None,
        "trials": "trials",
        "trials[*].m": "trials",
        "trials[*].sub.first": "trials[*].sub()",
        "d[2026-01-01].m": "d",
        "d[2026-01-02].m": "d",
        "d": "d",
        "r": "r",
        "approve_1": "r 0",
        "r.post": "r 0",
        "r.else.post": "r 1",
        "on_failure.post": "hook on failure",
    }
    assert [(g["id"], g["kind"], g["inside"]) for g in found["groups"]] == [
        ("trials", "map", None),
        ("trials[*].sub()", "pipeline", "trials"),
        ("d", "map", None),
        ("r", "branch", None),
        ("r 0", "arm", "r"),
        ("r 1", "arm", "r"),
        ("hook on failure", "hook", None),
    ]
    approval = next(n for n in found["nodes"] if n["id"] == "approve_1")
    assert (approval["kind"], approval["text"]) == ("gate", "approve go on with {trials.yield[0]}?")


CALLED = """
pipeline p(n: Int = 1)
  step plus shell "true" (n: Int) -> (m: Int)
  %"first.a" = plus(n = $n)
  %for_1 = for $x in [$n, 2] do
    %"for_1[*].sub.a" = plus(n = $x)
  end
  on success of %first holding %"first.a" do
    %"first.z" = plus(n = 0)
  end
  on finally of %first holding %"first.a" do
    %"first.finally.plus" = plus(n = 0)
  end
  on success do
    %"on_success.plus" = plus(n = 0)
  end
"""


def test_hooks_of_called_pipelines_stand_in_them() -> None:
    graph = from_text(CALLED)
    assert {g["id"]: g["inside"] for g in listing(graph)["groups"]} == {
        "first()": None,
        "for_1": None,
        "for_1[*].sub()": "for_1",
        "hook first.on success": "first()",
        "hook first.finally": "first()",
        "hook on success": None,
    }
    assert picture(graph).layers[-1] == ("hook on success",)


def identifier(name: str) -> str:
    """What Mermaid calls a box."""
    return "n_" + re.sub(
        r"[^A-Za-z0-9]", lambda m: "__" if m[0] == "_" else f"_{ord(m[0]):x}_", name
    )
