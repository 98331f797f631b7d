"""Picture: what every drawing shows of a graph: boxes, groups of boxes, arrows between boxes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from ...runtime.dataclass import dataclass
from ..ir.graph import Graph, reduced
from ..ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Output,
    Select,
    Task,
    blocks,
    data_needs,
    expressions,
    needs,
    walk,
)
from ..ir.nodes import ports_of as typed_ports
from ..ir.values import Expr, NodeId, PortRef, references
from ..plan import kind_of
from ..types.types import show
from .groups import Group, Groups, groups_of, heading, outermost, plain, starred


class Kind(StrEnum):
    TASK = "task"
    GATE = "gate"
    HELPER = "helper"
    MAP = "map"
    BRANCH = "branch"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or an output of the pipeline. `about` says which step or what kind of gate it is;
    `ports` are the names and types of what it gives; `inside` is the group that it stands in.

    A block has a box in its own group: what goes through it comes in there, and goes out.
    """

    id: str
    kind: Kind
    title: str
    about: str
    ports: tuple[tuple[str, str], ...]
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """All that goes from one box to another: the ports that are read, none for mere order."""

    source: str
    target: str
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in the order written, outputs last; groups outermost first; `layers` are the ids of
    the boxes and groups that stand in no group, by depth."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    groups: tuple[Group, ...]
    arrows: tuple[Arrow, ...]
    layers: tuple[tuple[str, ...], ...]

    def box(self, id_: str) -> Box:
        return next(box for box in self.boxes if box.id == id_)


def picture(graph: Graph) -> Picture:
    """What to draw. Arrows of order that others imply are left out; nodes that one node of a loop
    or partition was expanded to are one box."""
    groups = groups_of(graph)
    boxes: dict[str, Box] = {}
    for node, inside in groups.placed:
        box = _box(node, inside, groups)
        boxes.setdefault(box.id, box)
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for source, target, ports in _arrows(graph):
        if source != target:
            arrows.setdefault((source, target), {}).update(dict.fromkeys(ports))
    for output in graph.outputs:
        box = _output(output)
        boxes[box.id] = box
        for source, ports in _ports_by_node([output.value]).items():
            shown = dict(boxes[starred(source)].ports)
            arrows[starred(source), box.id] = {port: None for port in ports if port in shown}
    drawn = tuple(Arrow(a, b, tuple(ports)) for (a, b), ports in arrows.items())
    return Picture(
        name=graph.name,
        parameters=tuple((p.name, show(p.type)) for p in graph.parameters),
        boxes=tuple(boxes.values()),
        groups=tuple(groups.table.values()),
        arrows=drawn,
        layers=_layers(graph, groups),
    )


def _arrows(graph: Graph) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every arrow as it stands in the graph: from, to, and the ports that are read."""
    everything = list(graph.everything())
    # what a join holds is drawn around it
    waits: dict[str, tuple[NodeId, ...]] = {
        node.id: tuple(dict.fromkeys((*data_needs(node), *node.after, *node.gates)))
        for node in everything
    }
    short = reduced(waits)
    gates = {node.id for node in everything if isinstance(node, Gate | Approval)}
    for node in everything:
        read = list(expressions(node))
        read += [block.result for block in blocks(node) if block.result is not None]
        ports = _ports_by_node(read)
        for need in dict.fromkeys((*waits[node.id], *ports)):
            if need in ports or need in short[node.id]:
                read_of = () if need in gates else ports.get(need, ())
                yield starred(need), starred(node.id), read_of


def _ports_by_node(read: list[Expr]) -> dict[NodeId, tuple[str, ...]]:
    """The ports that expressions read, each once, by their nodes."""
    found: dict[NodeId, dict[str, None]] = {}
    for expression in read:
        for reference in references(expression):
            if isinstance(reference, PortRef):
                found.setdefault(reference.node, {})[reference.port] = None
    return {node: tuple(ports) for node, ports in found.items()}


def output_id(output: Output) -> str:
    """Output names are a space of their own, so no node is called so."""
    return f"output {output.name}"


def ports_of(node: Node) -> tuple[tuple[str, str], ...]:
    """What a node gives: names and types as a user writes them. Gates give nothing but way."""
    if isinstance(node, Gate | Approval):
        return ()
    return tuple((name, show(type_)) for name, type_ in typed_ports(node))


def _box(node: Node, inside: str | None, groups: Groups) -> Box:
    own, id_, kind = groups.own_name(node.id, inside), starred(node.id), Kind(kind_of(node))
    ports = ports_of(node)
    match node:
        case Task():
            others = dict.fromkeys(starred(alias) for alias in node.aliases)
            others.pop(id_, None)
            also = f" (also {', '.join(others)})" if others else ""
            return Box(id_, kind, f"{own}{also}", node.definition.name, ports, inside)
        case Gate():
            return Box(id_, kind, node.text, f"expect, else {node.policy}", ports, inside)
        case Approval():
            return Box(id_, kind, plain(node.message), "approve, else fail", ports, inside)
        case Select():
            return Box(id_, kind, own, "helper", ports, inside)
        case Map() | Branch() | Join():
            return Box(id_, kind, _block_name(id_, inside, groups), heading(node), ports, inside)
        case _:
            assert_never(node)


def _block_name(id_: str, inside: str | None, groups: Groups) -> str:
    """A block's name beside those around it; it stands in its own group."""
    around = None if inside is None else groups.table[inside].inside
    return id_ if around is None else id_.removeprefix(groups.table[around].prefix)


def _output(output: Output) -> Box:
    title = f"{output.name}: {show(output.type)}"
    return Box(output_id(output), Kind.OUTPUT, title, plain(output.value), ())


def _layers(graph: Graph, groups: Groups) -> tuple[tuple[str, ...], ...]:
    """What stands in no group, by how much comes before it."""
    item: dict[str, str] = {}
    for node, inside in groups.placed:
        whole = starred(node.id) if inside is None else list(outermost(inside, groups.table))[-1]
        item.setdefault(starred(node.id), whole)
    depth: dict[str, int] = {}
    for node in graph.nodes:
        own = item[starred(node.id)]
        above = [
            depth[item[starred(need)]] + 1
            for inner in walk((node,))
            for need in needs(inner)
            if item[starred(need)] != own
        ]
        depth[own] = max([depth.get(own, 0), *above])
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for whole, level in depth.items():
        layers[level].append(whole)
    hooks = [g.id for g in groups.table.values() if g.kind == "hook" and g.inside is None]
    return tuple(map(tuple, [*layers, *([hooks] if hooks else [])]))
