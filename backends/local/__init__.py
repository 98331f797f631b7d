"""The local target: pipelines on this machine.

Before a run, `refusals`, `unmakable`, `untold` and `systems` say why nothing may start; `features`
and `settings` are the tables. `runs` is one run from start to finish:

* Order: the `engine` turns; `frontier`, `progress`, `blocks`, `schedule`, `order` and `budget` say
  what is ready and fits; `gates`, `approvals`, `hooks` and `ends` what stops or follows.
* Answers: `promises` and `enquiries` ask the store, `sources` and `outputs` bring data and
  hand it out, `results`, `noise` and `repeated` say what came of it, `report` shows it.
* Work: a `trial` makes attempts (`attempt`, `jobs`), or a `bench` does for tests.
* Processes: the `pool` keeps each `worker` behind a `wire`; its `host` has the user's modules, and
  bodies run in `copies` of it. `capture` has what they print; `processes`, `sentinel` and
  `interrupt` end them.
* Surroundings: `environments` by `recipes`, `installers` and `interpreters`; `containers`; `code`
  for other Pythons; `secrets`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass
from .settings import SETTINGS, STEP_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from ...compiler.contract.feature import Feature, Support
    from ...compiler.contract.job import Pipeline
    from ...compiler.contract.runner import Bench, Repeated, Request, RunResult
    from ...compiler.contract.target import Emission, Finding
    from ...compiler.diagnostics.diagnostic import Diagnostic
    from ...compiler.types.settings import SettingRule


@dataclass(frozen=True, slots=True)
class Local:
    """Runs; writes no documents."""

    kind: str = "local"
    title: str = "this machine"

    @property
    def features(self) -> Mapping[Feature, Support]:
        from .features import FEATURES

        return FEATURES

    @property
    def settings(self) -> Sequence[SettingRule]:
        return SETTINGS

    @property
    def step_settings(self) -> Sequence[SettingRule]:
        return STEP_SETTINGS

    def emit(self, pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
        """Never called: the command line sends local targets to `mlp run`."""
        raise AssertionError("a local target has no documents")

    def validate(self, files: Mapping[str, bytes]) -> list[Finding]:
        """There is nothing to validate."""
        return []

    @property
    def unable(self) -> str | None:
        """Why no step runs on this system; see `systems.py`."""
        import sys

        from .systems import unable

        return unable(sys.platform)

    def refusals(self, request: Request) -> Sequence[Diagnostic]:
        """What this machine cannot run; see `refusals.py`."""
        from .refusals import refusals

        return refusals(request)

    def run(self, request: Request, resume: str | None = None) -> RunResult:
        """Runs a pipeline; see `runs.py`."""
        from .runs import run

        return run(request, resume)

    def repeated(self, request: Request, result: RunResult) -> Repeated:
        """What a run would come to once more; see `repeated.py`."""
        from .repeated import repeated

        return repeated(request, result)

    def bench(self, request: Request, folder: Path) -> Bench:
        """Where single tasks run; see `bench.py`."""
        from .bench import Bench

        return Bench(request, folder)


TARGET = Local()
