"""The runs of the project that a command is typed in."""

from __future__ import annotations

from pathlib import Path

from ..contract.folder import NoSuchRun, RunFolder, find_run, state_above
from .front import Usage


def state_here(project: str | None) -> Path:
    """The `.millpond` of the project at a folder, else of the one around here. Raises `Usage`."""
    folder = Path.cwd() if project is None else Path(project)
    state = state_above(folder)
    if state is None:
        where = "here" if project is None else f"in {project}"
        raise Usage(f"no pipeline has run {where}; `--project FOLDER` names another project")
    return state


def run_called(state: Path, word: str) -> RunFolder:
    """The run of that name, or the `latest`. Raises `Usage`."""
    try:
        return find_run(state, word)
    except NoSuchRun as problem:
        raise Usage(str(problem)) from None


def node_called(run: RunFolder, name: str) -> str | None:
    """How a node of a run ended, or None where it has not. Raises `Usage` for one it has not."""
    states = run.states()
    if name in states:
        return states[name]
    block = name.rpartition("[")[0]
    if block in states and states[block] is None:
        # a branch of a block that is not expanded yet
        return None
    from difflib import get_close_matches

    close = get_close_matches(name, states, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else f"; `mlp logs {run.id}` lists them"
    raise Usage(f"run {run.id} has no node called `{name}`{hint}")
