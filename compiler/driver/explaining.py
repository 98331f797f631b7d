"""Why a node is a hit, runs or may run: the node, what decides, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...runtime.dataclass import dataclass
from ...runtime.history import History
from ...runtime.record import Record
from ..contract.folder import runs_of
from ..ir.nodes import Branch, Node, all_ids, blocks, data_needs
from ..ir.values import NodeId
from ..plan import Plan, PlannedNode, Results, State
from ..plan.chain import chain
from ..project import Project
from ..reasons import Reason, changes
from ..source import Span
from .asked import copies_of, is_called, unknown
from .front import Usage

_MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of how a result came to be; None where nobody wrote it down. `here` says that
    a run of this project, on this machine, made it."""

    pipeline: str | None
    node: str | None
    run: str | None
    made: str | None
    machine: str | None
    seconds: float | None
    here: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A node on the way from the one that was asked for to what decides, and its reasons."""

    node: PlannedNode
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`links` begin with the node itself and end with what decides. `compared` is the result that
    the last one is compared with, `own` whether that is the node's own, by the name
    `called` where it had another one; of a hit it is the result that answers. `copies` has all
    copies of the node where it stands in a block, `others` the ends of chains that are not told."""

    links: tuple[Link, ...]
    compared: Origin | None
    own: bool
    called: str | None
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
    """A node that will certainly not run, and why: `of` is the gate, block or node that sees to
    it, where known."""

    node: NodeId
    text: str
    of: NodeId | None
    span: Span | None


def explain(plan: Plan, results: Results, project: Project, word: str) -> Answer | Skipped:
    """The answer for a node, named by its id, or as `NODE[PARTITION]`. Raises `Usage`."""
    copies = copies_of(plan, word)
    if not copies:
        skipped = next((node for node in plan.skipped if is_called(node, word)), None)
        if skipped is not None:
            return _skipped(plan, skipped)
        raise Usage(unknown(plan, word))
    row = next((row for row in copies if row.state is not State.HIT), copies[0])
    found = chain(plan, row)
    end = found.links[-1]
    record, own, called, reasons = _compared(plan, results, end)
    links = [Link(link, link.reasons) for link in found.links[:-1]]
    links.append(Link(end, reasons))
    origin = None if record is None else _origin(results, project, record)
    return Answer(tuple(links), origin, own, called, copies, found.others)


def _skipped(plan: Plan, node: NodeId) -> Skipped:
    """What keeps a node from being reached, the nearest to it."""
    rows = {row.id: row for row in plan.nodes}
    for around in _around(plan.graph.nodes, node):
        for gate in around.gates:
            row = rows.get(gate)
            if row is not None and row.state is State.HIT and row.reasons:
                text = f"it stands behind `{gate}`: {row.reasons[0].text}"
                return Skipped(node, text, gate, row.span)
        if isinstance(around, Branch):
            return Skipped(node, f"`{around.id}` goes another way", around.id, around.span)
        read = next((need for need in data_needs(around) if need in plan.skipped), None)
        if read is not None:
            return Skipped(node, f"it reads `{read}`, which is skipped", read, around.span)
    text = "it stands behind a gate that stops, or where a `when` does not go"
    return Skipped(node, text, None, None)


def _around(nodes: Iterable[Node], name: NodeId) -> list[Node]:
    """A node and the blocks that it stands in, the innermost first; none where it is a copy that
    the graph itself does not have."""
    for node in nodes:
        if name in all_ids(node):
            return [node]
        for block in blocks(node):
            found = _around(block.nodes, name)
            if found:
                return [*found, node]
    return []


def _compared(
    plan: Plan, results: Results, end: PlannedNode
) -> tuple[Record | None, bool, str | None, tuple[Reason, ...]]:
    """The result that a node is compared with, whether it is its own, under which name where that
    was another one, and what is different."""
    if end.state is State.HIT:
        return end.record, True, None, end.reasons
    if end.call is not None and end.call.before is not None:
        return end.call.before, True, end.call.called, end.reasons
    own = results.last(plan.graph.name, end.id)
    if own is not None or end.call is None or all(r.part != "new" for r in end.reasons):
        return own, True, None, end.reasons
    nearest = _nearest(plan, results, end)
    if nearest is None:
        return None, False, None, end.reasons
    record, reasons = nearest
    return record, False, None, (*end.reasons, *reasons)


def _nearest(
    plan: Plan, results: Results, end: PlannedNode
) -> tuple[Record, tuple[Reason, ...]] | None:
    """The result of the same step from which fewest things differ; of equals that of the node whose
    name begins most like it, then the next one before it, else behind it: of days the nearest."""
    if end.call is None or not isinstance(results, History):
        return None
    call, names = end.call, results.names()
    best: tuple[tuple[int, int], str, Record, tuple[Reason, ...]] | None = None
    for record in results.alike(call.task.definition.name, call.spec.json):
        found = changes(call.task, call.spec, record, call.today, results.text)
        of = names[record.id].node if record.id in names else ""
        rank = len(found), -_same_start(of, end.id)
        if best is None or rank < best[0] or (rank == best[0] and _nearer(of, best[1], end.id)):
            best = rank, of, record, found
    return None if best is None else best[2:]


def _same_start(one: str, other: str) -> int:
    """How many characters two names begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _nearer(name: str, other: str, place: str) -> bool:
    """Whether a name comes nearer to a place in order than another; what is before it is nearer."""
    if (name <= place) != (other <= place):
        return name <= place
    return name > other if name <= place else name < other


def _origin(results: Results, project: Project, record: Record) -> Origin:
    said = record.provenance
    name = results.names().get(record.id) if isinstance(results, History) else None
    made = _text(said.get("made"))
    seconds = said.get("seconds")
    run = _text(said.get("run")) or _run_of(project, record)
    return Origin(
        name.pipeline if name else None,
        name.node if name else _text(said.get("node")),
        run,
        made,
        _text(said.get("machine")),
        float(seconds) if isinstance(seconds, int | float) else None,
        run is not None and any(folder.id == run for folder in runs_of(project.state)),
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
