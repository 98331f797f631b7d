"""Follows every reference of a definition: parameters, steps, property files, order, circles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from .reading import FUNCTIONS, Problem, Step, functions_in, items, record
from .service import Shape, answer_of

_EXECUTION: Final = frozenset(
    {
        "StartDateTime",
        "CurrentDateTime",
        "PipelineName",
        "PipelineArn",
        "PipelineExecutionId",
        "PipelineExecutionArn",
        "TrainingJobName",
        "ProcessingJobName",
    }
)
_TRIGGERS: Final = frozenset({"Any", "Failed", "Stopped", "Succeeded"})
_STEP: Final = re.compile(r"Steps\.([A-Za-z0-9-]+)\.(.+)")
_PROPERTY_FILE: Final = re.compile(r"PropertyFiles\.(.+)")
_OUTPUT_PARAMETER: Final = re.compile(r"OutputParameters\['([^']+)'\]")
_PATH: Final = re.compile(r"\.?([A-Za-z_]\w*)|\['([^']*)'\]|\[(\d+)\]")
_PARAMETER_KINDS: Final = {
    "String": "string",
    "Integer": "integer",
    "Float": "float",
    "Boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What references can name: kinds of parameters, and steps."""

    parameters: Mapping[str, str]
    steps: Mapping[str, Step]

    def kind_of(self, function: Mapping[str, object]) -> str | None:
        """What a function gives, where that is known."""
        if "Std:Join" in function:
            return "string"
        name = function.get("Get")
        if isinstance(name, str) and name.startswith("Parameters."):
            return self.parameters.get(name.removeprefix("Parameters."))
        return "string" if isinstance(name, str) and name.startswith("Execution.") else None


def scope_of(document: Mapping[str, object], steps: list[Step]) -> Scope:
    declared = (record(parameter) for parameter in items(document.get("Parameters")))
    return Scope(
        {str(p.get("Name")): _PARAMETER_KINDS.get(str(p.get("Type")), "string") for p in declared},
        {step.name: step for step in steps},
    )


def check_functions(step: Step, scope: Scope) -> Iterator[Problem]:
    """Every function in a step is well formed and what it names is there."""
    for where, function in functions_in(step.body, step.where):
        if len(function) != 1:
            extra = ", ".join(f"`{name}`" for name in function if name not in FUNCTIONS)
            yield where, f"a function stands alone; {extra or 'this one'} is beside another"
            continue
        if "Get" in function:
            yield from _get(function["Get"], where, step, scope)
        elif "Std:Join" in function:
            yield from _join(function["Std:Join"], where)
        else:
            yield from _json_get(function["Std:JsonGet"], where)


def check_order(steps: list[Step], scope: Scope) -> Iterator[Problem]:
    """`DependsOn` names steps, and nothing waits for itself."""
    waits: dict[str, set[str]] = {step.name: set() for step in steps}
    for step in steps:
        if step.inside is not None:
            waits[step.name].add(step.inside)
        for number, entry in enumerate(items(step.body.get("DependsOn"))):
            where = f"{step.where}.DependsOn[{number}]"
            name = record(entry).get("Step") if isinstance(entry, dict) else entry
            trigger = record(entry).get("Trigger", "Any")
            if name not in scope.steps:
                yield where, f"there is no step `{name}`"
            elif name == step.name:
                yield where, f"`{name}` waits for itself"
            else:
                waits[step.name].add(str(name))
            if trigger not in _TRIGGERS:
                yield where, f"there is no trigger `{trigger}`"
        waits[step.name] |= _read_steps(step) & waits.keys() - {step.name}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as circle:
        names = [str(name) for name in circle.args[1]]
        yield scope.steps[names[0]].where, "a circle: " + " waits for ".join(reversed(names))


def _read_steps(step: Step) -> set[str]:
    found = set()
    for _, function in functions_in(step.body, ""):
        match = _STEP.fullmatch(str(function.get("Get")))
        if match is not None:
            found.add(match[1])
    return found


