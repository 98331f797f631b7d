"""Expansion: a block whose list or condition is known becomes its members and a join.

The one place that does so: lowering, plan, the engine and the interpreter all come here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor
from typing import assert_never

from ...runtime.dataclass import dataclass, field, replace
from . import meaning
from .nodes import (
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
    all_ids,
    hooks_within,
    walk,
)
from .values import Expr, NodeId, rename_ports


@dataclass(frozen=True, slots=True)
class Expansion:
    """The members of an expanded block in topological order, and the join that ends them.

    `origin` says from which node of the template each member was made, where their ids differ;
    `dropped` are the nodes of the arms that were not taken. `hooks` are those of pipelines that the
    members come from: the run has them from now on.
    """

    members: tuple[Node, ...]
    join: Join
    origin: Mapping[NodeId, NodeId] = field(default_factory=dict)
    dropped: tuple[Node, ...] = ()
    hooks: tuple[Hook, ...] = ()


def allowed_failures(share: float, branches: int) -> int:
    """How many of so many branches may fail: the share, rounded down.

    The product of two decimals such as 0.29 and 100 may lie a hair below the whole number meant.
    """
    return floor(share * branches + 1e-9)


def expand_map(block: Map, items: Sequence[Expr]) -> Expansion:
    """A `for` whose list is known: one copy of the body for each item, in order."""
    members: list[Node] = []
    limbs: list[Limb] = []
    origin: dict[NodeId, NodeId] = {}
    hooks: list[Hook] = []
    for number, item in enumerate(items):
        copy = instance(block, number, item)
        members += copy.members
        origin.update(copy.origin)
        hooks += copy.hooks
        limbs.append(Limb(str(number), direct(copy.members), copy.result))
    join = Join(
        id=block.id,
        kind="for",
        limbs=tuple(limbs),
        type=block.type,
        max_parallel=block.max_parallel,
        allowed=allowed_failures(block.allow_failures, len(limbs)),
        after=block.after,
        span=block.span,
        gates=block.gates,
    )
    return Expansion(tuple(members), join, origin, hooks=tuple(hooks))


def expand_branch(block: Branch, taken: int | None) -> Expansion:
    """A `when` whose conditions are known: the arm `taken`, or nothing at all."""
    arm = None if taken is None else block.arms[taken]
    limbs: tuple[Limb, ...] = ()
    if arm is not None:
        limbs = (Limb(str(taken), direct(arm.body.nodes), arm.body.result),)
    return Expansion(
        () if arm is None else arm.body.nodes,
        Join(
            id=block.id,
            kind="when",
            limbs=limbs,
            type=block.type,
            max_parallel=None,
            allowed=0,
            after=block.after,
            span=block.span,
            gates=block.gates,
        ),
        dropped=tuple(
            walk(n for other in block.arms if other is not arm for n in other.body.everything)
        ),
        hooks=() if arm is None else arm.body.hooks,
    )


def direct(nodes: Sequence[Node]) -> tuple[NodeId, ...]:
    """The members of a limb: what a join among them holds is the affair of that join."""
    held = {
        member
        for node in nodes
        if isinstance(node, Join)
        for limb in node.limbs
        for member in limb.members
    }
    return tuple(node.id for node in nodes if node.id not in held)


def taken_arm(block: Branch, holds: Callable[[Expr], bool]) -> int | None:
    """The first arm whose condition holds; later conditions are not looked at."""
    for number, arm in enumerate(block.arms):
        if arm.condition is None or holds(arm.condition):
            return number
    return None


@dataclass(frozen=True, slots=True)
class Instance:
    """One copy of a block's body."""

    members: tuple[Node, ...]
    result: Expr | None
    origin: Mapping[NodeId, NodeId]
    hooks: tuple[Hook, ...]


def template_prefix(block: NodeId) -> str:
    """What the ids in a body begin with that is not expanded: `trials[*].`."""
    return f"{block}[*]."


