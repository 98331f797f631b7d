"""Reads nodes, the inverse of `write_nodes.py`."""

from __future__ import annotations

from typing import cast

from ...types.types import Type
from ..nodes import (
    Approval,
    Arm,
    Block,
    Branch,
    Gate,
    Hook,
    Join,
    Limb,
    Map,
    Node,
    Select,
    Task,
)
from ..values import Expr, NodeId
from .leaves import settings_from
from .parse_expression import Expressions
from .parse_type import parse_type
from .read_steps import Steps
from .scan import NOWHERE, Scanner
from .write_nodes import item_type, port_types


class Nodes:
    """Reads nodes; the types of what they give are known to the expressions behind them."""

    def __init__(
        self,
        scanner: Scanner,
        steps: Steps,
        expressions: Expressions,
    ) -> None:
        self.scanner = scanner
        self.steps = steps
        self.expressions = expressions

    def all(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self.scanner.sees("%"):
            nodes.append(self._node())
            self.expressions.types.update(port_types(nodes[-1]))
        return tuple(nodes)

    def hooks(self) -> tuple[Hook, ...]:
        hooks: list[Hook] = []
        while self.scanner.takes("on"):
            hooks.append(self._hook())
        return tuple(hooks)

    def _hook(self) -> Hook:
        scanner = self.scanner
        event = scanner.needs("failure", "success", "finally")
        call = scanner.node() if scanner.takes("of") else None
        members = self._nodes("holding")
        scanner.needs("do")
        nodes = self.all()
        scanner.needs("end")
        return Hook(event, nodes, NOWHERE, call, members)

    def _node(self) -> Node:
        scanner = self.scanner
        node = scanner.node()
        scanner.needs("=")
        if scanner.takes("expect"):
            return self._gate(node)
        if scanner.takes("approve"):
            return self._approval(node)
        if scanner.takes("for"):
            return self._map(node)
        if scanner.takes("when"):
            return self._branch(node)
        if scanner.takes("join"):
            return self._join(node)
        if scanner.takes("{"):
            outputs = tuple(scanner.listed(self.expressions.pair, "}"))
            return Select(node, outputs, self._nodes("after"), NOWHERE, self._nodes("behind"))
        definition = self.steps.definitions[self.steps.label()]
        scanner.needs("(")
        return Task(
            id=node,
            definition=definition,
            arguments=tuple(scanner.listed(self.expressions.pair, ")")),
            settings=settings_from(scanner.block(), self.steps.files),
            refresh=scanner.takes("again") is not None,
            after=self._nodes("after"),
            gates=self._nodes("behind"),
            span=NOWHERE,
            aliases=self._nodes("alias"),
        )

    def _gate(self, node: NodeId) -> Gate:
        scanner = self.scanner
        condition = self.expressions.expression()
        scanner.needs("else")
        policy = scanner.needs("fail", "warn", "stop")
        message = None if scanner.sees("as") else self.expressions.expression()
        scanner.needs("as")
        text = scanner.string()
        after, gates = self._nodes("after"), self._nodes("behind")
        return Gate(node, condition, policy, message, text, after, NOWHERE, gates)

    def _approval(self, node: NodeId) -> Approval:
        message = self.expressions.expression()
        facts = self.scanner.block()
        by = tuple(cast("list[str]", facts.get("by", [])))
        timeout = cast("float | None", facts.get("timeout"))
        after, gates = self._nodes("after"), self._nodes("behind")
        return Approval(node, message, by, timeout, after, NOWHERE, gates)

    def _map(self, node: NodeId) -> Map:
        scanner = self.scanner
        scanner.needs("$")
        variable = scanner.word()
        scanner.needs("in")
        items = self.expressions.expression()
        facts = scanner.block()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        scanner.needs("do")
        self.expressions.types[f"${variable}"] = item_type(items)
        body = self._block()
        scanner.needs("end")
        return Map(
            id=node,
            variable=variable,
            items=items,
            body=body,
            type=type_,
            max_parallel=cast("int | None", facts.get("max_parallel")),
            allow_failures=cast(float, facts.get("allow_failures", 0.0)),
            after=after,
            gates=gates,
            span=NOWHERE,
        )

    def _branch(self, node: NodeId) -> Branch:
        scanner = self.scanner
        condition: Expr | None = self.expressions.expression()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        arms: list[Arm] = []
        while True:
            scanner.needs("do")
            arms.append(Arm(condition, self._block()))
            if scanner.needs("else", "end") == "end":
                return Branch(node, tuple(arms), type_, after, NOWHERE, gates)
            condition = self.expressions.expression() if scanner.takes("when") else None

    def _join(self, node: NodeId) -> Join:
        scanner = self.scanner
        kind = scanner.needs("for", "when", "partition")
        facts = scanner.block()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        scanner.needs("do")
        limbs: list[Limb] = []
        while not scanner.takes("end"):
            limbs.append(self._limb())
        return Join(
            id=node,
            kind=kind,
            limbs=tuple(limbs),
            type=type_,
            max_parallel=cast("int | None", facts.get("max_parallel")),
            allowed=cast(int, facts.get("allowed", 0)),
            after=after,
            gates=gates,
            span=NOWHERE,
        )

    def _limb(self) -> Limb:
        name = self.scanner.string()
        self.scanner.needs(":")
        members = self._listed() if self.scanner.sees("%") else ()
        return Limb(name, members, self._yield())

    def _gives(self) -> Type | None:
        return parse_type(self.scanner, self.steps.schemas) if self.scanner.takes("gives") else None

    def _block(self) -> Block:
        nodes, hooks = self.all(), self.hooks()
        return Block(nodes, self._yield(), hooks)

    def _yield(self) -> Expr | None:
        return self.expressions.expression() if self.scanner.takes("yield") else None

    def _nodes(self, title: str) -> tuple[NodeId, ...]:
        """`after %a, %b`, or nothing."""
        return self._listed() if self.scanner.takes(title) else ()

    def _listed(self) -> tuple[NodeId, ...]:
        found = [self.scanner.node()]
        while self.scanner.takes(","):
            found.append(self.scanner.node())
        return tuple(found)
