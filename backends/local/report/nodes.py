"""The tables of nodes: how each ended, when and how long it ran, what came out, what it printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ....compiler.contract.runner import Made, NodeResult, NodeState, Request, RunResult
from ....compiler.ir.nodes import Gate, walk
from ....compiler.ir.values import Json, NodeId
from ....runtime.artifact import Artifact
from .values import picture, text

MOST_BRANCHES = 20
"""Blocks with more branches are folded."""

_MOST_FOLDED = 200
_TAIL_BYTES = 16_000
_TAIL_LINES = 40
_NUMBER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the rows are made from; `gates` are conditions as written, by id before expansion."""

    request: Request
    made: Mapping[NodeId, Made]
    gates: Mapping[str, str]
    whole: float

    def gate(self, node: NodeResult) -> str | None:
        return self.gates.get(node.id) or self.gates.get(_NUMBER.sub("[*]", node.id))


def node_tables(result: RunResult, request: Request) -> Iterator[str]:
    """One table of the pipeline's nodes, and one of those of its hooks."""
    graph = request.graph
    gates = {str(node.id): node.text for node in graph.everything() if isinstance(node, Gate)}
    shown = _Shown(request, result.made, gates, result.seconds)
    hooks = {node.id for hook in graph.hooks for node in walk(hook.nodes)}
    yield from _table("Nodes", [node for node in result.nodes if node.id not in hooks], shown)
    yield from _table("Hooks", [node for node in result.nodes if node.id in hooks], shown)


def _table(title: str, nodes: Sequence[NodeResult], shown: _Shown) -> Iterator[str]:
    if not nodes:
        return
    folded = _long_blocks(nodes)
    yield f"<h2>{title}</h2>\n<table>"
    for node in nodes:
        if _block(node.id) not in folded:
            yield from _row(node, shown)
        if node.id in folded:
            yield from _fold([n for n in nodes if _block(n.id) == node.id], shown)
    yield "</table>"


def _long_blocks(nodes: Sequence[NodeResult]) -> set[str]:
    """The blocks at the top that have many branches, and a row of their own."""
    limbs = {node.id.partition("]")[0] for node in nodes if "[" in node.id}
    counts = Counter(limb.partition("[")[0] for limb in limbs)
    ids = {node.id for node in nodes}
    return {block for block, count in counts.items() if count > MOST_BRANCHES and block in ids}


def _block(node: str) -> str | None:
    """The outermost block that a node stands in a branch of."""
    block, bracket, _ = node.partition("[")
    return block if bracket else None


def _fold(nodes: Sequence[NodeResult], shown: _Shown) -> Iterator[str]:
    """The nodes of a long block behind their numbers, what failed first."""
    counts = Counter(node.state.value for node in nodes if node.kind == "task")
    said = ", ".join(f"{counts[s.value]} {s.value}" for s in NodeState if counts[s.value])
    ordered = sorted(nodes, key=lambda node: node.state is not NodeState.FAILED)
    yield f'<tr class="fold"><td colspan="3"><details><summary>{said}</summary><table>'
    for node in ordered[:_MOST_FOLDED]:
        yield from _row(node, shown)
    yield "</table>"
    more = len(ordered) - _MOST_FOLDED
    if more > 0:
        yield f'<p class="soft">and {more} more; <code>mlp logs</code> lists all</p>'
    yield "</details></td></tr>"


def _row(node: NodeResult, shown: _Shown) -> Iterator[str]:
    quiet = "" if node.state is NodeState.FAILED else ' class="quiet"'
    passed = node.kind == "gate" and node.state is NodeState.RAN
    word = "passed" if passed else node.state.value
    about = [*_about(node, shown.gate(node)), *_results(shown.made.get(node.id), shown)]
    yield f"<tr{quiet}><td>{''.join(about)}{_log(node)}</td>"
    yield f'<td class="state"><span class="badge {word}">{word}</span></td>'
    yield f'<td class="time">{_time(node, shown.whole)}</td></tr>'


def _about(node: NodeResult, gate: str | None) -> Iterator[str]:
    yield f"<strong>{escape(node.id)}</strong>"
    if node.step and node.step != node.id:
        yield f' <span class="soft">{escape(node.step)}</span>'
    if gate is not None:
        yield f' <code class="soft">{escape(gate)}</code>'
    if node.why:
        went = node.state in (NodeState.RAN, NodeState.HIT)
        yield f'<div class="{"note" if went else "why"}">{escape(node.why)}</div>'
    if node.noisy:
        outputs = ", ".join(map(escape, node.noisy))
        yield f'<div class="note">noisy: came out otherwise when made again: {outputs}</div>'


def _results(made: Made | None, shown: _Shown) -> Iterator[str]:
    if made is None:
        return
    for name, entry in made.outputs.items():
        yield f'<div class="soft values">{escape(name)} = {_kept(entry)}</div>'
        if "value" not in entry:
            artifact = Artifact.from_json(dict(entry))
            image = picture(Path(shown.request.store.address(artifact)), artifact.suffix)
            if image:
                yield f"<details><summary>{escape(artifact.name)}</summary>{image}</details>"


def _kept(entry: Mapping[str, Json]) -> str:
    """What a record says of an output: a value as it is, an artifact by name and size."""
    if "value" in entry:
        return text(entry["value"])
    return escape(f"{entry['name']}, {_size(entry['size'])}")


def _time(node: NodeResult, whole: float) -> str:
    """How long it took and, as a bar, when in the run that was."""
    if not node.seconds or not whole:
        return ""
    left, width = 100 * node.began / whole, 100 * node.seconds / whole
    again = f" · {node.attempts} attempts" if node.attempts > 1 else ""
    bar = f'<div class="bar {node.state}" style="left: {left:.1f}%; width: {width:.1f}%"></div>'
    return f'{node.seconds:.2f} s<span class="soft">{again}</span><div class="track">{bar}</div>'


def _size(size: Json) -> str:
    amount = float(size) if isinstance(size, int | float) else 0.0
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _log(node: NodeResult) -> str:
    log = _tail(node.log)
    if not log:
        return ""
    is_open = " open" if node.state is NodeState.FAILED else ""
    return f"<details{is_open}><summary>log</summary><pre>{escape(log)}</pre></details>"


def _tail(log: Path | None) -> str:
    """The end of a log."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
