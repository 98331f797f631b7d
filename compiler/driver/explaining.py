"""Why a node is a hit, runs or may run: the node, what decides, and what it is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ...runtime.dataclass import dataclass
from ...runtime.history import History
from ...runtime.record import Record
from ..contract.folder import runs_of
from ..ir.nodes import walk
from ..ir.values import NodeId
from ..plan import Plan, PlannedNode, Results, State
from ..plan.chain import chain
from ..plan.values import names_of
from ..project import Project
from ..reasons import Reason, changes
from .front import Usage

_CALLED = re.compile(r"(?P<name>[^\[\]]+)\[(?P<key>[^\]]*)\]")
_MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of how a result came to be; None where nobody wrote it down."""

    pipeline: str | None
    node: str | None
    run: str | None
    made: str | None
    machine: str | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """A node on the way from the one that was asked for to what decides, and its reasons."""

    node: PlannedNode
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`links` begin with the node itself and end with what decides. `compared` is the result that
    the last one is compared with, `own` whether that is the node's own; of a hit it is the result
    that answers. `copies` has all copies of the node where it stands in a block, `others` the ends
    of chains that are not told."""

    links: tuple[Link, ...]
    compared: Origin | None
    own: bool
    copies: tuple[PlannedNode, ...]
    others: tuple[NodeId, ...]

    @property
    def node(self) -> PlannedNode:
        return self.links[0].node

    @property
    def root(self) -> Link:
        return self.links[-1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A node that will certainly not run, and the gate or block that sees to it, where known."""

    node: NodeId


def explain(plan: Plan, results: Results, project: Project, word: str) -> Answer | Skipped:
    """The answer for a node, named by its id, or as `NODE[PARTITION]`. Raises `Usage`."""
    copies = _copies(plan, word)
    if not copies:
        skipped = next((node for node in plan.skipped if _is_called(node, word)), None)
        if skipped is not None:
            return Skipped(skipped)
        raise Usage(_unknown(plan, word))
    row = next((row for row in copies if row.state is not State.HIT), copies[0])
    found = chain(plan, row)
    end = found.links[-1]
    record, own, reasons = _compared(plan, results, end)
    links = [Link(link, link.reasons) for link in found.links[:-1]]
    links.append(Link(end, reasons))
    origin = None if record is None else _origin(results, project, record)
    return Answer(tuple(links), origin, own, copies, found.others)


def _copies(plan: Plan, word: str) -> tuple[PlannedNode, ...]:
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
            if _is_called(row.id, called["name"]) and key in (row.partition, row.branch)
        )
    return tuple(row for row in rows if _is_called(row.id, word))


def _is_called(node: NodeId, word: str) -> bool:
    """Whether a word is the name of a node without the branches around it, or its last part."""
    name = names_of([node])[0]
    return word in (name, str(node)) or name.endswith(f".{word}")


def _unknown(plan: Plan, word: str) -> str:
    """There is no such node; the ones that are, where they are few, or the nearest."""
    called = _CALLED.fullmatch(word)
    name = word if called is None else called["name"]
    held = [row for row in plan.nodes if _is_called(row.id, name)]
    keys = [key for row in held if (key := row.partition or row.branch) is not None]
    if called is not None and keys:
        near = get_close_matches(called["key"], keys, n=1, cutoff=0.3)
        more = f"; did you mean `{name}[{near[0]}]`?" if near else ""
        return f"`{name}` has no `{called['key']}`: it goes from {keys[0]} to {keys[-1]}{more}"
    if called is not None and held:
        return f"`{name}` stands in no block that has branches or partitions; ask for `{name}`"
    for hook in plan.graph.hooks:
        if any(_is_called(node.id, name) for node in walk(hook.nodes)):
            return f"`{name}` stands in a hook: it runs anew whenever the hook does"
    tasks = [row.id for row in plan.nodes if row.kind == "task"]
    known = names_of([*(row.id for row in plan.nodes), *plan.skipped])
    last = {known_name.rpartition(".")[2]: known_name for known_name in known}
    near = get_close_matches(name, [*known, *last], n=1, cutoff=0.5)
    if near:
        return f"there is no node called `{word}`; did you mean `{near[0]}`?"
    listed = ", ".join(f"`{task}`" for task in names_of(tasks)[:8])
    more = ", ..." if len(names_of(tasks)) > 8 else ""
    return f"there is no node called `{word}`; the steps are {listed}{more}"


def _compared(
    plan: Plan, results: Results, end: PlannedNode
) -> tuple[Record | None, bool, tuple[Reason, ...]]:
    """The result that a node is compared with, whether it is its own, and what is different."""
    if end.state is State.HIT:
        return end.record, True, end.reasons
    own = results.last(plan.graph.name, end.id)
    if own is not None:
        return own, True, end.reasons
    if end.call is None or not any(reason.part == "new" for reason in end.reasons):
        return None, True, end.reasons
    nearest = _nearest(plan, results, end)
    if nearest is None:
        return None, False, end.reasons
    record, reasons = nearest
    return record, False, (*end.reasons, *reasons)


def _nearest(
    plan: Plan, results: Results, end: PlannedNode
) -> tuple[Record, tuple[Reason, ...]] | None:
    """The result of the same step from which fewest things differ. Of equals the first stands."""
    if end.call is None or not isinstance(results, History):
        return None
    call = end.call
    best: tuple[Record, tuple[Reason, ...]] | None = None
    for record in results.alike(call.task.definition.name, call.spec.json):
        found = changes(call.task, call.spec, record, call.today, results.text)
        if best is None or len(found) < len(best[1]):
            best = record, found
    return best


def _origin(results: Results, project: Project, record: Record) -> Origin:
    said = record.provenance
    name = results.names().get(record.id) if isinstance(results, History) else None
    made = _text(said.get("made"))
    seconds = said.get("seconds")
    return Origin(
        name.pipeline if name else None,
        name.node if name else _text(said.get("node")),
        _text(said.get("run")) or _run_of(project, record),
        made,
        _text(said.get("machine")),
        float(seconds) if isinstance(seconds, int | float) else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _run_of(project: Project, record: Record) -> str | None:
    """The run of this machine that made a result."""
    for number, run in enumerate(runs_of(project.state)):
        if number == _MOST_RUNS:
            break
        if any(_is_made(run.events(), record.id)):
            return run.id
    return None


def _is_made(events: Iterator[object], result: str) -> Sequence[bool]:
    return [
        isinstance(entry, dict) and entry.get("result") == result and entry.get("state") == "ran"
        for entry in events
    ]
