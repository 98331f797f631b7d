"""A graph as JSON: every node and every edge, for programs that draw or check it."""

from __future__ import annotations

from ..ir.graph import Graph
from ..ir.nodes import (
    Approval,
    Gate,
    Node,
    Task,
    expressions,
)
from ..ir.values import Json, PortRef, references
from ..plan import kind_of
from ..types.types import show
from .groups import Group, groups_of, plain
from .picture import ports_of


def listing(graph: Graph) -> dict[str, Json]:
    """The object that `mlp graph --format json` prints; edges that others imply included.

    `inside` is the innermost block, called pipeline or hook that a node stands in.
    """
    groups = groups_of(graph)
    return {
        "version": 1,
        "pipeline": graph.name,
        "parameters": [{"name": p.name, "type": show(p.type)} for p in graph.parameters],
        "nodes": [_node(node, inside) for node, inside in groups.placed],
        "groups": [_group(group) for group in groups.table.values()],
        "edges": [edge for node, _ in groups.placed for edge in _edges(node)],
        "outputs": [
            {
                "name": output.name,
                "type": show(output.type),
                "reads": [
                    {"node": node, "port": port}
                    for node, port in dict.fromkeys(
                        (r.node, r.port) for r in references(output.value) if isinstance(r, PortRef)
                    )
                ],
            }
            for output in graph.outputs
        ],
    }


def _group(group: Group) -> Json:
    return {"id": group.id, "kind": group.kind, "title": group.title, "inside": group.inside}


def _node(node: Node, inside: str | None) -> Json:
    text = f"expect {node.text}" if isinstance(node, Gate) else None
    if isinstance(node, Approval):
        text = f"approve {plain(node.message)}"
    return {
        "id": node.id,
        "kind": kind_of(node),
        "step": node.definition.name if isinstance(node, Task) else None,
        "outputs": [{"name": name, "type": type_} for name, type_ in ports_of(node)],
        "aliases": [*node.aliases] if isinstance(node, Task) else [],
        "text": text,
        "inside": inside,
    }


def _edges(node: Node) -> list[Json]:
    ports = dict.fromkeys(
        (r.node, r.port)
        for expression in expressions(node)
        for r in references(expression)
        if isinstance(r, PortRef)
    )
    edges: list[Json] = [
        {"from": source, "to": node.id, "kind": "data", "port": port} for source, port in ports
    ]
    return edges + [
        {"from": need, "to": node.id, "kind": "order", "port": None}
        for need in dict.fromkeys((*node.after, *node.gates))
    ]
