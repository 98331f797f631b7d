"""Pipeline parameters in Kubeflow's six types, and the text in which each reaches the launcher.

Every component input is a STRING, so the driver turns a pipeline parameter into text before it is
put into the command (`handleParamTypeValidationAndConversion` and `PbValueToText` in the backend):
numbers by `FormatFloat(v, 'f', -1, 64)`, hence `5` for an integer, `0.7` for a double and never an
exponent; booleans as `true` and `false`; LIST and STRUCT as compact JSON in which a whole number
has no point. That is what the launcher reads by the input's type. What a JSON number cannot hold
(whole numbers beyond 2^53) and what Kubeflow has no type for goes as STRING, in the form in which
people write it: `2026-11-22`, `90m`, `16GB`.
"""

from __future__ import annotations

import json
from typing import assert_never, cast

from ...compiler.ir.nodes import Parameter
from ...compiler.ir.values import Literal
from ...compiler.types.types import (
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
    descriptor,
    show,
)
from ...runtime.descriptors import Type as Descriptor
from ...runtime.texts import show as show_value
from ...runtime.values import decode
from ..documents import Document
from .text import protected

LONGEST_DESCRIPTION = 1024
_EXACT = 2**53


def is_whole(parameter: Parameter) -> bool:
    """Whether the parameter holds bound text (`=400`, `~`) and not the bare value.

    Kubeflow has no text for a missing value that no String could have: a null parameter is taken
    out of the task's inputs, and its placeholder stays in the command as it is.
    """
    return isinstance(parameter.type, Optional)


def definition(parameter: Parameter) -> dict[str, Document]:
    """The entry of a parameter in the root's `inputDefinitions`."""
    kind = _kind(parameter)
    result: dict[str, Document] = {}
    if parameter.default is not None:
        result["defaultValue"] = _default(parameter, parameter.default, kind)
    description = _description(parameter)
    if description:
        result["description"] = description
    if parameter.default is not None:
        result["isOptional"] = True
    if isinstance(parameter.type, EnumOf):
        result["literals"] = list(parameter.type.values)
    result["parameterType"] = kind
    return result


def _kind(parameter: Parameter) -> str:
    if is_whole(parameter):
        return "STRING"
    default = parameter.default.value if parameter.default is not None else None
    kind = _kind_of(parameter.type)
    if kind == "NUMBER_INTEGER" and (isinstance(default, str) or _beyond(default)):
        return "STRING"
    return kind


def _beyond(default: object) -> bool:
    return isinstance(default, int) and abs(default) > _EXACT


def _kind_of(type_: Type) -> str:
    match type_:
        case Scalar("Int"):
            return "NUMBER_INTEGER"
        case Scalar("Float"):
            return "NUMBER_DOUBLE"
        case Scalar("Bool"):
            return "BOOLEAN"
        case Scalar() | EnumOf() | Json() | Optional():
            return "STRING"
        case ListOf():
            return "LIST"
        case MapOf() | Row() | Metrics():
            return "STRUCT"
        case Artifact() | Dataset() | Secret() | Missing() | Per() | Unknown():
            raise ValueError(f"no parameter of type {show(type_)} gets this far")
        case _:
            assert_never(type_)


def _default(parameter: Parameter, default: Literal, kind: str) -> Document:
    if kind != "STRING":
        return _protected(cast(Document, default.value))
    if not isinstance(parameter.type, Optional):
        return protected(_text(parameter.type, default))
    if default.value is None:
        return "~"
    return protected("=" + _text(parameter.type.inner, default))


def _text(type_: Type, literal: Literal) -> str:
    """A literal as the launcher reads it, in the spelling that people use."""
    match type_:
        case Json() | ListOf() | MapOf() | Row() | Metrics():
            return json.dumps(literal.value, ensure_ascii=False, separators=(",", ":"))
        case _:
            return show_value(decode(cast(Descriptor, descriptor(type_)), literal.value))


def _protected(value: Document) -> Document:
    """JSON with every text in it `protected`."""
    match value:
        case str():
            return protected(value)
        case list() | tuple():
            return [_protected(item) for item in value]
        case dict():
            return {protected(name): _protected(item) for name, item in value.items()}
        case _:
            return value


def _description(parameter: Parameter) -> str:
    parts = [parameter.doc.strip()] if parameter.doc else []
    if is_whole(parameter):
        parts.append(f"{show(parameter.type)}: write `=` before the value, `~` for none.")
    elif _kind(parameter) in ("STRING", "STRUCT", "LIST") and show(parameter.type) != "String":
        parts.append(f"{show(parameter.type)}.")
    text = " ".join(parts)
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 1] + "…"
