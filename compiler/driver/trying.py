"""Tries single steps for tests: here, as a run would run them, in the store of the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass, replace
from ..diagnostics.diagnostic import Diagnostic, Severity
from ..ir.graph import Graph
from ..ir.nodes import Task
from ..passes.keys import Locate, Spec, spec_of
from .choose import on, program_of
from .front import Checked, Targets

if TYPE_CHECKING:
    from ...runtime.history import History
    from ...runtime.store import Store
    from ..contract.runner import Bench as Machine
    from ..contract.runner import Request, Runner


class Broken(Exception):  # noqa: N818  (what a step came to)
    """A step failed; `log` has the last lines that it wrote."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


class Unable(Exception):  # noqa: N818  (a mistake, reported as the test's failure)
    """This machine lacks what a step needs."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class _Tools:
    """What it takes to run a step; `folder` is removed at the end."""

    folder: Path
    history: History
    runner: Runner
    request: Request
    machine: Machine


class Bench:
    """Where steps are tried. Store and engine are loaded with the first one: a file whose tests
    are all stubbed is done before."""

    def __init__(self, checked: Checked, targets: Targets) -> None:
        self._checked = checked
        self._targets = targets
        self._store: Store | None = None
        self._tools: _Tools | None = None
        self._known: dict[tuple[int, str], tuple[Task, Spec]] = {}

    @property
    def store(self) -> Store:
        if self._store is None:
            from .results import store_of

            self._store = store_of(self._checked.project)
        return self._store

    def begin(self) -> None:
        """Another test begins: it knows of the ones before what is stored, and nothing else."""
        self._known.clear()
        if self._tools is not None:
            self._tools.machine.begin()

    def run(
        self, task: Task, arguments: Mapping[str, object], locate: Locate
    ) -> tuple[Mapping[str, object], bool]:
        """The outputs of a step, and whether a stored result answered. Raises `Broken`, and
        `Unable` where it cannot run here."""
        from ..contract.runner import NodeState

        if self._tools is None:
            self._tools = self._made()
        tried = self._tools.machine.run(task, self._spec(task, locate, self._tools), arguments)
        if tried.result.state is NodeState.FAILED:
            log = tried.result.log
            raise Broken(tried.result.why or "it failed", "" if log is None else _tail(log))
        return tried.values, tried.result.state is NodeState.HIT

    def _spec(self, task: Task, locate: Locate, tools: _Tools) -> Spec:
        """What a task runs, which its branches share; where this machine can run it."""
        variant = (id(task.definition), repr(task.settings))
        if variant not in self._known:
            graph = Graph("test", (), (task,), ())
            refused = tools.runner.refusals(replace(tools.request, graph=graph))
            errors = tuple(one for one in refused if one.severity is Severity.ERROR)
            if errors:
                raise Unable(errors)
            spec = spec_of(task, locate, unpickle=self._checked.project.unpickle)
            self._known[variant] = (task, spec)
        return self._known[variant][1]

    def _made(self) -> _Tools:
        import tempfile

        from ...runtime.history import History
        from ..contract.runner import Request
        from .running import runner_of

        project = self._checked.project
        chosen = on(program_of(self._checked), self._targets, "", None)
        runner = runner_of(chosen)
        history = History(project.state / "history.sqlite", self.store, read_only=True)
        request = Request(
            graph=Graph("test", (), (), ()),
            specs={},
            store=self.store,
            history=history,
            state=project.state,
            folder=project.folder,
            source_roots=self._checked.disk.shelf.source_roots,
            settings=chosen.settings,
            parameters={},
            program=project.within(project.folder / Path(self._checked.source.name).name),
            oversubscribe=True,
            secrets_file=project.secrets_file,
        )
        folder = Path(tempfile.mkdtemp(prefix="millpond-test-"))
        return _Tools(folder, history, runner, request, runner.bench(request, folder))

    def close(self) -> None:
        """Makes what was stored durable, and removes the rest."""
        if self._tools is not None:
            import shutil

            self._tools.machine.close()
            self._tools.history.close()
            shutil.rmtree(self._tools.folder, ignore_errors=True)
        if self._store is not None:
            self._store.close()


def _tail(log: Path, most: int = 15) -> str:
    lines = log.read_bytes().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-most:])
