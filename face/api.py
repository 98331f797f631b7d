"""Millpond as a library: check, plan, compile and run, each as one call.

All but `check` raise `Refused` for a file with errors, and `Usage` where the target, the pipeline
or a parameter that they are given is none of the file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import backends
from ..compiler.contract.runner import RunResult
from ..compiler.diagnostics.diagnostic import Diagnostic
from ..compiler.driver import build as building
from ..compiler.driver import choose as choosing
from ..compiler.driver import emit as emitting
from ..compiler.driver.front import Checked, Targets, front
from ..compiler.driver.front import Usage as Usage
from ..compiler.driver.parameters import given_values
from ..compiler.driver.results import results_of
from ..compiler.driver.running import prepare
from ..compiler.lower import NotKnown
from ..compiler.plan import Plan

TARGETS = Targets(tuple(backends.TARGETS), backends.load)


class Refused(Exception):  # noqa: N818  (the file is refused, nothing is broken)
    """The file has errors; `diagnostics` say which."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics


def check(file: str | Path) -> tuple[Diagnostic, ...]:
    """Every diagnostic of a file, from top to bottom; nothing of the user's code runs."""
    return tuple(front(Path(file), TARGETS).report)


def plan(
    file: str | Path,
    *,
    target: str | None = None,
    pipeline: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Plan:
    """What a run would do. Parameters are texts, as on the command line."""
    checked, chosen = _chosen(file, target, pipeline)
    built = _built(checked, chosen, parameters or {}, frozen=True)
    with results_of(checked.project, chosen) as results:
        return building.plan_of(built, results)


def compile(
    file: str | Path,
    output: str | Path,
    *,
    target: str,
    pipeline: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> tuple[Path, ...]:
    """Writes a pipeline down for a cloud target; the files written."""
    checked, chosen = _chosen(file, target, pipeline)
    built = _built(checked, chosen, parameters or {}, frozen=False)
    compiled = emitting.emit(checked, built, TARGETS)
    if compiled is None:
        raise _refused(checked)
    emitting.write(compiled, Path(output))
    return tuple(Path(output) / name for name in sorted(compiled.files))


def run(
    file: str | Path,
    *,
    target: str | None = None,
    pipeline: str | None = None,
    parameters: Mapping[str, str] | None = None,
    keep_going: bool = False,
    oversubscribe: bool = False,
) -> RunResult:
    """Runs a pipeline on this machine. A failed step is a result."""
    checked, chosen = _chosen(file, target, pipeline)
    built = _built(checked, chosen, parameters or {}, frozen=True)
    prepared = prepare(checked, built, keep_going=keep_going, oversubscribe=oversubscribe)
    if prepared is None:
        raise _refused(checked)
    return prepared.run()


def _chosen(
    file: str | Path, target: str | None, pipeline: str | None
) -> tuple[Checked, choosing.Chosen]:
    checked = front(Path(file), TARGETS)
    if checked.report.has_errors:
        raise _refused(checked)
    return checked, choosing.choose(checked, TARGETS, pipeline, target)


def _built(
    checked: Checked, chosen: choosing.Chosen, words: Mapping[str, str], *, frozen: bool
) -> building.Built:
    values = given_values(checked, chosen, words, complete=frozen)
    try:
        built = building.build(checked, chosen, values, frozen=frozen)
    except NotKnown:
        raise _refused(checked) from None
    building.report_refusals(built, checked.report)
    if checked.report.has_errors:
        raise _refused(checked)
    return built


def _refused(checked: Checked) -> Refused:
    return Refused(tuple(checked.report))