def instance(block: Map, number: int, item: Expr) -> Instance:
    """One branch of a `for`: the variable replaced, and its number for the star in every id."""
    body, length = block.body, len(template_prefix(block.id))

    def copied(name: NodeId) -> NodeId:
        return NodeId(f"{block.id}[{number}].{name[length:]}")

    names = {name: copied(name) for node in walk(body.everything) for name in all_ids(node)}
    hooks = (*body.hooks, *hooks_within(body.nodes))
    called = {hook.call: copied(hook.call) for hook in hooks if hook.call is not None}
    known = {block.variable: item}

    def expression(old: Expr) -> Expr:
        return meaning.fold(rename_ports(old, names), known)

    def ids(old: Sequence[NodeId]) -> tuple[NodeId, ...]:
        return tuple(names.get(name) or called.get(name, name) for name in old)

    return Instance(
        tuple(rebuilt(node, expression, ids) for node in body.nodes),
        None if body.result is None else expression(body.result),
        {new: old for old, new in names.items()},
        tuple(rebuilt_hook(hook, expression, ids) for hook in body.hooks),
    )


def in_blocks(node: Node, change: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> Node:
    """The node with the nodes of each of its blocks changed, and those of their hooks."""

    def changed(block: Block) -> Block:
        hooks = tuple(replace(hook, nodes=change(hook.nodes)) for hook in block.hooks)
        return replace(block, nodes=change(block.nodes), hooks=hooks)

    match node:
        case Map(body=body):
            return replace(node, body=changed(body))
        case Branch(arms=arms):
            return replace(node, arms=tuple(replace(arm, body=changed(arm.body)) for arm in arms))
        case _:
            return node


def rebuilt_hook(
    hook: Hook,
    expression: Callable[[Expr], Expr],
    ids: Callable[[Sequence[NodeId]], tuple[NodeId, ...]],
) -> Hook:
    """The hook with every expression and every id inside of it replaced."""
    return replace(
        hook,
        nodes=tuple(rebuilt(node, expression, ids) for node in hook.nodes),
        call=None if hook.call is None else ids((hook.call,))[0],
        members=ids(hook.members),
    )


def rebuilt(
    node: Node,
    expression: Callable[[Expr], Expr],
    ids: Callable[[Sequence[NodeId]], tuple[NodeId, ...]],
) -> Node:
    """The node with every expression and every id inside of it replaced, blocks included."""

    def block(old: Block) -> Block:
        return Block(
            tuple(rebuilt(inner, expression, ids) for inner in old.nodes),
            None if old.result is None else expression(old.result),
            tuple(rebuilt_hook(hook, expression, ids) for hook in old.hooks),
        )

    own = ids((node.id,))[0]
    after, gates = ids(node.after), ids(node.gates)
    match node:
        case Task(arguments=arguments, aliases=aliases):
            return replace(
                node,
                id=own,
                arguments=tuple((name, expression(value)) for name, value in arguments),
                after=after,
                gates=gates,
                aliases=ids(aliases),
            )
        case Gate(condition=condition, message=message):
            return replace(
                node,
                id=own,
                condition=expression(condition),
                message=None if message is None else expression(message),
                after=after,
                gates=gates,
            )
        case Approval(message=message):
            return replace(node, id=own, message=expression(message), after=after, gates=gates)
        case Select(outputs=outputs):
            values = tuple((name, expression(value)) for name, value in outputs)
            return replace(node, id=own, outputs=values, after=after, gates=gates)
        case Map(items=items, body=body):
            return replace(
                node, id=own, items=expression(items), body=block(body), after=after, gates=gates
            )
        case Branch(arms=arms):
            copies = tuple(
                Arm(None if arm.condition is None else expression(arm.condition), block(arm.body))
                for arm in arms
            )
            return replace(node, id=own, arms=copies, after=after, gates=gates)
        case Join(limbs=limbs):
            ends = tuple(
                Limb(
                    limb.name,
                    ids(limb.members),
                    None if limb.result is None else expression(limb.result),
                )
                for limb in limbs
            )
            return replace(node, id=own, limbs=ends, after=after, gates=gates)
        case _:
            assert_never(node)
