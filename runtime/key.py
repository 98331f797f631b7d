"""The key recipe ("key scheme 1"): the only place that decides what makes two steps the same work.

recipe = H(scheme, body, environment, settings, arguments, outputs, salt)
key    = H(recipe, [(input, kind:digest), ...])
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import quote

from .artifact import Artifact, Json
from .descriptors import Type, fields, has_artifacts, kind, part
from .values import encode

SCHEME = 1

Spec = Mapping[str, Json]
Parts = dict[str, Json]
Inputs = list[tuple[str, str]]


def canonical(data: Json) -> bytes:
    """The bytes of a JSON value: equal for equal values, different for different ones.

    Whole and floating numbers differ, keys are sorted by code point. Raises `ValueError` for
    NaN and infinities, `TypeError` for what is not JSON.
    """
    _check(data)
    return encoded(data)


def encoded(data: Json) -> bytes:
    """`canonical` of data whose keys are known to be text, such as encoded values."""
    return _ENCODER.encode(data).encode("ascii")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def _check(data: object) -> None:
    # json.dumps would write a key 1 and a key "1" alike.
    if isinstance(data, dict):
        for name, item in data.items():
            if not isinstance(name, str):
                raise TypeError(f"a key of an object is text, not {name!r}")
            if not isinstance(item, str):
                _check(item)
    elif isinstance(data, (list, tuple)):
        for item in data:
            if not isinstance(item, str):
                _check(item)


def digest_json(data: Json) -> str:
    """sha256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(data)).hexdigest()


def recipe(parts: Mapping[str, Json]) -> str:
    """The digest of everything about a step but its input artifacts."""
    return hashlib.sha256(b"millpond recipe\0" + encoded(dict(parts))).hexdigest()


def key(recipe_hex: str, inputs: Iterable[tuple[str, str]]) -> str:
    """The name of a piece of work; `inputs` are (name, kind:digest) pairs in any order."""
    pairs: list[Json] = [[name, content] for name, content in sorted(inputs)]
    return hashlib.sha256(b"millpond key\0" + encoded([recipe_hex, pairs])).hexdigest()


def parts_of(spec: Spec, arguments: Mapping[str, object]) -> Parts:
    """The parts of the recipe for a step called with decoded arguments.

    An input that is not given (the function's own default stands) is not in the parts.
    Raises `ValueMismatch` where an argument is not of its declared type.
    """
    static = cast("dict[str, Json]", spec["parts"])
    return {
        "scheme": SCHEME,
        "body": static["body"],
        "environment": static["environment"],
        "settings": _settings(spec, static),
        "arguments": plain_arguments(spec, arguments),
        "outputs": outputs_of(spec),
        "salt": static["salt"],
    }


def plain_arguments(spec: Spec, arguments: Mapping[str, object]) -> dict[str, Json]:
    """The arguments that hold no artifacts, with their types. Raises `ValueMismatch`."""
    return {
        name: [unordered(type), encode(type, arguments[name])]
        for name, type in _inputs(spec)
        if name in arguments and not has_artifacts(type)
    }


def _settings(spec: Spec, static: Mapping[str, Json]) -> Json:
    checks = spec.get("checks")
    if checks is None:
        return static["settings"]
    return {**cast("dict[str, Json]", static["settings"]), "checks": checks}


def outputs_of(spec: Spec) -> list[Json]:
    """The declared outputs, in no order of theirs."""
    return ports_of(spec["outputs"])


def ports_of(rows: Json) -> list[Json]:
    """Names and types of declared inputs or outputs, by name."""
    types = {cast(str, row[0]): unordered(row[1]) for row in cast("list[list[Json]]", rows)}
    return [[name, types[name]] for name in sorted(types)]


def stem_of(spec: Spec) -> str:
    """The digest of what a definition is before any argument is known: all that its keys share.

    Of inputs with artifacts that is the name: their content counts, however it is declared.
    """
    inputs = ports_of(
        [[name, "artifact" if has_artifacts(type) else type] for name, type in _inputs(spec)]
    )
    return digest_json([spec["parts"], inputs, outputs_of(spec)])


def unordered(type: Type) -> Type:
    """A type without the order in which its choices, fields, columns or checks were written."""
    head = kind(type)
    if head == "enum":
        return [head, cast("list[Json]", sorted(cast("list[str]", part(type))))]
    if head in ("record", "Dataset", "Metrics") and part(type) is not None:
        rows: list[Json] = [[name, unordered(of)] for name, of in sorted(fields(type))]
        checks = checks_of(type)
        return [head, rows, checks] if checks else [head, rows]
    if head in ("optional", "List", "Map"):
        return [head, unordered(part(type))]
    return type


def checks_of(type: Type) -> list[Json]:
    """What the checks of a `Dataset` ask for, in no order and without their words."""
    rows = cast("list[dict[str, Json]]", part(type, 2) or [])
    asked: list[Json] = [[row["expr"], row.get("policy") or "fail"] for row in rows]
    return sorted(asked, key=encoded)


def inputs_of(spec: Spec, arguments: Mapping[str, object]) -> Inputs:
    """(name, content) of every input that holds artifacts, sorted: the other half of the key.

    A list gives `name[0]`, a map `name[key]`, a record `name.field`; what is missing is `none`.
    The checks of a dataset that was found are the reader's to make: they are `name.checks`. What
    pickled objects name of the project's code is `name.code`.
    """
    return sorted(
        pair
        for name, type in _inputs(spec)
        if name in arguments and has_artifacts(type)
        for pair in _contents(name, type, arguments[name])
    )


def key_of(spec: Spec, arguments: Mapping[str, object]) -> tuple[str, Parts, Inputs]:
    """The key of a call with what it was made from."""
    parts, inputs = parts_of(spec, arguments), inputs_of(spec, arguments)
    return key(recipe(parts), inputs), parts, inputs


def _inputs(spec: Spec) -> Iterator[tuple[str, Type]]:
    for row in cast("Sequence[list[Json]]", spec["inputs"]):
        yield cast(str, row[0]), row[1]


def _contents(name: str, type: Type, value: object) -> Iterator[tuple[str, str]]:
    head = kind(type)
    if value is None:
        yield name, "none"
    elif isinstance(value, Artifact):
        known = value.digest.startswith(("etag:", "version:"))
        yield name, value.digest if known else f"sha256:{value.digest}"
        if value.code is not None:
            yield f"{name}.code", f"code:{value.code}"
        if value.source is not None and (checks := checks_of(type)):
            yield f"{name}.checks", f"checks:{digest_json(checks)}"
    elif head == "optional":
        yield from _contents(name, part(type), value)
    elif not value:
        yield name, "empty"
    elif head == "List":
        for index, item in enumerate(cast("list[object]", value)):
            yield from _contents(f"{name}[{index}]", part(type), item)
    elif head == "Map":
        for at, item in cast("dict[str, object]", value).items():
            yield from _contents(f"{name}[{quote(at, safe='')}]", part(type), item)
    elif head == "record":
        for field, of in fields(type):
            yield from _contents(f"{name}.{field}", of, cast("dict[str, object]", value)[field])
    else:
        yield name, f"value:{digest_json([type, encode(type, value)])}"
