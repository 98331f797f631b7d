"""Writes nodes, each on a line of its own; blocks and joins have more, between `do` and `end`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from ...types.types import UNKNOWN, ListOf, Type, show
from ..nodes import (
    Approval,
    Block,
    Branch,
    Gate,
    Hook,
    Join,
    Map,
    Node,
    Select,
    Task,
    ports_of,
)
from ..values import Expr
from .facts import block, facts, listed
from .leaves import leaves
from .spell import Speller, spell_json, spell_word
from .write_steps import Definitions


def port_types(node: Node) -> dict[str, Type]:
    """The types of what a node gives, by `node.port`."""
    return {f"{node.id}.{port}": type_ for port, type_ in ports_of(node)}


def item_type(items: Expr) -> Type:
    """The type that a variable of `for` is taken to have."""
    return items.type.item if isinstance(items.type, ListOf) else UNKNOWN


class Nodes:
    """Writes nodes; `types` grows by what those that are written give."""

    def __init__(self, definitions: Definitions, types: dict[str, Type]) -> None:
        self.definitions = definitions
        self.types = types
        self.speller = Speller(types)

    def nodes(self, nodes: Iterable[Node], indent: str) -> Iterator[str]:
        for node in nodes:
            yield from self.node(node, indent)
            self.types.update(port_types(node))

    def node(self, node: Node, indent: str) -> Iterator[str]:
        start = f"{indent}%{spell_word(node.id)} = "
        order = listed("after", node.after) + listed("behind", node.gates)
        spell = self.speller.spell
        match node:
            case Task():
                called = f"{self.definitions.label(node.definition)}"
                passed = f"({self.speller.named(node.arguments)}){block(leaves(node.settings))}"
                again = " again" if node.refresh else ""
                yield f"{start}{called}{passed}{again}{order}{listed('alias', node.aliases)}"
            case Gate(text=text, policy=policy):
                message = "" if node.message is None else f" {spell(node.message, inner=True)}"
                condition = f"expect {spell(node.condition)} else {policy}{message}"
                yield f"{start}{condition} as {spell_json(text)}{order}"
            case Approval(message=message, by=by, timeout=timeout):
                given = facts({"by": [*by], "timeout": timeout})
                yield f"{start}approve {spell(message, inner=True)}{given}{order}"
            case Select(outputs=outputs):
                yield f"{start}{{ {self.speller.named(outputs)} }}{order}"
            case Map():
                given = facts(
                    {
                        "max_parallel": node.max_parallel,
                        "allow_failures": node.allow_failures or None,
                    }
                )
                head = f"for ${spell_word(node.variable)} in {spell(node.items, inner=True)}"
                yield f"{start}{head}{given}{_gives(node.type)}{order} do"
                self.types[f"${node.variable}"] = item_type(node.items)
                yield from self.block(node.body, indent)
                yield f"{indent}end"
            case Branch(arms=arms):
                for number, arm in enumerate(arms):
                    word = start if number == 0 else f"{indent}else "
                    asked = "" if arm.condition is None else f"when {spell(arm.condition)}"
                    tail = f"{_gives(node.type)}{order}" if number == 0 else ""
                    yield f"{word}{asked}{tail}".rstrip() + " do"
                    yield from self.block(arm.body, indent)
                yield f"{indent}end"
            case Join(kind=kind, limbs=limbs):
                given = facts({"max_parallel": node.max_parallel, "allowed": node.allowed or None})
                yield f"{start}join {kind}{given}{_gives(node.type)}{order} do"
                for limb in limbs:
                    members = ", ".join(f"%{spell_word(member)}" for member in limb.members)
                    result = "" if limb.result is None else f" yield {spell(limb.result)}"
                    text = f"{indent}  {spell_json(limb.name)}: {members}"
                    yield text.rstrip() + result
                yield f"{indent}end"
            case _:
                assert_never(node)

    def hooks(self, hooks: Iterable[Hook], indent: str) -> Iterator[str]:
        for hook in hooks:
            called = () if hook.call is None else (hook.call,)
            of = listed("of", called) + listed("holding", hook.members)
            yield f"{indent}on {hook.event}{of} do"
            yield from self.nodes(hook.nodes, indent + "  ")
            yield f"{indent}end"

    def block(self, inner: Block, indent: str) -> Iterator[str]:
        yield from self.nodes(inner.nodes, indent + "  ")
        yield from self.hooks(inner.hooks, indent + "  ")
        if inner.result is not None:
            yield f"{indent}  yield {self.speller.spell(inner.result)}"


def _gives(type_: Type | None) -> str:
    return "" if type_ is None else f" gives {show(type_)}"
