"""Calls in a workflow: a task or step, the template it names, and the variables it may read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .tree import Tree, items, names, text, texts
from .variables import NodeOutputs, Scope, trouble, variables

LOOPS: Final = ("withItems", "withParam", "withSequence")
_PARAMETER = re.compile(r"[-A-Za-z0-9_]+")

Fault = tuple[str, str]
"""Where, as a path inside the document, and what."""


@dataclass(frozen=True, slots=True)
class Templates:
    """A spec's templates by name, and the names of its parameters and volumes."""

    by_name: Mapping[str, Tree]
    parameters: frozenset[str]
    volumes: frozenset[str]


def check_parameters(parameters: list[Tree], where: str) -> Iterator[Fault]:
    """Names are legal and unique, a closed set of values holds the value."""
    yield from unique(names(parameters), f"{where}.parameters", "parameter")
    for index, parameter in enumerate(parameters):
        place = f"{where}.parameters[{index}]"
        if _PARAMETER.fullmatch(text(parameter, "name")) is None:
            yield place, f"`{text(parameter, 'name')}` cannot name a parameter"
        allowed, value = parameter.get("enum"), parameter.get("value")
        if isinstance(allowed, list) and value is not None and value not in allowed:
            yield f"{place}.value", f"`{value}` is not in the enum"


def check_call(call: Tree, known: Templates, where: str) -> Iterator[Fault]:
    """A task or step names a template, and gives it what it wants and nothing else."""
    if "templateRef" in call or "inline" in call:
        return
    template = known.by_name.get(text(call, "template"))
    if template is None:
        yield f"{where}.template", f"there is no template called `{text(call, 'template')}`"
        return
    for group in ("parameters", "artifacts"):
        wanted = items(template, "inputs", group)
        given = names(items(call, "arguments", group))
        optional = ("value", "default", "valueFrom", "optional", "raw", "s3", "gcs", "http")
        for input_ in wanted:
            name = text(input_, "name")
            if name not in given and not any(key in input_ for key in optional):
                yield f"{where}.arguments", f"`{text(call, 'template')}` also needs `{name}`"
        for name in given:
            if name not in names(wanted):
                yield (
                    f"{where}.arguments",
                    f"`{text(call, 'template')}` takes nothing called `{name}`",
                )
        yield from unique(given, f"{where}.arguments.{group}", "argument")


def check_variables(part: Tree, scope: Scope, where: str) -> Iterator[Fault]:
    """Every variable in a part of the document stands for something there."""
    for inner, found in texts(part):
        try:
            read = list(variables(found))
        except ValueError as problem:
            yield f"{where}.{inner}", str(problem)
            continue
        for variable in read:
            what = trouble(variable, scope)
            if what is not None:
                yield f"{where}.{inner}", what


def scope_of(template: Tree, known: Templates) -> Scope:
    """What any text inside a template may name."""
    return Scope(
        workflow_parameters=known.parameters,
        inputs=names(items(template, "inputs", "parameters")),
        input_artifacts=names(items(template, "inputs", "artifacts")),
        outputs=names(items(template, "outputs", "parameters")),
        output_artifacts=names(items(template, "outputs", "artifacts")),
    )


def outputs_of(call: Tree, known: Templates) -> NodeOutputs:
    """What a call gives to those after it."""
    template = known.by_name.get(text(call, "template"))
    if template is None:
        return NodeOutputs(known=False)
    return NodeOutputs(
        frozenset(names(items(template, "outputs", "parameters"))),
        frozenset(names(items(template, "outputs", "artifacts"))),
    )


def unique(found: list[str], where: str, what: str) -> Iterator[Fault]:
    """A fault for each name that is there more than once."""
    for name in dict.fromkeys(name for name in found if found.count(name) > 1):
        yield where, f"two are called `{name}`: a {what}'s name is its own"
