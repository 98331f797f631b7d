"""The graph's invariants, checked after every pass: a broken one is a mistake of ours."""

from __future__ import annotations

from typing import assert_never

from .graph import Graph
from .values import (
    Gate,
    NodeId,
    ParameterRef,
    PortRef,
    Select,
    Task,
    expressions,
    references,
)


class GraphFault(Exception):  # noqa: N818  (a fault, not an error of the user's)
    """A pass or the lowering made a graph that breaks an invariant."""


def verify(graph: Graph, after: str) -> None:
    """Raises `GraphFault` unless ids are unique, nodes stand in topological order, every reference
    finds its port or parameter, and every task binds exactly its definition's inputs in order."""
    parameters = {parameter.name for parameter in graph.parameters}
    ports: dict[NodeId, frozenset[str]] = {}

    def fault(what: str) -> GraphFault:
        return GraphFault(f"after {after}: {what}")

    def seen(reference: ParameterRef | PortRef, reader: str) -> None:
        match reference:
            case ParameterRef(_, name):
                if name not in parameters and not name.startswith("run."):
                    raise fault(f"{reader} reads the parameter {name}, which is not there")
            case PortRef(_, node, port):
                if node not in ports:
                    raise fault(f"{reader} reads {node}, which does not stand before it")
                if port not in ports[node]:
                    raise fault(f"{reader} reads {node}.{port}, which {node} does not give")

    for node in graph.nodes:
        for expression in expressions(node):
            for reference in references(expression):
                seen(reference, node.id)
        for need in node.after:
            if need not in ports:
                raise fault(f"{node.id} waits for {need}, which does not stand before it")
        match node:
            case Task(definition=definition, arguments=arguments, aliases=aliases):
                wanted = tuple(port.name for port in definition.inputs)
                given = tuple(name for name, _ in arguments)
                if wanted != given:
                    raise fault(f"{node.id} binds {given}, its step declares {wanted}")
                names = frozenset(port.name for port in definition.outputs)
                own: tuple[NodeId, ...] = (node.id, *aliases)
            case Gate():
                names, own = frozenset(), (node.id,)
            case Select(outputs=outputs):
                names, own = frozenset(name for name, _ in outputs), (node.id,)
            case _:
                assert_never(node)
        for name in own:
            if name in ports:
                raise fault(f"two nodes are called {name}")
            ports[name] = names
    for output in graph.outputs:
        for reference in references(output.value):
            seen(reference, f"output {output.name}")
