"""Which nodes of a plan a word means that somebody typed, and what to say where it means none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from ..ir.nodes import walk
from ..ir.values import NodeId
from ..plan import Plan, PlannedNode
from ..plan.values import names_of

_ORDERED = re.compile(r"\d[-\d.:TWZ]*")
"""Keys of days, hours and the like, and numbers of branches."""
_CALLED = re.compile(r"(?P<name>[^\[\]]+)\[(?P<key>[^\]]*)\]")


def copies_of(plan: Plan, word: str) -> tuple[PlannedNode, ...]:
    """The rows that a word means: one by its id, or all copies of one of a block."""
    rows = plan.nodes
    exact = tuple(row for row in rows if row.id == word)
    if exact:
        return exact
    for node in walk(plan.graph.nodes):
        if word in getattr(node, "aliases", ()):
            return tuple(row for row in rows if row.id == node.id)
    called = _CALLED.fullmatch(word)
    if called is not None:
        key = called["key"]
        return tuple(
            row
            for row in rows
            if is_called(row.id, called["name"]) and key in (row.partition, row.branch)
        )
    return tuple(row for row in rows if is_called(row.id, word))


def is_called(node: NodeId, word: str) -> bool:
    """Whether a word is the name of a node without the branches around it, or its last part."""
    name = names_of([node])[0]
    return word in (name, str(node)) or name.endswith(f".{word}")


def unknown(plan: Plan, word: str) -> str:
    """There is no such node; the ones that are, where they are few, or the nearest."""
    called = _CALLED.fullmatch(word)
    name = word if called is None else called["name"]
    held = [row for row in plan.nodes if is_called(row.id, name)]
    keys = [key for row in held if (key := row.partition or row.branch) is not None]
    if called is not None and keys:
        near = get_close_matches(called["key"], keys, n=1, cutoff=0.3)
        more = f"; did you mean `{name}[{near[0]}]`?" if near else ""
        return f"`{name}` has no `{called['key']}`: {_ranged(keys)}{more}"
    if called is not None and held:
        return f"`{name}` stands in no block that has branches or partitions; ask for `{name}`"
    for hook in plan.graph.hooks:
        inner = name.removeprefix(f"on_{hook.event}.")
        if any(is_called(node.id, word) for node in walk(hook.nodes) for word in (name, inner)):
            return f"`{name}` stands in a hook: it runs anew whenever the hook does"
    called_by = names_of(row.id for row in plan.nodes if row.step == name)
    if called_by:
        return f"`{name}` is a step; its calls here are {_listed(called_by)}"
    within = [known for known in names_of(row.id for row in plan.nodes) if _is_in(known, name)]
    if within:
        return f"`{name}` is a pipeline that is called here; its nodes are {_listed(within)}"
    tasks = [row.id for row in plan.nodes if row.kind == "task"]
    known = names_of([*(row.id for row in plan.nodes), *plan.skipped])
    last = {known_name.rpartition(".")[2]: known_name for known_name in known}
    near = get_close_matches(name, [*known, *last], n=1, cutoff=0.5)
    if near:
        return f"there is no node called `{word}`; did you mean `{near[0]}`?"
    return f"there is no node called `{word}`; the steps are {_listed(names_of(tasks))}"


def _ranged(keys: Sequence[str]) -> str:
    """Which keys there are; those that have an order as a range."""
    keys = list(dict.fromkeys(keys))
    if len(keys) == 1:
        return f"it has `{keys[0]}` alone"
    if all(_ORDERED.fullmatch(key) for key in keys):
        return f"it goes from {keys[0]} to {keys[-1]}"
    return f"it has {_listed(keys)}"


def _is_in(name: str, pipeline: str) -> bool:
    """Whether a node is one of a pipeline that is called by that name."""
    return f".{name}".find(f".{pipeline}.") >= 0


def _listed(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(f"`{name}`" for name in names[:most]) + (", …" if len(names) > most else "")
