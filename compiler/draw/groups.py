"""Groups: the blocks, called pipelines and hooks that a drawing puts around nodes.

What a block was expanded to is drawn once, whatever the number of branches or partitions: their
ids have a star where the number or key was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ...runtime.dataclass import dataclass, field, replace
from ..ir.graph import Graph
from ..ir.nodes import (
    Block,
    Branch,
    Hook,
    Join,
    Map,
    Node,
)
from ..ir.text import expression_text
from ..ir.values import (
    Apply,
    Expr,
    Literal,
    NodeId,
    PortRef,
)

_NUMBER = re.compile(r"\[[^\]]*\]")
_ARM = re.compile(r"(?:else|else_when_\d+)\.")
_EVENTS = {"failure": "on failure", "success": "on success", "finally": "finally"}


@dataclass(frozen=True, slots=True)
class Group:
    """What stands around nodes; `inside` is the group around it. `prefix` begins the ids of its
    nodes, which a drawing leaves out."""

    id: str
    kind: str
    title: str
    inside: str | None
    prefix: str = ""


Placed: TypeAlias = "tuple[Node, str | None]"
"""A node, and the group that it is drawn in."""


@dataclass(slots=True)
class Groups:
    """All nodes with their groups, in the order written; groups outermost first."""

    placed: list[Placed] = field(default_factory=list)
    table: dict[str, Group] = field(default_factory=dict)
    blocks: frozenset[str] = frozenset()

    def own_name(self, node: NodeId, inside: str | None) -> str:
        """A node's id without what its groups say already."""
        name = starred(node)
        return name if inside is None else name.removeprefix(self.table[inside].prefix)


def starred(node: str) -> str:
    """`trials[*].m` for `trials[2].m`."""
    return _NUMBER.sub("[*]", node)


def groups_of(graph: Graph) -> Groups:
    """Where everything in a graph is drawn."""
    blocks = (n.id for n in graph.everything() if isinstance(n, Map | Branch | Join))
    found = Groups(blocks=frozenset(map(starred, blocks)))
    _place(graph.nodes, None, "", found)
    for hook in graph.hooks:
        _place_hook(hook, None, "", found)
    return found


def _place_hook(hook: Hook, around: Group | None, prefix: str, found: Groups) -> None:
    """A hook stands in the pipeline that it is written in, which may be a called one."""
    word = _EVENTS[hook.event]
    own = f"{word.replace(' ', '_')}."
    if not hook.nodes:
        return
    if hook.call is not None:
        around = _within(NodeId(f"{hook.call}.{word}"), around, prefix, found)
        prefix = f"{starred(hook.call)}."
    if starred(hook.nodes[0].id).startswith(f"{prefix}{own}"):
        prefix += own
    title = f"hook {prefix.removesuffix(own)}{word}"
    name, number = title, 1
    while name in found.table:
        number += 1
        name = f"{title} {number}"
    group = Group(name, "hook", word, None if around is None else around.id, prefix)
    found.table[group.id] = group
    _place(hook.nodes, group, group.prefix, found)


def _place(nodes: Sequence[Node], around: Group | None, prefix: str, found: Groups) -> None:
    """The nodes of one block: those that a join among them holds stand in the group of the join."""
    joins = {node.id: node for node in nodes if isinstance(node, Join)}
    held = {m: join.id for join in joins.values() for limb in join.limbs for m in limb.members}
    made: dict[NodeId, Group] = {}

    def group_of(join: NodeId) -> Group:
        if join not in made:
            outer = group_of(held[join]) if join in held else around
            inner = prefix if outer is around else outer.prefix if outer is not None else ""
            made[join] = _block(joins[join], _within(join, outer, inner, found), found)
        return made[join]

    for node in nodes:
        outer = group_of(held[node.id]) if node.id in held else around
        inner = prefix if outer is around else outer.prefix if outer is not None else ""
        match node:
            case Join():
                found.placed.append((node, group_of(node.id).id))
            case Map(body=body):
                group = _block(node, _within(node.id, outer, inner, found), found)
                found.placed.append((node, group.id))
                _place_body(body, group, group.prefix, found)
            case Branch(arms=arms):
                group = _block(node, _within(node.id, outer, inner, found), found)
                found.placed.append((node, group.id))
                for number, arm in enumerate(arms):
                    word = (
                        "when" if number == 0 else "else" if arm.condition is None else "else when"
                    )
                    condition = "" if arm.condition is None else f" {plain(arm.condition)}"
                    own = Group(
                        f"{group.id} {number}", "arm", f"{word}{condition}", group.id, group.prefix
                    )
                    found.table.setdefault(own.id, own)
                    _place_body(arm.body, own, group.prefix, found)
            case _:
                within = _within(node.id, outer, inner, found)
                found.placed.append((node, None if within is None else within.id))


