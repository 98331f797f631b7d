"""Which tasks run because of a change, after the earlier version has run: surely, or perhaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..ir.nodes import Branch, Gate, Join, Node, Task, blocks, data_needs
from ..ir.values import NodeId, PortRef, references
from ..plan.twins import Twins
from .forms import Likeness
from .matching import Matching, stem
from .phrase import Name, Phrase, listed
from .values import Again, Rerun, Variant


def reruns(a: Likeness, b: Likeness, matching: Matching, variant: Variant) -> Iterator[Rerun]:
    """Tasks of `variant`, the later version, of which the earlier one has no result.

    One is sure to run once a run comes to it where nothing that the earlier version did may be the
    same work: its definition is another one, or an input that is known now differs. All others
    read what is made anew, or expressions that only a run can work out: they may come out the same;
    or they stand behind a decision that is another one now, and may not have been reached before.
    What runs in every run anyway is not listed.
    """
    done = {mark for name, mark in a.marks.items() if a.specs[name].uncacheable is None}
    twins = Twins()
    for name, contents in a.known.items():
        if a.specs[name].uncacheable is None:
            twins.meet(name, a.stems[name], contents)
    again: set[NodeId] = set()
    doubts = dict(_doubts(variant.graph.nodes, b, set(a.decisions.values()), None))
    hooked = (node for hook in variant.graph.hooks for node in hook.nodes)
    for node in _inner_first((*variant.graph.nodes, *hooked)):
        upstream = [need for need in _needs(node) if need in again]
        if not isinstance(node, Task):
            if upstream:
                again.add(node.id)
            continue
        before = matching.before.get(node.id)
        if b.specs[node.id].uncacheable is not None:
            if before is not None and a.marks[before] == b.marks[node.id]:
                continue
            if before is not None and a.specs[before].uncacheable is not None:
                again.add(node.id)
                continue
        elif b.marks[node.id] in done:
            if node.id in doubts:
                yield Rerun(node.id, Again.DEPENDS, doubts[node.id])
            continue
        again.add(node.id)
        sure = b.specs[node.id].uncacheable is not None or not _met(twins, b, node.id)
        new = before is None or node.id in matching.other_copies
        yield _rerun(node.id, sure, new, upstream, node.id in b.conditional)


def _doubts(
    nodes: Iterable[Node], b: Likeness, decided: set[str], above: Phrase | None
) -> Iterator[tuple[NodeId, Phrase]]:
    """The tasks that may be reached for the first time, as a decision above them is another one."""
    stops: dict[NodeId, Phrase] = {}
    for node in nodes:
        doubt = above or next((stops[gate] for gate in node.gates if gate in stops), None)
        if isinstance(node, Task) and doubt is not None:
            yield node.id, doubt
        if isinstance(node, Gate) and node.policy == "stop" and b.decisions[node.id] not in decided:
            stops[node.id] = (
                "stands behind ",
                Name(f"expect {node.text}"),
                ", which may let it pass",
            )
        if isinstance(node, Branch) and b.decisions[node.id] not in decided:
            doubt = ("stands in a ", Name("when"), " that may be decided otherwise")
        for block in blocks(node):
            yield from _doubts(block.nodes, b, decided, doubt)


def _met(twins: Twins, b: Likeness, name: NodeId) -> bool:
    """Whether the earlier version may have done the same work, going by what is known now."""
    mine = frozenset(b.known[name])
    groups = twins.stems.get(b.stems[name], {})
    return any(
        alike.first(mine & names, b.known[name]) is not None for names, alike in groups.items()
    )


def _rerun(name: NodeId, sure: bool, new: bool, upstream: list[NodeId], conditional: bool) -> Rerun:
    names = list(dict.fromkeys(stem(need) for need in upstream))
    waits: Phrase = ("waits for ", *listed(names), ", which may come out the same")
    if conditional:
        why: Phrase = ("stands in a `when` that only the run can decide",)
        return Rerun(name, Again.DEPENDS, why, new)
    if sure:
        return Rerun(name, Again.RUN, ("new",) if new else ("changed",), new)
    return Rerun(name, Again.DEPENDS, waits if upstream else ("may come out the same",), new)


def _inner_first(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node behind those in its blocks, whose results it may yield."""
    for node in nodes:
        for block in blocks(node):
            yield from _inner_first(block.everything)
        yield node


def _needs(node: Node) -> Iterator[NodeId]:
    """What a node reads, and what the blocks that it holds yield."""
    yield from data_needs(node)
    if isinstance(node, Join):
        return
    for block in blocks(node):
        if block.result is not None:
            for reference in references(block.result):
                if isinstance(reference, PortRef):
                    yield reference.node
