"""Progress of a run: a live table in a terminal, plain lines elsewhere, JSON lines on request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ..contract.runner import Event, NodeState
from ..ir.graph import Graph
from ..ir.values import NodeId, Task

if TYPE_CHECKING:
    from rich.table import Table

Seen = Callable[[Event], None]


@contextmanager
def watcher(graph: Graph, stream: TextIO, *, json_lines: bool) -> Iterator[Seen]:
    """What to call for every event of a run."""
    if json_lines:
        yield lambda event: _json_line(event, stream)
    elif stream.isatty():
        with _live(graph, stream) as seen:
            yield seen
    else:
        yield lambda event: _line(event, stream)


def _json_line(event: Event, stream: TextIO) -> None:
    entry: dict[str, object] = {"event": event.name, "node": event.node, **event.detail}
    if event.result is not None:
        entry.update(event.result.as_json())
    print(json.dumps(entry, ensure_ascii=False), file=stream, flush=True)


def _line(event: Event, stream: TextIO) -> None:
    print(f"{_words(event)}", file=stream, flush=True)


def _words(event: Event) -> str:
    result = event.result
    if result is None:
        why = event.detail.get("why")
        return f"{event.name:<9}{event.node}" + (f": {why}" if why else "")
    took = f" in {result.seconds:.1f} s" if result.state is NodeState.RAN and result.seconds else ""
    why = f": {result.why}" if result.why else ""
    return f"{_said(result.kind, result.state):<9}{event.node}{took}{why}"


def _said(kind: str, state: NodeState) -> str:
    return "passed" if kind == "gate" and state is NodeState.RAN else state.value


_STYLES = {
    "hit": "green",
    "ran": "blue",
    "passed": "green",
    "failed": "bold red",
    "skipped": "dim",
    "running": "yellow",
    "waiting": "dim",
}


@contextmanager
def _live(graph: Graph, stream: TextIO) -> Iterator[Seen]:
    from rich.console import Console
    from rich.live import Live

    began: dict[NodeId, float] = {}
    last: dict[NodeId, Event] = {}

    def table() -> Table:
        return _table(graph, began, last)

    with Live(
        console=Console(file=stream), get_renderable=table, refresh_per_second=8, transient=False
    ):

        def seen(event: Event) -> None:
            last[event.node] = event
            if event.name == "started":
                began[event.node] = time.monotonic()

        yield seen


def _table(graph: Graph, began: dict[NodeId, float], last: dict[NodeId, Event]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    for node in graph.nodes:
        event = last.get(node.id)
        word, seconds, why = "waiting", "", ""
        if event is not None and event.result is not None:
            word = _said(event.result.kind, event.result.state)
            seconds = f"{event.result.seconds:.1f} s" if word == "ran" else ""
            why = event.result.why or ""
        elif event is not None:
            word = "running"
            seconds = f"{time.monotonic() - began.get(node.id, time.monotonic()):.0f} s"
            why = str(event.detail.get("why") or "")
        name = node.id if isinstance(node, Task) else f"{node.id}"
        grid.add_row(f"[{_STYLES[word]}]{word}[/]", escape(name), seconds, f"[dim]{escape(why)}[/]")
    return grid
