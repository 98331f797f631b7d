"""Inputs of a body: every artifact at a path of its own in the scratch folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote

from .artifact import Artifact
from .key import Spec
from .store import Guard
from .values import Label, Type, map_artifacts

Fetch: TypeAlias = "Callable[[Artifact, Path], tuple[Guard, ...]]"


@dataclass(frozen=True, slots=True)
class Given:
    """Where an artifact lies for the body, and whether a step made it."""

    path: Path
    made: bool


def input_types(spec: Spec) -> dict[str, Type]:
    """The declared inputs in order."""
    return {cast(str, row[0]): row[1] for row in cast("list[list[Type]]", spec["inputs"])}


def lay(
    spec: Spec, arguments: Mapping[str, object], scratch: Path, fetch: Fetch | None
) -> tuple[dict[str, object], tuple[Guard, ...]]:
    """The arguments with a `Given` for every artifact, and what to look after once the body ends.

    Files come to `scratch/inputs/NAME.suffix`, elements of lists to `inputs/NAME/0.suffix`.
    Without `fetch` they are there already. What a user's path names is read where it lies.
    """
    guards: list[Guard] = []

    def place(label: Label, _: Type, value: object) -> Given:
        artifact = cast(Artifact, value)
        if artifact.source is not None:
            return Given(Path(artifact.source), made=False)
        *above, last = (quote(word, safe="") for word in label)
        path = scratch.joinpath("inputs", *above, last + artifact.suffix)
        if fetch is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            guards.extend(fetch(artifact, path))
        return Given(path, made=True)

    laid = {
        name: map_artifacts(type, arguments[name], place, (name,))
        for name, type in input_types(spec).items()
        if name in arguments
    }
    return laid, tuple(guards)
