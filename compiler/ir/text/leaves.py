"""Settings as named leaves: only what differs from the defaults is written, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Any, cast

from ..settings import Backoff, SecretRef, Settings
from ..values import Json


def content_digest(content: bytes) -> str:
    """What stands in the text for the content of a file."""
    return sha256(content).hexdigest()


def leaves(settings: Settings) -> Iterator[tuple[str, Json]]:
    """`resources.cpu` and its JSON, for every setting that is not the default."""
    return _leaves(settings, Settings(), "")


def _leaves(value: object, default: object, path: str) -> Iterator[tuple[str, Json]]:
    for field in fields(cast(Any, default)):
        if not field.compare:
            continue
        now, then = getattr(value, field.name), getattr(default, field.name)
        if is_dataclass(then):
            yield from _leaves(now, then, f"{path}{field.name}.")
        elif now != then:
            yield f"{path}{field.name}", _written(field.name, now)


def _written(name: str, value: object) -> Json:
    match name, value:
        case _, Backoff(kind, first, most):
            return [kind, first, most]
        case (("lockfile" | "requirements"), tuple()):
            path, content = cast("tuple[str, str]", value)
            return [path, content_digest(content.encode())]
        case "secrets", tuple():
            return {s.variable: s.name for s in cast("tuple[SecretRef, ...]", value)}
        case (("env" | "target"), tuple(pairs)):
            return dict(pairs)
        case _, tuple(items):
            return [*items]
        case _:
            return cast(Json, value)


def settings_from(given: Mapping[str, Json], files: Mapping[str, bytes]) -> Settings:
    """The settings that were written; `files` finds contents by digest."""
    settings = Settings()
    for path, data in given.items():
        head, _, tail = path.partition(".")
        value = _read(tail or head, data, files)
        if tail:
            value = replace(getattr(settings, head), **{tail: value})
        settings = replace(settings, **{head: value})
    return settings


def _read(name: str, data: Json, files: Mapping[str, bytes]) -> Any:
    match name, data:
        case "backoff", [kind, first, most]:
            return Backoff(cast(str, kind), cast(float, first), cast("float | None", most))
        case (("lockfile" | "requirements"), [path, digest]):
            return (path, files[cast(str, digest)].decode())
        case "secrets", dict():
            return tuple(SecretRef(variable, cast(str, of)) for variable, of in data.items())
        case (("env" | "target"), dict()):
            return tuple(data.items())
        case _, list():
            return tuple(data)
        case _:
            return data
