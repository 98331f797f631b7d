"""Progress of a run: a live table in a terminal, plain lines elsewhere, JSON lines on request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ..contract.runner import Event, NodeState
from ..ir.graph import Graph
from ..ir.nodes import Branch, Node
from ..ir.values import NodeId
from .plain import one_line
from .tally import Tally

if TYPE_CHECKING:
    from rich.console import RenderableType

Seen = Callable[[Event], None]

_WIDEST_NAME = 40


@contextmanager
def watcher(graph: Graph, stream: TextIO, *, json_lines: bool) -> Iterator[Seen]:
    """What to call for every event of a run."""
    if json_lines:
        yield lambda event: _json_line(event, stream)
    elif stream.isatty():
        with _live(graph, stream) as seen:
            yield seen
    else:
        yield _Lines(graph, stream).take


def _json_line(event: Event, stream: TextIO) -> None:
    entry: dict[str, object] = {"event": event.name, "node": event.node, **event.detail}
    if event.result is not None:
        entry.update(event.result.as_json())
        if event.result.why is not None:
            entry["why"] = event.result.why
    print(json.dumps(entry, ensure_ascii=False), file=stream, flush=True)


# What is worth a line even where a thousand others like it are counted.
_LOUD = ("failed", "warned", "retrying", "asks")


class _Lines:
    """A line for every event, but for what goes on inside of long blocks."""

    def __init__(self, graph: Graph, stream: TextIO) -> None:
        self._stream = stream
        self._tally = Tally(graph.nodes)
        shown = (len(one_line(n.id)) for n in graph.nodes if self._tally.around(n.id) is None)
        self._width = min(max(shown, default=0), _WIDEST_NAME)

    def take(self, event: Event) -> None:
        self._tally.take(event)
        if event.name == "expanded" and event.detail.get("branches") is None:
            return
        word, seconds, why = _said(event)
        if self._tally.around(event.node) is not None and word not in _LOUD:
            return
        counted = self._tally.words(event.node) if event.result is not None else None
        text = "; ".join(filter(None, (counted, why)))
        print(_line(word, event.node, self._width, seconds, text), file=self._stream, flush=True)


def _line(word: str, node: NodeId, width: int, seconds: float | None, why: str) -> str:
    """`ran      fit        12.3 s`, and behind it what there is to say."""
    took = "" if seconds is None else f"{seconds:.1f} s"
    return f"{word:<10}{one_line(node):<{width}}{took:>9}  {one_line(why)}".rstrip()


def _said(event: Event) -> tuple[str, float | None, str]:
    """A word for an event, the seconds it took, and why."""
    result = event.result
    if result is None:
        why = str(event.detail.get("why") or "")
        if event.name == "asked":
            return "asks", None, f"{why}; to decide: {event.detail.get('command')}"
        if event.name == "expanded":
            return event.name, None, _branches(event.detail.get("branches"))
        pause = event.detail.get("seconds")
        if event.name == "retrying" and isinstance(pause, int | float):
            why = f"{why}; again in {pause:g} s"
        return event.name, None, why
    gate = result.kind == "gate" and result.state is NodeState.RAN
    ran = result.kind == "task" and result.state is NodeState.RAN
    if gate:
        # What it warned of has been said.
        return "passed", None, ""
    return result.state.value, result.seconds if ran else None, result.why or ""


def _branches(count: object) -> str:
    return "1 branch" if count == 1 else f"{count} branches"


_STYLES = {
    "waiting": "dim",
    "started": "yellow",
    "retrying": "yellow",
    "warned": "yellow",
    "asks": "bold yellow",
    "expanded": "dim",
    "hit": "green",
    "ran": "cyan",
    "passed": "green",
    "failed": "bold red",
    "skipped": "dim",
}


class _Board:
    """The last event of every node, as a table no higher than the terminal."""

    def __init__(self, graph: Graph) -> None:
        self._tally = Tally(graph.nodes)
        named = list(_with_arms(graph.nodes))
        self._nodes = [node for node in named if self._tally.around(node) is None]
        self._known = set(named)
        self._ahead = 0
        self._began = time.monotonic()
        self._started: dict[NodeId, float] = {}
        self._last: dict[NodeId, Event] = {}
        self._done: list[NodeId] = []
        self.over = False

    def take(self, event: Event) -> None:
        self._tally.take(event)
        node = event.node
        if node not in self._known:
            self._known.add(node)
            self._ahead = max(0, self._ahead - 1)
            if self._tally.around(node) is None:
                self._place(node)
        ahead = event.detail.get("nodes")
        if event.detail.get("branches") is not None and isinstance(ahead, int):
            self._ahead += ahead
        self._last[node] = event
        if event.name in ("started", "expanded"):
            self._started[node] = time.monotonic()
        elif event.name == "finished":
            self._done.append(node)

    def _place(self, node: NodeId) -> None:
        """A node that came during the run stands above the block that it is of, else last."""
        block = NodeId(node.rpartition("[")[0])
        at = self._nodes.index(block) if block in self._nodes else len(self._nodes)
        self._nodes.insert(at, node)

    def table(self, height: int) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        names = {node: one_line(node) for node in self._nodes}
        width = min(max(map(len, names.values()), default=0), _WIDEST_NAME)
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(no_wrap=True, width=max(map(len, _STYLES)))
        grid.add_column(no_wrap=True, width=width, overflow="ellipsis")
        grid.add_column(no_wrap=True, width=8, justify="right")
        grid.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
        for node in self._shown(height - 2):
            word, took, why = self._row(node)
            style = _STYLES[word]
            shown = "running" if word in ("started", "expanded") else word
            said = Text(one_line(why), "dim")
            grid.add_row(Text(shown, style), Text(names[node]), Text(took), said)
        return Group(grid, Text(self._summary(), "dim"))

    def _shown(self, room: int) -> list[NodeId]:
        """The nodes to show: all, or those that matter most now; in the end what went wrong."""
        if len(self._nodes) <= room:
            return self._nodes
        if self.over:
            return [node for node in self._nodes if self._row(node)[0] == "failed"][:room]
        done = set(self._done)
        asking = (node for node, event in self._last.items() if event.name == "asked")
        running = [node for node in (*asking, *self._started) if node not in done]
        chosen = dict.fromkeys((*running, *reversed(self._done)))
        shown = (node for node in chosen if self._tally.around(node) is None)
        kept = set(list(shown)[: max(room, 1)])
        return [node for node in self._nodes if node in kept]

    def _row(self, node: NodeId) -> tuple[str, str, str]:
        event = self._last.get(node)
        if event is None:
            return "waiting", "", ""
        word, seconds, why = _said(event)
        if event.result is None and node in self._started:
            seconds = time.monotonic() - self._started[node]
        counted = self._tally.words(node)
        if counted is not None:
            why = "; ".join(filter(None, (counted, why if event.result is not None else "")))
        return word, "" if seconds is None else f"{seconds:.1f} s", why

    def _summary(self) -> str:
        seconds = time.monotonic() - self._began
        total = len(self._known) + self._ahead
        return f"{len(self._done)} of {total} done, {seconds:.0f} s"


def _with_arms(nodes: Iterable[Node]) -> Iterator[NodeId]:
    """The nodes that have an id now; those in the arms of a `when` stand above it."""
    for node in nodes:
        if isinstance(node, Branch):
            for arm in node.arms:
                yield from _with_arms(arm.body.nodes)
        yield node.id


@contextmanager
def _live(graph: Graph, stream: TextIO) -> Iterator[Seen]:
    from rich.console import Console
    from rich.live import Live

    board = _Board(graph)
    console = Console(file=stream, highlight=False)
    live = Live(
        console=console, get_renderable=lambda: board.table(console.height), refresh_per_second=8
    )

    def seen(event: Event) -> None:
        board.take(event)
        # Not before: what is refused has no progress to show.
        live.start()

    try:
        yield seen
    finally:
        board.over = True
        live.stop()
