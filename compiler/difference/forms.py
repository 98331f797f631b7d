"""What an expression or a node comes to, as JSON in which equal work has equal forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from ...runtime.descriptors import ValueMismatch
from ...runtime.key import digest_json
from ..ir import meaning
from ..ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
    blocks,
)
from ..ir.values import Apply, Expr, Json, Literal, NodeId, ParameterRef, PortRef
from ..plan.twins import Contents, contents_of
from ..types.types import is_artifact
from .values import Variant

Leaf = Callable[[NodeId], Json]
"""What stands for a task where one of its outputs is read."""


class Forms:
    """The forms of a graph's expressions. Names of nodes, blocks and variables do not enter them:
    a task is what `leaf` makes of its id, all else is written out. In an outline a block is what
    `block` makes of its id, and of what is gathered from branches and partitions each sort counts
    once."""

    def __init__(
        self,
        variant: Variant,
        leaf: Leaf,
        parameters: Mapping[str, str],
        block: Leaf | None = None,
    ) -> None:
        """`parameters` renames those that are still open."""
        self._leaf = leaf
        self._block = block
        self._parameters = parameters
        self._nodes: dict[NodeId, Node] = {}
        self._scopes: dict[str, Map] = {}
        self._made: dict[NodeId, Json] = {}
        for node in variant.graph.everything():
            self._nodes[node.id] = node
            if isinstance(node, Map):
                self._scopes[f"{node.id}[*].{node.variable}"] = node

    def of(self, expression: Expr, place: NodeId) -> Json:
        """The form of an expression that the node `place` evaluates."""
        match expression:
            case Literal(value=value):
                return ["value", content(value) if is_artifact(expression.type) else value]
            case ParameterRef(name=name):
                return self._parameter(name, place)
            case PortRef(node=node, port=port):
                return [self.node(node), port]
            case Apply(operator=operator, operands=operands, names=names):
                words: list[Json] = [] if operator == "absent" else [*names]
                found: list[Json] = [self.of(operand, place) for operand in operands]
                if self._block is not None and operator == "gather":
                    found = [*dict.fromkeys(map(digest_json, found))]
                return [operator, words, found]
            case _:
                assert_never(expression)

    def node(self, name: NodeId) -> Json:
        """What stands for a node where a port of it is read."""
        if name not in self._made:
            self._made[name] = self._node(self._nodes[name])
        return self._made[name]

    def _node(self, node: Node) -> Json:
        if self._block is not None and isinstance(node, Map | Branch | Join):
            return ["block", self._block(node.id)]
        match node:
            case Task():
                return self._leaf(node.id)
            case Gate():
                return digest_json(["gate", self.of(node.condition, node.id)])
            case Approval():
                return ["approval"]
            case Select(outputs=outputs):
                return digest_json([[name, self.of(value, node.id)] for name, value in outputs])
            case Map(items=items, body=body):
                inner = NodeId(f"{node.id}[*].")
                result = self._maybe(body.result, inner)
                return digest_json(["map", self.of(items, node.id), result])
            case Branch(arms=arms):
                ways: list[Json] = [
                    [self._maybe(arm.condition, node.id), self._maybe(arm.body.result, node.id)]
                    for arm in arms
                ]
                return digest_json(["when", ways])
            case Join(kind=kind, limbs=limbs):
                ends: list[Json] = [
                    [limb.name if kind == "partition" else "", self._maybe(limb.result, node.id)]
                    for limb in limbs
                ]
                return digest_json([kind, ends])
            case _:
                assert_never(node)

    def _maybe(self, expression: Expr | None, place: NodeId) -> Json:
        return None if expression is None else self.of(expression, place)

    def _parameter(self, name: str, place: NodeId) -> Json:
        """A parameter, or the element that a `for` around the place is at."""
        end = len(place)
        while (end := place.rfind("[*].", 0, end)) >= 0:
            block = self._scopes.get(f"{place[:end]}[*].{name}")
            if block is not None:
                return ["element", self.of(block.items, block.id)]
        return ["parameter", self._parameters.get(name, name)]


def _decision(node: Branch | Gate, forms: Forms) -> Json:
    """What decides whether nodes are reached."""
    if isinstance(node, Gate):
        return forms.of(node.condition, node.id)
    conditions = (arm.condition for arm in node.arms)
    return [None if c is None else forms.of(c, node.id) for c in conditions]


def content(value: Json) -> Json:
    """A value in which files are known by what they hold."""
    match value:
        case {"digest": digest, "size": _}:
            return ["content", digest]
        case dict():
            return {name: content(item) for name, item in value.items()}
        case list():
            return [content(item) for item in value]
        case _:
            return value


class Likeness:
    """What every task of a version is made from: equal marks are the same work for sure.

    `decisions` are equal for gates and conditions that come to the same, `stems` is what a task's
    definition is before any argument is known, `known` what goes in as far as that is known now.
    Content that could not be looked at is not.
    """

    def __init__(
        self, variant: Variant, unknown: Mapping[str, str], parameters: Mapping[str, str]
    ) -> None:
        self.tasks = {n.id: n for n in variant.graph.everything() if isinstance(n, Task)}
        self.specs = variant.specs
        self.marks: dict[NodeId, str] = {}
        self.stems: dict[NodeId, str] = {}
        self.known: dict[NodeId, Contents] = {}
        self.conditional = _conditional(variant)
        self._unknown = unknown
        forms = Forms(variant, lambda name: self.marks[name], parameters)
        for task in self.tasks.values():
            self._mark(task, forms)
        self.decisions = {
            node.id: digest_json(_decision(node, forms))
            for node in variant.graph.everything()
            if isinstance(node, Branch | Gate)
        }

    def _mark(self, task: Task, forms: Forms) -> None:
        spec = self.specs[task.id]
        stem = self.stems[task.id] = spec.stem
        self.known[task.id] = contents = self._contents(task)
        inputs: dict[str, Json] = {
            name: contents[name].hex() if name in contents else ["form", forms.of(value, task.id)]
            for name, value in task.arguments
        }
        self.marks[task.id] = digest_json([stem, spec.uncacheable, task.refresh, inputs])

    def _contents(self, task: Task) -> Contents:
        sure = {
            name: meaning.value_of(value)
            for name, value in task.arguments
            if isinstance(value, Literal) and not self.is_unknown(value)
        }
        try:
            return contents_of(self.specs[task.id].json, sure, {name for name, _ in task.arguments})
        except ValueMismatch:
            return {}

    def is_unknown(self, literal: Literal) -> bool:
        """Whether a value names a file whose content could not be looked at."""
        return is_artifact(literal.type) and any(
            digest in self._unknown for digest in _digests(literal.value)
        )


def _digests(value: Json) -> list[str]:
    match value:
        case {"digest": str(digest), "size": _}:
            return [digest]
        case dict():
            return [digest for item in value.values() for digest in _digests(item)]
        case list():
            return [digest for item in value for digest in _digests(item)]
        case _:
            return []


def _conditional(variant: Variant) -> frozenset[NodeId]:
    """The tasks that stand in a `when` which only a run decides."""
    found: set[NodeId] = set()
    for node in variant.graph.everything():
        if isinstance(node, Branch):
            for block in blocks(node):
                todo = list(block.everything)
                while todo:
                    inner = todo.pop()
                    found.add(inner.id)
                    todo += [deeper for b in blocks(inner) for deeper in b.everything]
    return frozenset(found)
