"""What a pipeline needs now: the keys of all its results that exist."""

from __future__ import annotations

from pathlib import Path

from ...runtime.dataclass import replace
from ..lower import NotKnown
from ..plan import State
from .build import build, plan_of
from .choose import choose
from .front import Targets, Usage, front
from .parameters import given_values
from .results import results_of


def keys_of(
    file: Path, values: dict[str, str], pipeline: str | None, targets: Targets, behind: str | None
) -> set[str]:
    """The keys of the hits of a plan here, with the store at the URL `behind` behind this one.

    Raises `Usage` where the file has errors.
    """
    checked = front(file, targets)
    if behind is not None:
        checked = replace(checked, project=replace(checked.project, store_url=behind))
    if checked.report.has_errors:
        raise Usage(f"`{file}` has errors; next: mlp check {file}")
    chosen = choose(checked, targets, pipeline, None)
    bound = given_values(checked, chosen, values, complete=True)
    try:
        built = build(checked, chosen, bound, frozen=True)
    except NotKnown:
        raise Usage(f"`{file}` cannot run as it is; next: mlp plan {file}") from None
    if checked.report.has_errors:
        raise Usage(f"`{file}` cannot run as it is; next: mlp plan {file}")
    with results_of(checked.project, chosen) as results:
        plan = plan_of(built, results)
    return {str(n.key) for n in plan.nodes if n.state is State.HIT and n.key is not None}
