"""Picture: what every drawing shows of a graph, boxes and the arrows between them."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from ...runtime.dataclass import dataclass
from ..ir.graph import Graph, reduced
from ..ir.text import expression_text
from ..ir.values import (
    YIELD,
    Approval,
    Branch,
    Expr,
    Gate,
    Join,
    Map,
    Node,
    NodeId,
    Output,
    PortRef,
    Select,
    Task,
    data_needs,
    expressions,
    needs,
    references,
)
from ..types.types import show


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
    `ports` are the names and types of what it gives."""

    id: str
    kind: Kind
    title: str
    about: str
    ports: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """All that goes from one box to another: the ports that are read, none for mere order."""

    source: str
    target: str
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in the order written, outputs last; `layers` are the ids of nodes by depth."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    layers: tuple[tuple[str, ...], ...]

    def box(self, id_: str) -> Box:
        return next(box for box in self.boxes if box.id == id_)


def picture(graph: Graph) -> Picture:
    """What to draw. Arrows of order that others imply are left out."""
    short = reduced({node.id: needs(node) for node in graph.nodes})
    arrows = [
        Arrow(need, node.id, _read(tuple(expressions(node)), need))
        for node in graph.nodes
        for need in needs(node)
        if need in data_needs(node) or need in short[node.id]
    ]
    boxes = [_box(node) for node in graph.nodes]
    for output in graph.outputs:
        boxes.append(_output(output))
        sources = dict.fromkeys(r.node for r in references(output.value) if isinstance(r, PortRef))
        arrows += [
            Arrow(source, output_id(output), _read((output.value,), source)) for source in sources
        ]
    return Picture(
        name=graph.name,
        parameters=tuple((p.name, show(p.type)) for p in graph.parameters),
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        layers=_layers(graph),
    )


def output_id(output: Output) -> str:
    """Output names are a space of their own, so no node is called so."""
    return f"output {output.name}"


def ports_of(node: Node) -> tuple[tuple[str, str], ...]:
    """What a node gives: names and types as a user writes them."""
    match node:
        case Task(definition=definition):
            return tuple((port.name, show(port.type)) for port in definition.outputs)
        case Select(outputs=outputs):
            return tuple((name, show(value.type)) for name, value in outputs)
        case Map(type=type_) | Branch(type=type_) | Join(type=type_):
            return () if type_ is None else ((YIELD, show(type_)),)
        case Gate() | Approval():
            return ()
        case _:
            assert_never(node)


def _box(node: Node) -> Box:
    match node:
        case Task():
            also = f" (also {', '.join(node.aliases)})" if node.aliases else ""
            return Box(node.id, Kind.TASK, f"{node.id}{also}", node.definition.name, ports_of(node))
        case Gate():
            return Box(node.id, Kind.GATE, node.text, f"expect, else {node.policy}", ())
        case Select():
            return Box(node.id, Kind.HELPER, node.id, "helper", ports_of(node))
        case Approval():
            return Box(node.id, Kind.GATE, _plain(node.message), "approve, else fail", ())
        case Map():
            about = f"for {node.variable} in {_plain(node.items)}"
            return Box(node.id, Kind.MAP, node.id, about, ports_of(node))
        case Branch() | Join(kind="when"):
            return Box(node.id, Kind.BRANCH, node.id, "when", ports_of(node))
        case Join():
            return Box(node.id, Kind.MAP, node.id, node.kind, ports_of(node))
        case _:
            assert_never(node)


def _output(output: Output) -> Box:
    title = f"{output.name}: {show(output.type)}"
    return Box(output_id(output), Kind.OUTPUT, title, _plain(output.value), ())


def _plain(expression: Expr) -> str:
    return expression_text(expression).replace("%", "").replace("$", "")


def _read(read: tuple[Expr, ...], source: NodeId) -> tuple[str, ...]:
    """The ports of one node that expressions read, each once."""
    return tuple(
        dict.fromkeys(
            reference.port
            for expression in read
            for reference in references(expression)
            if isinstance(reference, PortRef) and reference.node == source
        )
    )


def _layers(graph: Graph) -> tuple[tuple[str, ...], ...]:
    depth: dict[NodeId, int] = {}
    layers: list[list[str]] = []
    for node in graph.nodes:
        level = max((depth[need] + 1 for need in needs(node)), default=0)
        depth[node.id] = level
        if level == len(layers):
            layers.append([])
        layers[level].append(node.id)
    return tuple(map(tuple, layers))
