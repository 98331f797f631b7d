"""Whether a Python annotation can take a value of a type."""

from __future__ import annotations

from typing import assert_never

from ..bodies.signature import Annotation
from ..types.relate import present
from ..types.types import (
    Artifact,
    Dataset,
    EnumOf,
    Json,
    ListOf,
    MapOf,
    Metrics,
    Missing,
    Optional,
    Per,
    Row,
    Scalar,
    Secret,
    Type,
    Unknown,
)

_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "os.PathLike", "pathlib.PosixPath"})


_TAKEN = {
    "Int": frozenset({"builtins.int", "builtins.float", "numbers.Number", "builtins.complex"}),
    "Float": frozenset({"builtins.float", "numbers.Number", "numbers.Real"}),
    "String": frozenset({"builtins.str"}),
    "Bool": frozenset({"builtins.bool", "builtins.int"}),
    "Date": frozenset({"datetime.date"}),
    "Time": frozenset({"datetime.datetime", "datetime.date"}),
    "Duration": frozenset({"datetime.timedelta"}),
    "Size": frozenset({"builtins.int"}),
}


_PLAIN = frozenset(name for names in _TAKEN.values() for name in names) | _PATHS


_CONTAINERS = frozenset({"builtins.list", "builtins.dict", "builtins.set", "builtins.tuple"})


def accepts(annotation: Annotation, type_: Type) -> bool:
    """Whether a parameter so annotated can take a value of the type; yes where nobody can tell."""
    name = annotation.name
    if isinstance(type_, Unknown) or name in (None, "typing.Any", "builtins.object"):
        return True
    if name == "typing.Union":
        inner = present(type_)
        if isinstance(type_, Optional) and not any(a.name == "None" for a in annotation.arguments):
            return False
        return any(accepts(argument, inner) for argument in annotation.arguments)
    match type_:
        case Optional(inner):
            # `x: str = None` is common, and means the same.
            return accepts(annotation, inner)
        case Scalar(scalar):
            if name in _TAKEN[scalar]:
                return True
            return name not in _PLAIN | _CONTAINERS
        case EnumOf():
            return name == "builtins.str" or name not in _PLAIN | _CONTAINERS
        case Artifact("Model"):
            return name not in _PLAIN - _PATHS
        case Artifact() | Dataset():
            return name not in _PLAIN - _PATHS
        case ListOf() | Per():
            return name not in _PLAIN | {"builtins.dict"}
        case Row() | MapOf() | Metrics():
            return name not in _PLAIN | {"builtins.list"}
        case Json():
            return name not in _PATHS
        case Secret() | Missing():
            return True
        case _:
            assert_never(type_)
