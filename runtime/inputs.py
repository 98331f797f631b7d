"""Inputs of a body: every artifact at a path of its own in the scratch folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote

from .arrow import TableError
from .artifact import Artifact
from .datasets import examine
from .descriptors import Type, has_artifacts, kind, part
from .digest import Memo, UnfitPathError, digest_path, walk
from .failure import BodyError
from .key import Spec, digest_json
from .nested import Label, map_artifacts
from .single_rows import examine_rows, has_checks
from .store import Guard, MissingObjectError


class LostInputError(MissingObjectError):
    """What an input needs is gone or damaged, in the user's words."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the store has lost input `{name}`, or a step has damaged it; "
            "what made it runs anew next time"
        )


Fetch: TypeAlias = "Callable[[Artifact, Path], tuple[Guard, ...]]"


@dataclass(frozen=True, slots=True)
class Given:
    """Where an artifact lies for the body, whether it is an object of a step that our codec wrote,
    and its digest if it has one."""

    path: Path
    pickled: bool
    digest: str = ""


_LONGEST_NAME = 120


def file_name(word: str) -> str:
    """A key of a map or partition, which may hold anything, as the name of one file."""
    name = quote(word, safe="", errors="surrogateescape")
    if not word.strip("."):
        name = name.replace(".", "%2E")
    if len(name) <= _LONGEST_NAME:
        return name or "%"
    return f"{name[: _LONGEST_NAME - 65]}-{hashlib.sha256(os.fsencode(word)).hexdigest()}"


def input_types(spec: Spec) -> dict[str, Type]:
    """The declared inputs in order."""
    return {cast(str, row[0]): row[1] for row in cast("list[list[Type]]", spec["inputs"])}


def lay(
    spec: Spec, arguments: Mapping[str, object], scratch: Path, fetch: Fetch | None
) -> tuple[dict[str, object], tuple[Guard, ...]]:
    """The arguments with a `Given` for every artifact, and what to look after once the body ends.

    Files come to `scratch/inputs/NAME.suffix`, elements of lists to `inputs/NAME/0.suffix`.
    Without `fetch` they are there already. What a user's path names is read where it lies, and
    with `fetch` is checked; what a URL names is copied as what was made is. Raises `BodyError`
    for what is not there as it was any more, for a dataset that is not what is declared, and for a
    value that fails the checks of its schema.
    """
    if fetch is not None:
        _hold(spec, arguments)
    guards: list[Guard] = []

    def place(label: Label, type: Type, value: object) -> Given:
        artifact = cast(Artifact, value)
        given = put(label, artifact)
        if fetch is not None:
            _look(spec, label, type, artifact, given.path)
        return given

    def put(label: Label, artifact: Artifact) -> Given:
        if artifact.source is not None and not artifact.is_remote:
            if fetch is not None:
                guards.extend(_watched(artifact, Path(artifact.source)))
                _unchanged(label, artifact, Path(artifact.source))
            return Given(Path(artifact.source), pickled=False, digest=artifact.digest)
        *above, last = map(file_name, label)
        path = scratch.joinpath("inputs", *above, last + artifact.suffix)
        if fetch is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                guards.extend(fetch(artifact, path))
            except MissingObjectError:
                raise LostInputError(label[0]) from None
        pickled = artifact.pickled and artifact.source is None
        return Given(path, pickled=pickled, digest=artifact.digest)

    laid = {
        name: map_artifacts(type, arguments[name], place, (name,))
        for name, type in input_types(spec).items()
        if name in arguments
    }
    return laid, tuple(guards)


def _watched(artifact: Artifact, path: Path) -> Iterator[Guard]:
    """What lies where its user put it is not ours to lock: a change while a body reads is seen."""
    if artifact.is_tree:
        for file, _ in walk(path):
            yield Guard.of(file, "", ours=False)
    elif path.exists():
        yield Guard.of(path, artifact.hex, ours=False)


_read: Memo = {}
"""Large files that this process has read, and that nobody has touched since."""


def _unchanged(label: Label, artifact: Artifact, path: Path) -> None:
    """Holds what lies where its user put it against what it was when the run was planned: the key
    says that. Raises `BodyError`."""
    try:
        digest, _ = digest_path(path, _read)
    except FileNotFoundError:
        raise BodyError(f"{_where(label, artifact)}: there is no such file any more") from None
    except UnfitPathError as problem:
        raise BodyError(f"{_where(label, artifact)}: {problem}") from None
    if digest != artifact.digest:
        text = "it has changed since this run began; start it again"
        raise BodyError(f"{_where(label, artifact)}: {text}")


# What was found of a dataset, by its content, its declared type and what of it is checked.
_examined: dict[tuple[str, str], tuple[str, ...]] = {}


def _known(spec: Spec, type: Type, artifact: Artifact) -> tuple[str, str] | None:
    if kind(type) != "Dataset" or part(type) is None or artifact.source is None:
        return None
    return artifact.digest, digest_json([type, spec.get("checks")])


def _look(spec: Spec, label: Label, type: Type, artifact: Artifact, path: Path) -> None:
    """Holds a dataset that was found against its declared type, when it is first read."""
    known = _known(spec, type, artifact)
    if known is None or known in _examined:
        return
    where = _where(label, artifact)
    try:
        _examined[known] = examine(path, type, spec.get("checks"))
    except FileNotFoundError:
        raise BodyError(f"{where}: there is no such file any more") from None
    except TableError as problem:
        raise BodyError(f"{where}: {problem}", problem.rows) from None


def _hold(spec: Spec, arguments: Mapping[str, object]) -> None:
    """Holds values against the checks that fail a step; who made them warned of the others."""
    for name, type in input_types(spec).items():
        if name not in arguments or has_artifacts(type) or not has_checks(type):
            continue
        try:
            examine_rows(type, arguments[name], spec.get("checks"))
        except TableError as problem:
            raise BodyError(f"input `{name}`: {problem}") from None


def _where(label: Label, artifact: Artifact) -> str:
    return f"input `{label[0]}` ({artifact.name})"


def warnings_of(spec: Spec, arguments: Mapping[str, object]) -> tuple[str, ...]:
    """What there was to be warned of in the datasets that `lay` has looked at."""
    warnings: list[str] = []

    def collect(label: Label, type: Type, value: object) -> None:
        artifact = cast(Artifact, value)
        known = _known(spec, type, artifact)
        words = () if known is None else _examined.get(known, ())
        warnings.extend(f"{_where(label, artifact)}: {each}" for each in words)

    for name, type in input_types(spec).items():
        if name in arguments:
            map_artifacts(type, arguments[name], collect, (name,))
    return tuple(warnings)
