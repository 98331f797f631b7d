"""Outputs of a pipeline: what they come to, and what a run fails for although no node did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

from ...compiler.contract.folder import file_name
from ...compiler.contract.runner import Request
from ...compiler.ir import meaning
from ...compiler.ir.nodes import Output
from ...compiler.ir.values import Json
from ...runtime.artifact import Artifact
from ...runtime.evaluate import Absent, EvaluationError
from ...runtime.nested import Label, map_artifacts
from ...runtime.store import MissingObjectError
from ...runtime.values import encode
from .progress import Progress


def conclude(outputs: Iterable[Output], progress: Progress) -> None:
    """All but the hooks is over: a run all of whose nodes ended well fails nevertheless where an
    output has no value, such as the best of no trials. What was skipped spoils nothing."""
    if progress.status == "failed":
        return
    for output in outputs:
        try:
            meaning.evaluate(output.value, progress.values)
        except Absent:
            continue
        except EvaluationError as problem:
            progress.spoil(f"the output `{output.name}` has no value: {problem}")
            return


def laid_out(request: Request, progress: Progress, folder: Path) -> dict[str, Json]:
    """The pipeline's outputs that there are, in a run without failures None for what was skipped;
    artifacts are laid into the run's folder. The run fails where the store has not their bytes."""
    lost: list[str] = []

    def lay(label: Label, _: object, value: object) -> Artifact:
        assert isinstance(value, Artifact)
        # keys of maps and partitions may hold anything
        parts = (part.replace("-", "%2D") for part in label)
        name = file_name("-".join(parts)) + value.suffix
        place = folder / "outputs" / name
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            try:
                request.store.materialize(value, place)
            except MissingObjectError:
                lost.append(label[0])
        return replace(value, source=str(place))

    found: dict[str, Json] = {}
    for output in request.graph.outputs:
        type_ = meaning.descriptor_of(output.type)
        try:
            value = meaning.evaluate(output.value, progress.values)
            laid = map_artifacts(type_, value, lay, (output.name,))
            shown = map_artifacts(type_, encode(type_, laid), _shown)
            if output.name not in lost:
                found[output.name] = cast(Json, shown)
        except Absent:
            if progress.status != "failed":
                found[output.name] = None
        except EvaluationError:
            continue
    if lost and progress.status != "failed":
        progress.spoil(
            f"the store has lost the output `{lost[0]}`, or it is damaged there; "
            "what made it runs anew next time"
        )
    return found


def _shown(_: Label, __: object, artifact: object) -> Json:
    """An artifact as `{"path", "digest"}`."""
    entry = cast("dict[str, Json]", artifact)
    return {"path": entry["source"], "digest": entry["digest"]}
