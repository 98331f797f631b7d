"""What a node is compared with: its last result, also where it was called something else then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...runtime.dataclass import dataclass
from ...runtime.history import Name
from ...runtime.record import Record
from ..ir.graph import Graph
from ..ir.nodes import Task, all_ids, walk
from ..ir.values import NodeId
from ..passes.keys import Spec
from ..reasons import Reason, changes
from .values import Results, names_of

MOST = 50
"""So many results under other names are looked at; beyond that nobody knows which one it was."""

_KEYS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Before:
    """A result that a node had before; `name` is what it was called, None where it still is."""

    record: Record
    name: str | None
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class Past:
    """Finds last results. A node that never ran under its name may have been renamed: then what
    ran in this pipeline under a name that is gone is looked through, for the same step or body in
    the same branch or partition. Where nothing ran in a pipeline of this name, that had another
    name before, and what is called the same in another one is taken.
    """

    graph: Graph
    results: Results
    gone: dict[tuple[str, ...], list[Name]] | None = None

    def of(self, node: Task, spec: Spec, today: Record | None) -> Before | None:
        """The result that a node is compared with, and what is different today."""
        last = self.results.last(self.graph.name, node.id)
        if last is not None:
            found = changes(
                node, spec, last, today, self.results.text, borrowed=self._is_borrowed(node, last)
            )
            return Before(last, None, found)
        best: Before | None = None
        for met, record in self._others(node, spec):
            found = changes(node, spec, record, today, self.results.text)
            if best is None or len(found) < len(best.reasons):
                of = "" if met.pipeline == self.graph.name else f" of `{met.pipeline}`"
                best = Before(record, f"`{met.node}`{of}", found)
        return best

    def _is_borrowed(self, node: Task, last: Record) -> bool:
        """Whether the result was made by another branch or partition of a node."""
        first = self.results.first(last.id)
        return (
            first is not None
            and first.node not in all_ids(node)
            and names_of([NodeId(first.node)]) == names_of([node.id])
        )

    def _others(self, node: Task, spec: Spec) -> Iterator[tuple[Name, Record]]:
        """What may be results of a node from before it was renamed."""
        if self.gone is None:
            self.gone = self._left_behind()
        own = names_of([node.id])[0]
        of = [m for m in self.gone.get(_keys(node.id), ()) if self._may_be(m, own)]
        for met in of if len(of) <= MOST else ():
            record = self.results.last(met.pipeline, met.node)
            if record is not None and _is_alike(met, record, node, spec):
                yield met, record

    def _may_be(self, met: Name, own: str) -> bool:
        return met.pipeline == self.graph.name or names_of([NodeId(met.node)])[0] == own

    def _left_behind(self) -> dict[tuple[str, ...], list[Name]]:
        """The nodes that are not there any more, by the branches or partitions they stood in."""
        ran = sorted(self.results.met())
        mine = [met for met in ran if met.pipeline == self.graph.name]
        here = set(names_of(name for node in walk(self.graph.nodes) for name in all_ids(node)))
        found: dict[tuple[str, ...], list[Name]] = {}
        for met in mine or ran:
            if not mine or names_of([NodeId(met.node)])[0] not in here:
                found.setdefault(_keys(met.node), []).append(met)
        return found


def _keys(node: str) -> tuple[str, ...]:
    return tuple(_KEYS.findall(node))


def _is_alike(met: Name, record: Record, node: Task, spec: Spec) -> bool:
    """Whether a result is one of the same step, or of one that shares something of its body."""
    if met.step == node.definition.name or record.parts["body"] == _part(spec, "body"):
        return True
    return not _symbols(record.provenance.get("explain")).isdisjoint(_symbols(spec.json["explain"]))


def _part(spec: Spec, name: str) -> object:
    parts = spec.json["parts"]
    return parts.get(name) if isinstance(parts, dict) else None


def _symbols(explained: object) -> set[str]:
    found = explained.get("symbols") if isinstance(explained, dict) else None
    return set(found) if isinstance(found, dict) else set()
