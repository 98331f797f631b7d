"""Hooks: which of them are due when everything else has ended, and what they know of the run."""

from __future__ import annotations

from collections.abc import Iterator

from ...compiler.ir.graph import Graph
from ...compiler.ir.values import Hook
from .progress import Progress


def due(graph: Graph, progress: Progress) -> Iterator[Hook]:
    """`failure` or `success`, whichever it came to, then `finally`; to stop is a success.

    Binds what `run.` has in a hook: after a success there is neither failed node nor error, a
    pipeline that took too long may itself be what failed. What a hook comes to changes none of it.
    """
    first, status = progress.results.first_failure(), progress.status
    failed = status == "failed"
    node = graph.name if first is None else str(first.id)
    error = progress.expired or (None if first is None else first.why) or "it failed"
    progress.values["run.status"] = status
    progress.values["run.failed_node"] = node if failed else None
    progress.values["run.error"] = error if failed else None
    for event in ("failure" if failed else "success", "finally"):
        hooks = (*graph.hooks, *progress.hooks)
        yield from (hook for hook in hooks if hook.event == event)
