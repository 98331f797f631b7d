"""Which nodes failed in the last run of their pipeline: they have no result, though they ran."""

from __future__ import annotations

from pathlib import Path

from ...runtime.history import History
from ...runtime.store import Store
from ..contract.folder import runs_of

MOST = 20
"""So many runs are looked at for the last one of a pipeline."""


class Remembered(History):
    """The history of a project beside what its runs say of failures. A run is only looked at where
    a node has no result."""

    def __init__(self, state: Path, store: Store | None, *, here: bool) -> None:
        super().__init__(state / "history.sqlite", store, read_only=True, here=here)
        self._state = state
        self._failed: dict[str, dict[str, str]] = {}

    def failed(self, pipeline: str, node: str) -> str | None:
        if not self.here:
            return None
        if pipeline not in self._failed:
            self._failed[pipeline] = failed_in(self._state, pipeline)
        return self._failed[pipeline].get(node)


def failed_in(state: Path, pipeline: str) -> dict[str, str]:
    """The steps that failed in the last run of a pipeline, each with the name of that run."""
    for run in runs_of(state)[:MOST]:
        if run.said().get("pipeline") == pipeline:
            return {
                str(event["node"]): run.id
                for event in run.events()
                if event.get("state") == "failed" and "node" in event
            }
    return {}
