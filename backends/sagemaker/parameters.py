"""Pipeline parameters in SageMaker's types, and the text in which each reaches the launcher.

Inside `Std:Join` a parameter becomes text, and how is documented nowhere. An Integer has one
spelling and the launcher reads every spelling of a Float, `1.0E-7` too; but it reads booleans as
`true` and `false` only, so those go as String with these two values. All else is String as well,
spelled as people write it: `2026-11-22`, `90m`, `16GB`, JSON for lists and records.
"""

from __future__ import annotations

import json
from typing import Final, assert_never, cast

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

_LONGEST_INTEGER: Final = 2**31 - 1


def is_whole(parameter: Parameter) -> bool:
    """Whether the parameter holds bound text (`=400`, `~`): SageMaker has no missing values."""
    return isinstance(parameter.type, Optional)


def is_text(type_: Type) -> bool:
    """Whether values of the type can be of any length."""
    match type_:
        case Optional(inner):
            return is_text(inner)
        case Scalar("String") | Json() | ListOf() | MapOf() | Row() | Metrics():
            return True
        case _:
            return False


def definition(parameter: Parameter, name: str) -> dict[str, Document]:
    """The entry of a parameter in `Parameters`."""
    written: dict[str, Document] = {"Name": name, "Type": kind(parameter)}
    if parameter.default is not None:
        written["DefaultValue"] = _default(parameter, parameter.default)
    if allowed := choices(parameter):
        written["EnumValues"] = [*allowed]
    return written


def kind(parameter: Parameter) -> str:
    """`Integer`, `Float` or `String`."""
    match parameter.type:
        case Scalar("Int"):
            default = parameter.default.value if parameter.default is not None else 0
            fits = isinstance(default, int) and abs(default) <= _LONGEST_INTEGER
            return "Integer" if fits else "String"
        case Scalar("Float"):
            return "Float"
        case Scalar() | EnumOf() | Json() | Optional() | ListOf() | MapOf() | Row() | Metrics():
            return "String"
        case Artifact() | Dataset() | Secret() | Missing() | Per() | Unknown():
            raise ValueError(f"no parameter of type {show(parameter.type)} gets this far")
        case _:
            assert_never(parameter.type)


def choices(parameter: Parameter) -> tuple[str, ...]:
    """The closed set of texts that a parameter can have; empty where it is open."""
    match parameter.type:
        case EnumOf(options):
            return options
        case Scalar("Bool"):
            return ("true", "false")
        case _:
            return ()


def default_text(parameter: Parameter) -> str:
    """The default as a text; empty where there is none."""
    return "" if parameter.default is None else str(_default(parameter, parameter.default))


def _default(parameter: Parameter, default: Literal) -> str | int | float:
    value = default.value
    match kind(parameter):
        case "Integer":
            assert isinstance(value, int)
            return value
        case "Float":
            assert isinstance(value, int | float)
            return float(value)
    if not isinstance(parameter.type, Optional):
        return _text(parameter.type, default)
    return "~" if value is None else "=" + _text(parameter.type.inner, default)


def _text(type_: Type, literal: Literal) -> str:
    match type_:
        case Json() | ListOf() | MapOf() | Row() | Metrics():
            return json.dumps(literal.value, ensure_ascii=False, separators=(",", ":"))
        case _:
            type_as_data = cast("Descriptor", descriptor(type_))
            return show_value(decode(type_as_data, literal.value))