def _place_body(body: Block, around: Group, prefix: str, found: Groups) -> None:
    _place(body.nodes, around, prefix, found)
    for hook in body.hooks:
        _place_hook(hook, around, prefix, found)


def _within(node: NodeId, around: Group | None, prefix: str, found: Groups) -> Group | None:
    """The group of a node: called pipelines stand between it and the block around it."""
    name = starred(node).removeprefix(prefix)
    if around is not None and around.kind in ("branch", "arm"):
        # a call without a name bears that of its `when`, and of the arm
        block = (around.inside or "") if around.kind == "arm" else around.id
        bare = block.removeprefix(prefix) + "."
        if name.startswith(bare):
            name = name.removeprefix(bare)
            while _ARM.match(name):
                name = _ARM.sub("", name, count=1)
            if "." not in name:
                return around
    *callers, _ = name.split(".")
    for caller in callers:
        prefix = f"{prefix}{caller}."
        if prefix.removesuffix(".") in found.blocks:
            # what prepares a block stands before it
            continue
        group = Group(
            prefix.removesuffix("."),
            "pipeline",
            caller,
            None if around is None else around.id,
            prefix,
        )
        around = found.table.setdefault(f"{group.id}()", replace(group, id=f"{group.id}()"))
    return around


def _block(node: Map | Branch | Join, around: Group | None, found: Groups) -> Group:
    name = starred(node.id)
    own = name if around is None else name.removeprefix(around.prefix)
    branching = isinstance(node, Branch) or (isinstance(node, Join) and node.kind == "when")
    prefix = (around.prefix if around is not None else "") if branching else f"{name}[*]."
    kind = "branch" if branching else "map"
    inside = None if around is None else around.id
    group = Group(name, kind, f"{own}: {heading(node)}", inside, prefix)
    return found.table.setdefault(name, group)


def heading(node: Map | Branch | Join) -> str:
    """What a block does, in a few words."""
    match node:
        case Map(variable=variable, items=items):
            return f"for {variable} in {plain(items)}"
        case Branch():
            return "when"
        case Join(kind="when"):
            return "when"
        case Join(kind="partition"):
            return "partition"
        case Join(limbs=limbs):
            return "for, 1 branch" if len(limbs) == 1 else f"for, {len(limbs)} branches"


def plain(expression: Expr) -> str:
    """An expression without the signs that tell nodes from parameters; a text with its values."""
    if isinstance(expression, Apply) and expression.operator == "text":
        return "".join(map(_piece, expression.operands))
    return expression_text(_told_once(expression)).replace("%", "").replace("$", "")


def _told_once(expression: Expr) -> Expr:
    """The expression in which what all branches or partitions give is named once."""
    match expression:
        case PortRef(node=node):
            return replace(expression, node=NodeId(starred(node)))
        case Apply(operator=operator, operands=operands):
            told = tuple(map(_told_once, operands))
            if operator in ("gather", "list"):
                told = tuple({repr(part): part for part in told}.values())
            return replace(expression, operands=told)
        case _:
            return expression


def _piece(part: Expr) -> str:
    if isinstance(part, Literal) and isinstance(part.value, str):
        return part.value
    return f"{{{plain(part)}}}"


def outermost(group: str, table: dict[str, Group]) -> Iterator[str]:
    """A group and those around it, from the inside out."""
    at: str | None = group
    while at is not None:
        yield at
        at = table[at].inside
