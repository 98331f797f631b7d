"""Bound texts in Argo's words: what a task hands to a template, and what a template bakes in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import assert_never

from ...compiler.contract.job import Bound, Constant, FromJob, FromParameter
from ...compiler.ir.nodes import Parameter
from ...compiler.types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    TIME,
    EnumOf,
    Optional,
    Type,
)

RESULT = "result"


def is_baked(bound: Bound) -> bool:
    """Whether a text must stand in the template itself: Argo would read `{{` in it as its own."""
    return isinstance(bound, Constant) and "{{" in bound.text


def baked(text: str) -> list[str]:
    """A text as command-line entries without two braces in a row; the launcher joins them."""
    first, *more = re.split(r"(?<=\{)(?=\{)", literal(text))
    return [first, *(f"--more={part}" for part in more)]


def handed(bound: Bound, tasks: Mapping[str, str], parameters: Mapping[str, Parameter]) -> str:
    """The value of a task's argument. `tasks` are the legal names of the jobs."""
    match bound:
        case Constant(text):
            return literal(text)
        case FromParameter(name):
            return _from_parameter(parameters[name])
        case FromJob(job, path):
            return f"@{{{{tasks.{tasks[job]}.outputs.parameters.{RESULT}}}}}#{path}"
        case _:
            assert_never(bound)


def literal(text: str) -> str:
    """A text that Kubernetes hands on as it is: in commands it reads `$(NAME)`, and `$$` as `$`."""
    return text.replace("$", "$$")


def _from_parameter(parameter: Parameter) -> str:
    name = f"workflow.parameters.{parameter.name}"
    if isinstance(parameter.type, Optional):
        return f"{{{{={name} == '' ? '~' : '=' + {_literal_at_run_time(name)}}}}}"
    if _has_no_dollar(parameter.type):
        return f"={{{{{name}}}}}"
    return f"={{{{={_literal_at_run_time(name)}}}}}"


def _literal_at_run_time(name: str) -> str:
    return f"replace({name}, '$', '$$')"


def _has_no_dollar(type_: Type) -> bool:
    if isinstance(type_, EnumOf):
        return all("$" not in value for value in type_.values)
    return type_ in (INT, FLOAT, BOOL, DATE, TIME, DURATION, SIZE)
