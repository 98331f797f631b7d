"""Hooks: which of them are due when everything else has ended, and what they know of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...compiler.ir.values import Hook
from .progress import Progress


def due(hooks: Iterable[Hook], progress: Progress) -> Iterator[Hook]:
    """`failure` or `success`, whichever it came to, then `finally`; to stop is a success.

    Binds what `run.` has in a hook. What a hook itself comes to changes none of this.
    """
    first = progress.first_failure()
    status = progress.status
    error = progress.expired or (None if first is None else first.why)
    progress.values["run.status"] = status
    progress.values["run.failed_node"] = None if first is None else str(first.id)
    progress.values["run.error"] = error
    wanted = "failure" if status == "failed" else "success"
    for event in (wanted, "finally"):
        yield from (hook for hook in hooks if hook.event == event)
