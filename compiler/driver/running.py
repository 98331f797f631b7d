"""The last stage on this machine: run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ...runtime.history import History
from ..contract.require import capability_errors
from ..contract.runner import Event, Request, Runner, RunResult
from .build import Built
from .front import Checked, Usage
from .results import store_of
from .runs import run_called


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that may start; it holds the project's store and history until it has ended."""

    request: Request
    history: History
    runner: Runner
    resume: str | None

    def run(self, seen: Callable[[Event], None] = lambda event: None) -> RunResult:
        """Runs to the end, once. `seen` is called for every event.

        Raises `Usage` where somebody else has just resumed the same run.
        """
        try:
            return self.runner.run(replace(self.request, seen=seen), self.resume)
        except BlockingIOError:
            raise Usage(f"run {self.resume} is under way again") from None
        finally:
            self.close()

    def close(self) -> None:
        self.history.close()
        self.request.store.close()


def prepare(
    checked: Checked,
    built: Built,
    *,
    resume: str | None = None,
    keep_going: bool = False,
    oversubscribe: bool = False,
) -> Prepared | None:
    """A run of a frozen graph; None, with the reasons in the report, where nothing may start.

    Raises `Usage` where the target cannot run anything.
    """
    project, chosen = checked.project, built.chosen
    if chosen.kind != "local":
        raise Usage(
            f"`{chosen.name}` is a {chosen.kind} target; `mlp run` takes local ones. To write it "
            f"down: mlp compile {checked.source.name} --target {chosen.name} -o out/{chosen.name}"
        )
    if resume is not None:
        resume = _resumed(project.state, resume, built.graph.name)
    store = store_of(project)
    history = History(project.state / "history.sqlite", store)
    request = Request(
        graph=built.graph,
        specs=built.specs,
        store=store,
        history=history,
        state=project.state,
        folder=project.folder,
        source_roots=checked.disk.shelf.source_roots,
        settings=chosen.settings,
        parameters={name: literal.value for name, literal in built.values.items()},
        program=project.within(project.folder / Path(checked.source.name).name),
        keep_going=keep_going,
        oversubscribe=oversubscribe,
        secrets_file=project.secrets_file,
    )
    checked.report.extend(
        capability_errors(built.graph, chosen.target.title, chosen.target.features, chosen.span, {})
    )
    prepared = Prepared(request, history, cast(Runner, chosen.target), resume)
    checked.report.extend(prepared.runner.refusals(request))
    if not checked.report.has_errors:
        return prepared
    prepared.close()
    return None


def _resumed(state: Path, word: str, pipeline: str) -> str:
    """The run to go on with. Raises `Usage` for one that is not of this pipeline, lives or is
    damaged."""
    run = run_called(state, word)
    if not run.said() or not (run.path / "logs").is_dir():
        raise Usage(f"run {run.id} left nothing to go on with; run anew, without `--resume`")
    of = run.said().get("pipeline", pipeline)
    if of != pipeline:
        raise Usage(f"{run.id} is a run of `{of}`, not of `{pipeline}`")
    if run.alive():
        raise Usage(f"run {run.id} is still under way")
    return run.id
