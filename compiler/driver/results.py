"""What earlier runs left: opened for a plan without leaving a trace, or for a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...runtime.folder import INDEX, FolderStore
from ...runtime.opening import open_store
from ...runtime.store import Store, StoreUnreachableError
from ..ir.values import NodeId
from ..plan import NoResults, Plan, Results
from ..project import Project
from .choose import Chosen
from .failed import Remembered


def store_of(project: Project) -> Store:
    """The project's store, with the shared one of `mlp.toml` behind it.

    Raises `StoreUnreachableError`, also where something else has the name of its folder.
    """
    _check_place(project.state)
    return open_store(project.state, behind=project.store_url)


def folder_of(project: Project) -> FolderStore:
    """The part of the project's store that lies on this machine. Raises as `store_of` does."""
    _check_place(project.state)
    return FolderStore(project.state)


def _check_place(state: Path) -> None:
    if not state.is_dir() and (state.exists() or state.is_symlink()):
        what = "leads to nowhere" if state.is_symlink() and not state.exists() else "is no folder"
        raise StoreUnreachableError(f"`{state}` {what}; move it away: results are kept there")


@contextmanager
def results_of(project: Project, chosen: Chosen) -> Iterator[Results]:
    """Earlier results for a plan: the target's `artifacts` on a cloud, else the project's store."""
    if chosen.kind == "local" and not project.state.exists() and project.store_url is None:
        yield NoResults()
        return
    artifacts = chosen.settings.get("artifacts")
    here = chosen.kind == "local"
    if not here and not isinstance(artifacts, str):
        yield NoResults(here=False)
        return
    store = store_of(project) if here else open_store(str(artifacts))
    history = Remembered(project.state, store, here=here)
    try:
        yield history
    finally:
        history.close()
        store.close()


def noisy_in(project: Project, chosen: Chosen, plan: Plan) -> dict[NodeId, tuple[str, ...]]:
    """The hits of a plan that came out otherwise when they were made again, with the outputs that
    differed; as far as this machine knows."""
    keys = {node.id: str(node.key) for node in plan.nodes if node.key and node.record}
    if chosen.kind != "local" or not keys or not (project.state / INDEX).exists():
        return {}
    store = folder_of(project)
    try:
        found = store.noisy(dict.fromkeys(keys.values()))
    finally:
        store.close()
    return {node: found[key] for node, key in keys.items() if key in found}


def made_elsewhere(plan: Plan) -> dict[NodeId, str]:
    """The machines that made the hits of a plan which this one did not make."""
    here = os.uname().nodename
    machines = {n.id: n.record.provenance.get("machine") for n in plan.nodes if n.record}
    return {
        node: machine
        for node, machine in machines.items()
        if isinstance(machine, str) and machine != here
    }
