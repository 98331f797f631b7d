"""What a run that ended well comes to once more: all its tasks are hits, and nothing starts."""

from __future__ import annotations

import json
from dataclasses import replace

from ...compiler.contract.runner import (
    Event,
    NodeResult,
    NodeState,
    Repeated,
    Request,
    RunResult,
)
from .report.page import page
from .runs import about_run, line, said


def repeated(request: Request, result: RunResult) -> Repeated:
    """What the next run would say, hear and leave, under the name of this one. Only of a run in
    which every node ended well."""
    folder = request.state / "runs" / result.run
    again = replace(result, nodes=tuple(map(_as_hit, result.nodes)), seconds=0.0)
    events = tuple(_finished(node, again) for node in again.nodes)
    files = {
        "run.json": json.dumps(said(again, about_run(request)), ensure_ascii=False),
        "events.jsonl": "".join(map(line, events)),
        "report.html": page(folder, again, request),
    }
    return Repeated(again, events, files)


def _as_hit(node: NodeResult) -> NodeResult:
    """How a node that ended well ends where its work is done already."""
    idle = replace(node, seconds=0.0, began=0.0)
    if node.kind != "task":
        return idle
    return replace(idle, state=NodeState.HIT, attempts=0, log=None)


def _finished(node: NodeResult, result: RunResult) -> Event:
    made = result.made.get(node.id)
    return Event("finished", node.id, {} if made is None else {"result": made.id}, node)