def _get(name: object, where: str, step: Step, scope: Scope) -> Iterator[Problem]:
    if not isinstance(name, str):
        yield where, f"`Get` takes a text, not {name!r}"
        return
    space, _, rest = name.partition(".")
    if space == "Parameters":
        if rest not in scope.parameters:
            yield where, f"there is no parameter `{rest}`"
    elif space == "Execution":
        if rest not in _EXECUTION:
            yield where, f"an execution has no `{rest}`"
    elif space == "ForEach":
        if step.loop is None:
            yield where, "there is no ForEach around this step"
    elif (match := _STEP.fullmatch(name)) is not None:
        yield from _property(match[1], match[2], where, step, scope)
    else:
        yield where, f"`{name}` names neither a parameter, a step nor the execution"


def _property(name: str, path: str, where: str, step: Step, scope: Scope) -> Iterator[Problem]:
    other = scope.steps.get(name)
    if other is None:
        yield where, f"there is no step `{name}`"
        return
    if other.name == step.name:
        yield where, f"`{name}` reads from itself"
        return
    if (file := _PROPERTY_FILE.fullmatch(path)) is not None:
        if file[1] not in _names(other.body.get("PropertyFiles"), "PropertyFileName"):
            yield where, f"`{name}` has no property file `{file[1]}`"
        elif not where.endswith(".Std:JsonGet.PropertyFile"):
            yield where, "a property file is read with `Std:JsonGet`"
        return
    if (output := _OUTPUT_PARAMETER.fullmatch(path)) is not None:
        if output[1] not in _names(other.body.get("OutputParameters"), "OutputName"):
            yield where, f"`{name}` has no output parameter `{output[1]}`"
        return
    answer = answer_of(other.kind)
    if answer is not None:
        yield from _path(path, answer, other, where)


def _path(path: str, shape: Shape, step: Step, where: str) -> Iterator[Problem]:
    """Whether what describes a step has a scalar under this path."""
    position, said = 0, step.name
    while position < len(path):
        token = _PATH.match(path, position)
        if token is None:
            yield where, f"`{path}` cannot be read from `{path[position:]}` on"
            return
        member, key, _ = token.groups()
        match shape.type_name:
            case "structure" if member is not None and member in shape.members:
                shape = shape.members[member]
            case "list" if member is None:
                shape = shape.member
            case "map" if key is not None:
                shape = shape.value
            case _:
                yield where, f"`{said}` has no `{token[0].lstrip('.')}`"
                return
        position, said = token.end(), f"{step.name}.{path[: token.end()]}"
    if shape.type_name in ("structure", "list", "map"):
        yield where, f"`{said}` is no single value"
    output = re.match(r"ProcessingOutputConfig\.Outputs\['([^']*)'\]", path)
    if output is not None:
        config = record(step.arguments.get("ProcessingOutputConfig"))
        if output[1] not in _names(config.get("Outputs"), "OutputName"):
            yield where, f"`{step.name}` has no output `{output[1]}`"


def _join(join: object, where: str) -> Iterator[Problem]:
    if not isinstance(join, dict) or set(join) != {"On", "Values"}:
        yield where, "`Std:Join` takes `On` and `Values`"
        return
    if not isinstance(join["On"], str):
        yield f"{where}.Std:Join.On", "a text is wanted"
    values = join["Values"]
    if not isinstance(values, list) or not values:
        yield f"{where}.Std:Join.Values", "a list of at least one value is wanted"
        return
    for number, value in enumerate(values):
        if (
            isinstance(value, list)
            or value is None
            or (isinstance(value, dict) and FUNCTIONS.isdisjoint(value))
        ):
            yield f"{where}.Std:Join.Values[{number}]", "texts, numbers and functions can be joined"


def _json_get(read: object, where: str) -> Iterator[Problem]:
    place = f"{where}.Std:JsonGet"
    if not isinstance(read, dict) or set(read) != {"PropertyFile", "Path"}:
        yield place, "`Std:JsonGet` takes `PropertyFile` and `Path`"
        return
    name = record(read["PropertyFile"]).get("Get")
    match = _STEP.fullmatch(str(name))
    if match is None or _PROPERTY_FILE.fullmatch(match[2]) is None:
        yield f"{place}.PropertyFile", "the property file of a step is wanted"
    if not isinstance(read["Path"], str) or not read["Path"]:
        yield f"{place}.Path", "a path into the property file is wanted"


def _names(entries: object, key: str) -> set[str]:
    return {str(record(entry).get(key)) for entry in items(entries)}
