"""Outputs of a body: all there, of the declared type, and taken into the store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

from .arrow import TableError
from .artifact import Artifact, Json
from .codecs import CodecError, suffix_of
from .dataclass import replace
from .datasets import examine
from .descriptors import Type, ValueMismatch, has_artifacts, kind
from .digest import UnfitPathError
from .key import Spec
from .leaks import told, written
from .nested import Label, leaves, map_artifacts
from .pickle_names import names_code
from .process import hidden
from .record import output_entry
from .single_rows import examine_rows, has_checks
from .store import Store
from .values import decode, encode

WRITTEN = ".written"
"""The folder among a body's outputs with what our codecs wrote; no output has such a name."""


class OutputError(Exception):
    """An output is not what the step declares; names the output and where it is declared.

    `trace` is what belongs below the message: rows that fail a check.
    """

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


UNFIT = (ValueMismatch, CodecError, TableError, UnfitPathError)
"""What can be wrong with an output."""


@dataclass(frozen=True, slots=True)
class Output:
    """A declared output; `spelled` and `span` are for messages only."""

    name: str
    type: Type
    spelled: str
    span: str

    def blamed(self, problem: Exception) -> OutputError:
        """What is wrong with this output, one of `UNFIT`."""
        rows = problem.rows if isinstance(problem, TableError) else ""
        return OutputError(self.said(str(problem)), rows)

    def said(self, words: str) -> str:
        """The words, with the output that they are about in front."""
        return f"output `{self.name}: {self.spelled}` ({self.span}): {words}"


def declared(spec: Spec) -> list[Output]:
    """The outputs of a step in order."""
    rows = cast("list[tuple[str, Type, str, str]]", spec["outputs"])
    return [Output(name, type, spelled, span) for name, type, spelled, span in rows]


def checked(output: Output, value: object) -> Json:
    """A value (artifacts as paths) that is what was declared, in the form that can be sent;
    `from_json` reads it. Raises `ValueMismatch`."""
    if value is None and kind(output.type) != "optional":
        raise ValueMismatch("nothing was returned")
    if not has_artifacts(output.type):
        return encode(output.type, value)
    map_artifacts(output.type, value, _check_path)
    return to_json(output, value)


def _check_path(_: Label, type: Type, value: object) -> object:
    if not isinstance(value, Path):
        raise ValueMismatch(f"a {value.__class__.__name__} is no path")
    head = kind(type)
    if not value.exists():
        raise ValueMismatch(f"nothing was written to {value.name}")
    if not (value.is_file() or value.is_dir()):
        raise ValueMismatch(f"{value.name} is neither a file nor a folder")
    if head == "File" and not value.is_file():
        raise ValueMismatch(f"{value.name} is a folder, not a file")
    if head == "Dir" and not value.is_dir():
        raise ValueMismatch(f"{value.name} is a file, not a folder")
    return value


def examined(spec: Spec, outputs: Mapping[str, object]) -> tuple[str, ...]:
    """Holds checked outputs against their schemas: datasets, records and metrics.

    What is only to be warned of is returned in words. Raises `OutputError`.
    """
    warnings: list[str] = []
    for output in declared(spec):

        def look(_: Label, type: Type, path: object, output: Output = output) -> None:
            if kind(type) == "Dataset":
                found = examine(cast(Path, path), type, spec.get("checks"))
                warnings.extend(map(output.said, found))

        try:
            value = outputs[output.name]
            map_artifacts(output.type, value, look)
            if has_checks(output.type):
                plain = from_json(output, to_json(output, value))
                found = examine_rows(output.type, plain, spec.get("checks"))
                warnings.extend(map(output.said, found))
        except UNFIT as problem:
            raise output.blamed(problem) from None
    return tuple(warnings)


def _as_artifacts(type: Type, value: object) -> object:
    """The value with every path as an artifact found there, whose digest is not known yet."""
    return map_artifacts(
        type, value, lambda _, __, path: Artifact("file:", 0, cast(Path, path).name, str(path))
    )


def to_json(output: Output, value: object) -> Json:
    """An output in the form that can be sent."""
    return encode(output.type, _as_artifacts(output.type, value))


def from_json(output: Output, data: Json) -> object:
    """The output that `to_json` wrote, artifacts as paths."""
    value = decode(output.type, data)
    return map_artifacts(
        output.type, value, lambda _, __, a: Path(cast(str, cast(Artifact, a).source))
    )


_LEAK = "it holds a secret of this step, which results must not"


def keep(
    spec: Spec,
    outputs: Mapping[str, object],
    store: Store,
    scratch: Path,
    secrets: Sequence[str] = (),
    arguments: object = None,
) -> dict[str, dict[str, Json]]:
    """Take the artifacts of checked outputs into the store; the entries of the result record.

    A model is `pickled` if our codec wrote it, if it is one of the `arguments` passed on, or if
    the step made the file itself: one that reads the world outside may have fetched it. Pickled
    objects are told apart by the code that they name, too. A value or file that holds one of the
    `secrets` would be readable in the store. Raises `OutputError`.
    """
    given = list(leaves(arguments))
    known = {artifact.digest for artifact in given if artifact.pickled}
    modules = cast("list[str]", spec.get("pickled") or [])
    body = cast("dict[str, dict[str, str]]", spec["parts"])["body"]
    own_code = body.get("pickled")
    fetches = not spec.get("cache", True)
    sought = hidden(secrets)
    entries: dict[str, dict[str, Json]] = {}
    for output in declared(spec):
        value = outputs[output.name]

        def take(label: Label, of: Type, path: object, output: Output = output) -> Artifact:
            place = cast(Path, path)
            desk, found = scratch.resolve(), place.resolve()
            own = found.is_relative_to(desk / "outputs")
            made = found.parent == desk / "outputs" / WRITTEN or (
                not fetches
                and found.is_relative_to(desk)
                and not found.is_relative_to(desk / "inputs")
            )
            if written(place, sought):
                raise ValueMismatch(_LEAK)
            # A dot within a key begins no suffix.
            words = (quote(word, safe="").replace(".", "%2E") for word in label)
            name = "-".join((output.name, *words))
            named = bool(modules) and names_code(place, modules)
            kept = store.put(place, name + suffix_of(place), consume=own)
            pickled = kind(of) == "Model" and (made or kept.digest in known)
            code = _code(kept, of, given, own_code if named else None)
            return replace(kept, pickled=pickled, code=code) if pickled or code else kept

        try:
            if has_artifacts(output.type):
                value = map_artifacts(output.type, value, take)
            entry = output_entry(output.type, value)
            if sought and told(entry, sought):
                raise ValueMismatch(_LEAK)
            entries[output.name] = entry
        except UNFIT as problem:
            raise output.blamed(problem) from None
    return entries


def _code(kept: Artifact, of: Type, given: Sequence[Artifact], own: str | None) -> str | None:
    """What the project's code does that an output names: that of the step itself, and of the
    objects that it was given, which a model may hold."""
    same = [each.code for each in given if each.digest == kept.digest and each.code is not None]
    if same:
        return same[0]
    codes = {each.code for each in given if each.code is not None} if kind(of) == "Model" else set()
    found = sorted(codes | ({own} if own is not None else set()))
    if len(found) < 2:
        return found[0] if found else None
    return hashlib.sha256(" ".join(found).encode()).hexdigest()
