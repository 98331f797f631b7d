"""The last stage on this machine: run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from ...runtime.history import History
from ..contract.runner import Event, Request, Runner, RunResult
from .build import Built
from .front import Checked, Usage
from .results import store_of


def run_here(
    checked: Checked,
    built: Built,
    *,
    resume: str | None = None,
    keep_going: bool = False,
    oversubscribe: bool = False,
    seen: Callable[[Event], None] = lambda event: None,
) -> RunResult:
    """Runs a frozen graph to its end. Raises `Usage` where the target cannot run anything."""
    project, chosen = checked.project, built.chosen
    if chosen.kind != "local":
        raise Usage(
            f"`{chosen.name}` is a {chosen.kind} target; `mlp run` takes local ones. To write it "
            f"down: mlp compile {checked.source.name} --target {chosen.name} -o out/{chosen.name}"
        )
    if resume is not None and not (project.state / "runs" / resume).is_dir():
        raise Usage(f"there is no run called `{resume}`")
    store = store_of(project)
    history = History(project.state / "history.sqlite", store)
    try:
        request = Request(
            graph=built.graph,
            specs=built.specs,
            store=store,
            history=history,
            state=project.state,
            folder=project.folder,
            source_roots=project.python_path,
            settings=chosen.settings,
            parameters={name: literal.value for name, literal in built.values.items()},
            program=project.within(project.folder / Path(checked.source.name).name),
            keep_going=keep_going,
            oversubscribe=oversubscribe,
            seen=seen,
        )
        return cast(Runner, chosen.target).run(request, resume)
    finally:
        history.close()
        store.close()
