"""The record of a result: enough to restore it, to explain it and to bind to its outputs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import cast

from .artifact import Artifact, Json
from .dataclass import dataclass
from .descriptors import ARTIFACTS, Type, has_artifacts, kind, part
from .key import SCHEME, Inputs, Parts, digest_json, encoded
from .nested import leaves
from .values import decode, encode, parse_json

FORMAT = 1
# Clocks are set right by less than this; one that is further behind says nothing about an age.
_SKEW_SECONDS = 1.0


class UnknownOutputError(Exception):
    """A reference names an output or field that the record does not have."""


@dataclass(frozen=True)
class Record:
    """One result. `outputs` is the JSON form: `{"digest", "size", "name"}` of an artifact, or
    `{"value", "type", "digest"}`; the latter also for lists, maps and records of artifacts.
    """

    key: str
    outputs: Mapping[str, dict[str, Json]]
    parts: Parts
    inputs: Inputs
    provenance: Mapping[str, Json]

    @cached_property
    def content(self) -> bytes:
        """The canonical bytes."""
        return encoded(
            {
                "runtime": FORMAT,
                "scheme": SCHEME,
                "key": self.key,
                "outputs": {name: {**output} for name, output in self.outputs.items()},
                "parts": self.parts,
                "inputs": [[name, content] for name, content in self.inputs],
                "provenance": {**self.provenance},
            }
        )

    @cached_property
    def id(self) -> str:
        """The result id: sha256 of the canonical bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @staticmethod
    def from_bytes(content: bytes) -> Record:
        """Raises `ValueError` where the bytes are no record that this version can read."""
        data = parse_json(content)
        if not isinstance(data, dict) or data.get("runtime") != FORMAT:
            raise ValueError("not a result record of this version")
        try:
            record = Record(
                cast(str, data["key"]),
                cast("dict[str, dict[str, Json]]", data["outputs"]),
                cast(Parts, data["parts"]),
                [(name, text) for name, text in cast("list[tuple[str, str]]", data["inputs"])],
                cast("dict[str, Json]", data["provenance"]),
            )
        except KeyError as missing:
            raise ValueError(f"a result record without {missing}") from None
        # The id is that of the bytes as they were written.
        record.__dict__["content"] = content
        return record

    def json(self, name: str) -> Json:
        """The JSON value of an output, or of a field inside it (`metrics.auc`).

        Raises `UnknownOutputError`.
        """
        output, *path = name.split(".")
        if output not in self.outputs:
            raise UnknownOutputError(f"there is no output `{output}`")
        entry = self.outputs[output]
        data: Json = entry.get("value", entry)
        for step in path:
            if data is None:
                return None
            if not isinstance(data, dict) or step not in data:
                raise UnknownOutputError(f"`{output}` has no `.{step}`")
            data = data[step]
        return data

    def value(self, name: str, type: Type) -> object:
        """The output as an object of `type`; artifacts stay `Artifact`s."""
        return decode(type, self.json(name))

    def is_young(self, kept: float, now: float, max_age: float) -> bool:
        """Whether it was made at most `max_age` seconds ago. `kept` is when it came where it lies,
        which may be long after it was made elsewhere; one from what the clock calls the future may
        be of any age."""
        made = kept
        with suppress(ValueError):
            said = str(self.provenance.get("made")).removesuffix("Z")
            made = datetime.fromisoformat(f"{said}+00:00").timestamp()
        # It says whole seconds, rounded down.
        age, latest = now - min(kept, made + 1), now - max(kept, made)
        return latest >= -_SKEW_SECONDS and age <= max_age

    def artifacts(self) -> Iterator[Artifact]:
        """Everything the store must hold for this result to be whole."""
        return artifacts_in(self.outputs)


def artifacts_in(outputs: Mapping[str, Mapping[str, Json]]) -> Iterator[Artifact]:
    """The artifacts of outputs in their JSON form."""
    for entry in outputs.values():
        if "value" not in entry:
            yield Artifact.from_json(dict(entry))
        elif has_artifacts(entry["type"]):
            yield from leaves(decode(entry["type"], entry["value"]))


def output_entry(type: Type, value: object) -> dict[str, Json]:
    """The record's entry for an output: a decoded value of `type`. Raises `ValueMismatch`."""
    data = encode(type, value)
    if kind(type) == "optional" and data is not None:
        type_within = part(type)
        if kind(type_within) in ARTIFACTS:
            return cast("dict[str, Json]", data)
    if kind(type) in ARTIFACTS:
        return cast("dict[str, Json]", data)
    return {"value": data, "type": type, "digest": digest_json(data)}
