"""Hooks: which of them are due when everything else has ended, and what they know of the run."""

from __future__ import annotations

from collections.abc import Iterator

from ...compiler.contract.runner import NodeState
from ...compiler.ir.graph import Graph
from ...compiler.ir.hooks import began, by_pipeline, in_order, nodes_of
from ...compiler.ir.nodes import Hook
from .progress import Progress
from .results import GOOD

_BEGAN = (*GOOD, NodeState.FAILED)


def hooks_of(graph: Graph, progress: Progress) -> list[Hook]:
    """The hooks of a run in order, with those of pipelines called in blocks that came to be."""
    return in_order((*graph.hooks, *progress.hooks), graph.nodes, progress.members)


def due(graph: Graph, progress: Progress) -> Iterator[Hook]:
    """The hooks of called pipelines, each for how its own call went, then those of the run:
    `failure` or `success`, whichever it came to, then `finally`; to stop is a success.

    Binds what `run.` has in a hook: after a success there is neither failed node nor error, a
    pipeline that took too long may itself be what failed. What a hook comes to changes none of it.
    The hooks of a call that never began are skipped.
    """
    progress.look_back()
    ordered = hooks_of(graph, progress)
    for hook in ordered:
        progress.blocks.attach(hook)
    hooks = by_pipeline(ordered)
    accounts = [(same, _account(graph.name, same[0], progress)) for same in hooks]
    for same, account in accounts:
        for hook in same:
            if account is None:
                for node in hook.nodes:
                    progress.skip(node, f"nothing of `{hook.call}` ever began")
                continue
            failed = account["run.status"] == "failed"
            if hook.event in ("failure" if failed else "success", "finally"):
                progress.values.update(account)
                yield hook


def _account(name: str, hook: Hook, progress: Progress) -> dict[str, object] | None:
    """How the pipeline went that a hook is of; None where it never began."""
    if hook.call is None:
        first, status = progress.results.first_failure(), progress.status
        expired = progress.expired or progress.spoiled
    else:
        nodes = nodes_of(hook, progress.nodes, progress.members)
        if not began(nodes, lambda node: progress.results.ends[node].state in _BEGAN):
            return None
        inside = frozenset(node.id for node in nodes)
        first, expired = progress.results.first_failure(inside), None
        stopped = "stopped" if progress.stopped_in(inside) else "succeeded"
        status = stopped if first is None else "failed"
    error = expired or (None if first is None else first.why) or "it failed"
    failed = status == "failed"
    return {
        "run.status": status,
        "run.failed_node": (name if first is None else str(first.id)) if failed else None,
        "run.error": error if failed else None,
    }
