"""Inputs of a body: every artifact at a path of its own in the scratch folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote

from .artifact import Artifact
from .datasets import examine
from .digest import Stamp
from .failure import BodyError
from .key import Spec, digest_json
from .store import Guard
from .tables import TableError
from .values import Label, Type, kind, map_artifacts, part

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
    Without `fetch` they are there already. What a user's path names is read where it lies, and
    with `fetch` is checked. Raises `BodyError` for a dataset that is not what is declared.
    """
    if fetch is not None:
        warnings_of(spec, arguments)
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


_examined: dict[tuple[str, tuple[Stamp, ...], str], tuple[str, ...]] = {}


def warnings_of(spec: Spec, arguments: Mapping[str, object]) -> tuple[str, ...]:
    """What the declared types say of datasets that were found, not made; each is read once.

    Raises `BodyError` for those that are not what is declared.
    """
    warnings: list[str] = []

    def look(label: Label, type: Type, value: object) -> None:
        artifact = cast(Artifact, value)
        if kind(type) != "Dataset" or part(type) is None or artifact.source is None:
            return
        path, checks = Path(artifact.source), spec.get("checks")
        where = f"input `{label[0]}` ({artifact.name})"
        try:
            known = (artifact.source, _stamps(path), digest_json([type, checks]))
            if known not in _examined:
                _examined[known] = examine(path, type, checks)
        except FileNotFoundError:
            raise BodyError(f"{where}: there is no such file any more") from None
        except TableError as problem:
            raise BodyError(f"{where}: {problem}", problem.rows) from None
        warnings.extend(f"{where}: {words}" for words in _examined[known])

    for name, type in input_types(spec).items():
        if name in arguments:
            map_artifacts(type, arguments[name], look, (name,))
    return tuple(warnings)


def _stamps(path: Path) -> tuple[Stamp, ...]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return tuple(Stamp.of(file) for file in files)
