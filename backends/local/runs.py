"""Runs: one, from start to finish, with a folder of its own for logs, events, outputs, report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

from ...compiler.contract.folder import RUNNING, new_run, recorded, say
from ...compiler.contract.runner import Event, NodeResult, Request, RunResult
from ...compiler.ir.definitions import ShellBody
from ...compiler.ir.graph import Graph
from ...compiler.ir.nodes import Hook, Node, Task
from ...compiler.ir.values import Json
from ...runtime.folder import FolderStore
from ...runtime.store import Store
from .engine import Engine, Interrupted
from .hooks import hooks_of
from .noise import marked
from .outputs import laid_out
from .progress import Progress
from .report.page import page

LONGEST_TEXT = 500_000


def run(request: Request, resume: str | None = None) -> RunResult:
    """Runs a pipeline here. `resume` continues a run: what it did outside is not done again.

    Raises `BlockingIOError` where the run to resume is still under way.
    """
    folder = new_run(request.state) if resume is None else request.state / "runs" / resume
    name = folder.name
    (folder / "logs").mkdir(exist_ok=True)
    began = time.monotonic()
    with recorded(folder) as events:
        about = about_run(request)
        say(folder, said(RunResult(name, RUNNING, {}, (), None, 0.0), about))
        if resume is not None:
            events.write('{"event": "resumed", "node": ""}\n')
        engine = Engine(
            replace(request, seen=_recording(request, events)), name, folder, near(request.store)
        )
        try:
            engine.execute()
            interrupted = False
        except (Interrupted, KeyboardInterrupt):
            interrupted = True
        progress = engine.progress
        hooks = hooks_of(request.graph, progress)
        ends = tuple(progress.results.in_order(_all_nodes(request.graph, hooks)))
        nodes = marked(ends, progress.results.made, near(request.store))
        _remember(request, progress, nodes)
        outputs = laid_out(request, progress, folder)
        result = RunResult(
            name,
            "interrupted" if interrupted else progress.status,
            outputs,
            nodes,
            folder / "report.html",
            time.monotonic() - began,
            progress.expired or progress.spoiled,
            progress.results.made,
        )
        (folder / "report.html").write_text(
            page(folder, result, request), encoding="utf-8", errors="backslashreplace"
        )
        say(folder, said(result, about))
    return result


def about_run(request: Request) -> dict[str, Json]:
    """What is known of a run before it begins."""
    return {
        "pipeline": request.graph.name,
        "file": request.program,
        "target": request.target,
        "day": request.day,
        "parameters": dict(request.parameters),
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "planned": [node.id for node in _all_nodes(request.graph, request.graph.hooks)],
    }


def _all_nodes(graph: Graph, hooks: Iterable[Hook]) -> Iterator[Node]:
    yield from graph.nodes
    for hook in hooks:
        yield from hook.nodes


def said(result: RunResult, about: dict[str, Json]) -> dict[str, Json]:
    """What stands in `run.json`."""
    return {**result.as_json(), **about, "seconds": round(result.seconds, 3)}


def near(store: Store) -> FolderStore:
    """The part of a store that lies on this machine: where workers put objects."""
    if isinstance(store, FolderStore):
        return store
    inner = getattr(store, "near", None)
    if not isinstance(inner, FolderStore):
        raise TypeError("a local run needs a store on this machine")
    return inner


def _recording(request: Request, events: TextIO) -> Callable[[Event], None]:
    """Writes every event to the run's folder before it passes it on."""

    def seen(event: Event) -> None:
        events.write(line(event))
        events.flush()
        request.seen(event)

    return seen


def line(event: Event) -> str:
    """What stands of an event in `events.jsonl`."""
    entry: dict[str, Json] = {"event": event.name, "node": event.node, **event.detail}
    if event.result is not None:
        result = event.result
        entry |= {"kind": result.kind, "state": result.state.value, "seconds": result.seconds}
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _remember(request: Request, progress: Progress, nodes: tuple[NodeResult, ...]) -> None:
    """What explains and estimates the next run; a node that was merged into another one had the
    same result."""
    tasks = (node for node in request.graph.everything() if isinstance(node, Task))
    aliases = {task.id: task.aliases for task in tasks if task.aliases}
    rows: list[tuple[str, str, float | None]] = []
    for node in nodes:
        made = progress.results.made.get(node.id)
        if made is not None:
            known = (node.id, *aliases.get(node.id, ()))
            rows += [(name, made.id, made.seconds) for name in known]
    own = {node.id for node in nodes if node.id in progress.results.made}
    templates = {progress.template(name) for name in own}
    stems = {request.specs[name].stem for name in templates}
    steps = {str(node.id): node.step for node in nodes if node.step is not None}
    request.history.remember(request.graph.name, rows, sorted(stems), steps, _texts(request))


def _texts(request: Request) -> set[str]:
    """What was written down of bodies and environments: a later plan says which line changed."""
    found: set[str] = set()
    tasks = (node for node in request.graph.everything() if isinstance(node, Task))
    pairs = {
        (id(task.definition), id(task.settings)): (task.definition.body, task.settings.environment)
        for task in tasks
    }
    for body, environment in pairs.values():
        if isinstance(body, ShellBody):
            found.add(body.text)
            found.update(file.content.decode("utf-8", "replace") for file in body.files)
        listed = (environment.lockfile, environment.requirements)
        found.update(file[1] for file in listed if file is not None)
    return {text for text in found if len(text) <= LONGEST_TEXT}
