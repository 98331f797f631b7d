"""Runs that are gone on with: what they began with stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ...runtime.dataclass import dataclass
from ...runtime.descriptors import ValueMismatch
from ...runtime.texts import show as show_value
from ..contract.folder import RunFolder
from ..ir.meaning import value_of
from ..ir.nodes import Parameter
from ..ir.values import Json, Literal
from ..types.types import DATE, is_artifact, show
from .choose import Chosen
from .front import Checked, Usage
from .parameters import DAY, given_values, literal_of, parameters_of
from .runs import run_called

_OVER = ("succeeded", "stopped")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run to go on with, and what it began with; `run.day` is among the parameters."""

    run: RunFolder
    pipeline: str
    target: str
    parameters: Mapping[str, Json]


def earlier(checked: Checked, word: str, pipeline: str | None, target: str | None) -> Earlier:
    """The run that is meant. Raises `Usage` for one that is damaged, lives, has nothing left to do
    or was of something else than what is named now."""
    run = run_called(checked.project.state, word)
    damage = run.damage()
    if damage is not None:
        raise Usage(f"run {run.id} is damaged: {damage}; run anew, without `--resume`")
    if run.alive():
        raise Usage(f"run {run.id} is still under way")
    said = run.said()
    given = said.get("parameters")
    words = [said.get(name) for name in ("file", "pipeline", "target", "day", "status")]
    if not isinstance(given, dict) or not all(isinstance(word, str) for word in words):
        raise Usage(f"run {run.id} left nothing to go on with; run anew, without `--resume`")
    file, of, on, day, status = cast("list[str]", words)
    project = checked.project
    here = project.within(project.folder / Path(checked.source.name).name)
    for was, now in ((file, here), (of, pipeline), (on, target)):
        if now not in (None, was):
            raise Usage(f"{run.id} is a run of `{was}`, not of `{now}`")
    if status in _OVER:
        raise Usage(f"run {run.id} {status}: there is nothing to go on with")
    return Earlier(run, of, on, {**given, DAY: day})


def values_again(
    earlier: Earlier, checked: Checked, chosen: Chosen, words: Mapping[str, str]
) -> dict[str, Literal]:
    """The parameters' values as the run had them. Raises `Usage` for a word that says something
    else; those that the pipeline did not take then are as for any run."""
    day = Parameter(DAY, DATE, None, checked.source.span(0, 0))
    taken = (day, *parameters_of(checked, chosen))
    had = {p.name: _had(earlier, p) for p in taken if p.name in earlier.parameters}
    said = given_values(checked, chosen, words, complete=True, had=had)
    for name in words:
        if name in had and not _same(had[name], said[name]):
            raise Usage(f"run {earlier.run.id} had {name}={_written(had[name])}")
    return {**said, **had}


def _had(earlier: Earlier, parameter: Parameter) -> Literal:
    try:
        return literal_of(parameter.type, earlier.parameters[parameter.name])
    except (ValueMismatch, ValueError, OverflowError):
        raise Usage(
            f"`{parameter.name}` of run {earlier.run.id} is no {show(parameter.type)}; "
            "run anew, without `--resume`"
        ) from None


def _same(one: Literal, other: Literal) -> bool:
    """A file may have moved as long as its content is the same."""
    if is_artifact(one.type) and isinstance(one.value, dict) and isinstance(other.value, dict):
        return one.value.get("digest") == other.value.get("digest")
    return one.value == other.value


def _written(literal: Literal) -> str:
    if is_artifact(literal.type) and isinstance(literal.value, dict):
        return str(literal.value.get("source") or literal.value.get("name"))
    return "none" if literal.value is None else show_value(value_of(literal))
