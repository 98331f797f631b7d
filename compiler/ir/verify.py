"""The graph's invariants, checked after every pass: a broken one is a mistake of ours."""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.dataclass import dataclass, field
from .graph import Graph
from .nodes import (
    Approval,
    Block,
    Gate,
    Hook,
    Join,
    Map,
    Node,
    Task,
    all_ids,
    blocks,
    expressions,
    ports_of,
)
from .values import (
    Expr,
    NodeId,
    ParameterRef,
    PortRef,
    references,
)


class GraphFault(Exception):  # noqa: N818  (a fault, not an error of the user's)
    """A pass or the lowering made a graph that breaks an invariant."""


def verify(graph: Graph, after: str) -> None:
    """Raises `GraphFault` unless ids are unique, blocks and hooks included; nodes stand in
    topological order, members before their join; every reference finds its port or parameter in
    its own block or around it; and every task binds exactly its definition's inputs in order."""
    scope = _Scope(after, {parameter.name for parameter in graph.parameters})
    scope.nodes(graph.nodes)
    for output in graph.outputs:
        scope.read(output.value, f"output {output.name}")
    for hook in graph.hooks:
        scope.hook(hook)


@dataclass(slots=True)
class _Scope:
    """What may be read at one place: parameters, and the ports of nodes that stand before it.

    `ids` has every id of the graph so far; `gates` those that guard; `held` members of joins.
    """

    after: str
    parameters: set[str]
    ports: dict[NodeId, frozenset[str]] = field(default_factory=dict)
    ids: set[NodeId] = field(default_factory=set)
    gates: set[NodeId] = field(default_factory=set)
    held: set[NodeId] = field(default_factory=set)

    def fault(self, what: str) -> GraphFault:
        return GraphFault(f"after {self.after}: {what}")

    def read(self, expression: Expr, reader: str) -> None:
        for reference in references(expression):
            match reference:
                case ParameterRef(_, name):
                    if name not in self.parameters and not name.startswith("run."):
                        raise self.fault(f"{reader} reads the parameter {name}, which is not there")
                case PortRef(_, node, port):
                    if node not in self.ports:
                        raise self.fault(f"{reader} reads {node}, which does not stand before it")
                    if port not in self.ports[node]:
                        raise self.fault(
                            f"{reader} reads {node}.{port}, which {node} does not give"
                        )

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.node(node)

    def node(self, node: Node) -> None:
        for expression in expressions(node):
            self.read(expression, node.id)
        for need in (*node.after, *node.gates):
            if need not in self.ports:
                raise self.fault(f"{node.id} waits for {need}, which does not stand before it")
        for gate in node.gates:
            if gate not in self.gates:
                raise self.fault(f"{node.id} stands behind {gate}, which is no gate")
        match node:
            case Task(definition=definition, arguments=arguments):
                wanted = tuple(port.name for port in definition.inputs)
                given = tuple(name for name, _ in arguments)
                if wanted != given:
                    raise self.fault(f"{node.id} binds {given}, its step declares {wanted}")
            case Gate() | Approval():
                self.gates.add(node.id)
            case Join():
                self.join(node)
            case _:
                pass
        variable = node.variable if isinstance(node, Map) else None
        if variable in self.parameters:
            raise self.fault(f"{node.id} hides the parameter {variable}")
        if variable is not None:
            self.parameters.add(variable)
        for block in blocks(node):
            self.block(block, node.id)
        if variable is not None:
            self.parameters.remove(variable)
        for name in all_ids(node):
            if name in self.ids:
                raise self.fault(f"two nodes are called {name}")
            self.ids.add(name)
            self.ports[name] = frozenset(port for port, _ in ports_of(node))

    def join(self, join: Join) -> None:
        for limb in join.limbs:
            for member in limb.members:
                if member not in self.ports:
                    raise self.fault(f"{join.id} holds {member}, which does not stand before it")
                if member in self.held:
                    raise self.fault(f"{member} is held twice")
                self.held.add(member)

    def hook(self, hook: Hook) -> None:
        """A hook stands where its pipeline is called, behind all nodes of the call."""
        if (hook.call is None) != (not hook.members):
            raise self.fault(f"on {hook.event} holds {hook.members} of the call {hook.call}")
        for member in hook.members:
            if member not in self.ports:
                raise self.fault(f"the call {hook.call} holds {member}, which does not stand there")
        self.block(Block(hook.nodes, None), f"on {hook.event}")

    def block(self, block: Block, owner: str) -> None:
        """A block's nodes are there for each other alone."""
        outside = len(self.ports)
        self.nodes(block.nodes)
        for hook in block.hooks:
            if hook.call is None:
                raise self.fault(f"{owner} has a hook on {hook.event} that is of no call")
            self.hook(hook)
        if block.result is not None:
            self.read(block.result, owner)
        while len(self.ports) > outside:
            self.ports.popitem()
