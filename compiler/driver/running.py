"""The last stage on this machine: run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ...runtime.history import History
from ..contract.require import capability_errors
from ..contract.runner import Event, Repeated, Request, Runner, RunResult
from .build import Built
from .choose import Chosen
from .front import Checked, Usage
from .results import store_of


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

    def repeated(self, result: RunResult) -> Repeated:
        """What the same run would come to once more, where every node ended well."""
        return self.runner.repeated(self.request, result)

    def close(self) -> None:
        self.history.close()
        self.request.store.close()


def runner_of(chosen: Chosen) -> Runner:
    """The target as what runs steps. Raises `Usage` where no step runs on this machine."""
    runner = cast(Runner, chosen.target)
    if runner.unable is not None:
        # Commands that have a store need locks of files, which Windows has others of.
        rest = "" if sys.platform == "win32" else ", `mlp plan` and `mlp compile`"
        raise Usage(f"{runner.unable}; `mlp check`{rest} work{'' if rest else 's'} here")
    return runner


def prepare(
    checked: Checked,
    built: Built,
    *,
    resume: str | None = None,
    keep_going: bool = False,
    oversubscribe: bool = False,
) -> Prepared | None:
    """A run of a frozen graph; None, with the reasons in the report, where nothing may start.

    `resume` names a run that may be gone on with. Raises `Usage` where the target cannot run.
    """
    project, chosen = checked.project, built.chosen
    if chosen.kind != "local":
        out = f"out/{chosen.name}"
        words = ("mlp", "compile", checked.source.name, "--target", chosen.name, "-o", out)
        command = shlex.join(words)
        raise Usage(
            f"`{chosen.name}` is a {chosen.kind} target; `mlp run` takes local ones. To write it "
            f"down: {command}"
        )
    runner = runner_of(chosen)
    store = store_of(project)
    # A store that cannot be used is told of before a run has left a folder.
    store.lookup_many(())
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
        target=chosen.name,
        day=None if built.day is None else str(built.day.value),
        keep_going=keep_going,
        oversubscribe=oversubscribe,
        secrets_file=project.secrets_file,
    )
    checked.report.extend(
        capability_errors(built.graph, chosen.target.title, chosen.target.features, chosen.span, {})
    )
    prepared = Prepared(request, history, runner, resume)
    checked.report.extend(prepared.runner.refusals(request))
    if not checked.report.has_errors:
        return prepared
    prepared.close()
    return None
