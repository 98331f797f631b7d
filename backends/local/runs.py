"""Runs: one, from start to finish, with a folder of its own for logs, events, outputs, report."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from ...compiler.contract.runner import Event, NodeResult, Request, RunResult
from ...compiler.ir import meaning
from ...compiler.ir.values import Json, NodeId
from ...runtime.artifact import Artifact
from ...runtime.evaluate import EvaluationError
from ...runtime.folder import FolderStore
from ...runtime.history import stem_of
from ...runtime.store import MissingObjectError, Store
from ...runtime.values import Label, encode, map_artifacts
from .engine import Engine, Interrupted
from .progress import Progress
from .report.page import write_report


def new_run_id() -> str:
    """A name that sorts by time: `20261122-221500-3fa2`."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


def run(request: Request, resume: str | None = None) -> RunResult:
    """Runs a pipeline here. `resume` continues a run: what it did outside is not done again."""
    name = resume or new_run_id()
    folder = request.state / "runs" / name
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        engine = Engine(
            replace(request, seen=_recording(request, events)), name, folder, near(request.store)
        )
        try:
            engine.execute()
            interrupted = False
        except (Interrupted, KeyboardInterrupt):
            interrupted = True
    progress = engine.progress
    outputs = _outputs(request, progress, folder)
    nodes = tuple(
        progress.results[node.id] for node in request.graph.nodes if node.id in progress.results
    )
    _remember(request, progress, nodes)
    result = RunResult(
        name,
        _status(progress, interrupted),
        outputs,
        nodes,
        folder / "report.html",
        time.monotonic() - began,
    )
    text = json.dumps(result.as_json(), ensure_ascii=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    write_report(folder / "report.html", result, request, progress.records)
    return result


def _status(progress: Progress, interrupted: bool) -> str:
    if interrupted:
        return "interrupted"
    return "failed" if progress.failed else "stopped" if progress.stopped else "succeeded"


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
        entry: dict[str, Json] = {"event": event.name, "node": event.node, **event.detail}
        if event.result is not None:
            entry |= {"state": event.result.state.value, "seconds": event.result.seconds}
        events.write(json.dumps(entry, ensure_ascii=False) + "\n")
        events.flush()
        request.seen(event)

    return seen


def _outputs(request: Request, progress: Progress, folder: Path) -> dict[str, Json]:
    """The pipeline's outputs that there are; artifacts are laid into the run's folder."""

    def lay(label: Label, _: object, value: object) -> Artifact:
        assert isinstance(value, Artifact)
        name = "-".join(label) + value.suffix
        place = folder / "outputs" / name
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            request.store.materialize(value, place)
        return replace(value, source=str(place))

    found: dict[str, Json] = {}
    for output in request.graph.outputs:
        type_ = meaning.descriptor_of(output.type)
        try:
            value = meaning.evaluate(output.value, progress.values)
            laid = map_artifacts(type_, value, lay, (output.name,))
            found[output.name] = _shown(encode(type_, laid))
        except (EvaluationError, MissingObjectError):
            continue
    return found


def _shown(data: Json) -> Json:
    """Artifacts as `{"path", "digest"}`; everything else as it is."""
    if isinstance(data, list):
        return [_shown(item) for item in data]
    if isinstance(data, dict):
        if "digest" in data and "source" in data:
            return {"path": data["source"], "digest": data["digest"]}
        return {name: _shown(item) for name, item in data.items()}
    return data


def _remember(request: Request, progress: Progress, nodes: tuple[NodeResult, ...]) -> None:
    """What explains and estimates the next run."""
    rows = []
    for node in nodes:
        record = progress.records.get(node.id)
        if record is not None:
            seconds = record.provenance.get("seconds")
            known = float(seconds) if isinstance(seconds, int | float) else None
            rows.append((str(node.id), record.id, known))
    specs = {id(s): s for s in (request.specs[NodeId(name)] for name, _, _ in rows)}
    stems = {stem_of(spec.json) for spec in specs.values()}
    request.history.remember(request.graph.name, rows, sorted(stems))
