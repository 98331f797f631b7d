"""The parts of a definition that no service model describes: parameters, steps, policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from .limits import LINE_ENDS, PARAMETERS, RETRIES
from .reading import Problem, Step, is_function, items, record

_VERSION: Final = "2020-12-01"
_TOP: Final = frozenset(
    {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps"}
)
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_PARAMETER_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMON: Final = frozenset({"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description"})
_JOB: Final = _COMMON | {"RetryPolicies", "CacheConfig", "PropertyFiles"}
# None: what else such a step may hold is not checked here.
_KEYS: Final[Mapping[str, frozenset[str] | None]] = {
    "Processing": _JOB,
    "Training": _JOB,
    "Transform": _JOB,
    "Tuning": _JOB,
    "AutoML": _JOB,
    "Model": _JOB,
    "RegisterModel": _JOB,
    "Condition": _COMMON,
    "ForEach": _COMMON,
    "Fail": _COMMON,
    "Lambda": _COMMON | {"FunctionArn", "OutputParameters", "CacheConfig"},
    "Callback": _COMMON | {"SqsQueueUrl", "OutputParameters", "CacheConfig"},
    "EMR": None,
    "EMRServerless": None,
    "ClarifyCheck": None,
    "QualityCheck": None,
}
_NEEDED: Final = {
    "Processing": ("Arguments",),
    "Condition": ("Arguments",),
    "ForEach": ("Arguments",),
    "Fail": ("Arguments",),
    "Lambda": ("FunctionArn",),
    "Callback": ("SqsQueueUrl",),
}
_CONDITIONS: Final = frozenset(
    {
        "Equals",
        "GreaterThan",
        "GreaterThanOrEqualTo",
        "LessThan",
        "LessThanOrEqualTo",
        "In",
        "Not",
        "Or",
    }
)
_FAULTS: Final = frozenset(
    {
        "Step.SERVICE_FAULT",
        "Step.THROTTLING",
        "SageMaker.JOB_INTERNAL_ERROR",
        "SageMaker.CAPACITY_ERROR",
        "SageMaker.RESOURCE_LIMIT",
    }
)
_LONGEST_STEP_NAME: Final = 256


def check_top(document: Mapping[str, object]) -> Iterator[Problem]:
    """The document's own keys and its parameters."""
    if document.get("Version") != _VERSION:
        yield "Version", f"`{_VERSION}` is wanted"
    for name in document.keys() - _TOP:
        yield name, f"a definition has no `{name}`"
    steps = document.get("Steps")
    if not isinstance(steps, list) or not steps:
        yield "Steps", "a list of at least one step is wanted"
    parameters = items(document.get("Parameters"))
    if len(parameters) > PARAMETERS:
        yield "Parameters", f"{len(parameters)} entries: {PARAMETERS} is the most"
    seen: set[str] = set()
    for number, parameter in enumerate(parameters):
        where = f"Parameters[{number}]"
        name = str(record(parameter).get("Name"))
        if name in seen:
            yield where, f"two parameters are called `{name}`"
        seen.add(name)
        yield from _parameter(record(parameter), where)


def check_names(steps: list[Step]) -> Iterator[Problem]:
    """Names are legal and, with those of nested steps, different."""
    seen: set[str] = set()
    for step in steps:
        if not _NAME.fullmatch(step.name) or len(step.name) > _LONGEST_STEP_NAME:
            yield step.where, f"`{step.name}` is no name for a step"
        if step.name in seen:
            yield step.where, f"two steps are called `{step.name}`"
        seen.add(step.name)


def check_step(step: Step) -> Iterator[Problem]:
    """A step's own keys, by its type."""
    if step.kind not in _KEYS:
        yield step.where, f"there is no type of step called `{step.kind}`"
        return
    allowed = _KEYS[step.kind]
    if allowed is not None:
        for name in sorted(step.body.keys() - allowed):
            yield f"{step.where}.{name}", f"a {step.kind} step has no `{name}`"
    for name in _NEEDED.get(step.kind, ()):
        if name not in step.body:
            yield step.where, f"`{name}` is missing"
    for number, policy in enumerate(items(step.body.get("RetryPolicies"))):
        yield from _policy(record(policy), f"{step.where}.RetryPolicies[{number}]")
    if step.loop is not None and step.kind in ("Condition", "Fail", "ForEach"):
        yield step.where, f"a ForEach can hold no {step.kind} step"
    match step.kind:
        case "Processing":
            yield from _processing(step)
        case "Condition":
            yield from _conditions(step.arguments.get("Conditions"), f"{step.where}.Arguments")
        case "ForEach":
            yield from _for_each(step)
        case "Fail":
            if "ErrorMessage" not in step.arguments:
                yield f"{step.where}.Arguments", "`ErrorMessage` is missing"
        case _:
            return


def _parameter(parameter: Mapping[str, object], where: str) -> Iterator[Problem]:
    if not _PARAMETER_NAME.fullmatch(str(parameter.get("Name"))):
        yield where, f"`{parameter.get('Name')}` is no name for a parameter"
    for name in sorted(parameter.keys() - {"Name", "Type", "DefaultValue", "EnumValues"}):
        yield f"{where}.{name}", f"a parameter has no `{name}`"
    kind = str(parameter.get("Type"))
    types: Mapping[str, type | tuple[type, ...]] = {
        "String": str,
        "Integer": int,
        "Float": (int, float),
        "Boolean": bool,
    }
    if kind not in types:
        yield f"{where}.Type", f"there is no type `{kind}`"
        return
    allowed = parameter.get("EnumValues")
    if allowed is not None and (kind != "String" or not items(allowed)):
        yield f"{where}.EnumValues", "a String can have a list of values, nothing else can"
    if "DefaultValue" not in parameter:
        return
    default = parameter["DefaultValue"]
    if not isinstance(default, types[kind]) or (kind != "Boolean" and isinstance(default, bool)):
        yield f"{where}.DefaultValue", f"{default!r} is no {kind}"
    elif items(allowed) and default not in items(allowed):
        yield f"{where}.DefaultValue", f"{default!r} is none of its values"


def _policy(policy: Mapping[str, object], where: str) -> Iterator[Problem]:
    faults = items(policy.get("ExceptionType"))
    if not faults:
        yield where, "`ExceptionType` is missing"
    for fault in faults:
        if fault not in _FAULTS:
            yield where, f"there is no fault `{fault}`"
    known = {"ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin"}
    for name in sorted(policy.keys() - known):
        yield where, f"a retry policy has no `{name}`"
    for name, least, most in (
        ("MaxAttempts", 1, RETRIES),
        ("IntervalSeconds", 1, 43_200),
        ("ExpireAfterMin", 1, 14_400),
    ):
        value = policy.get(name)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            yield where, f"`{name}` lies between {least} and {most}, not {value!r}"


def _processing(step: Step) -> Iterator[Problem]:
    arguments, where = step.arguments, f"{step.where}.Arguments"
    application = record(arguments.get("AppSpecification"))
    for part in ("ContainerEntrypoint", "ContainerArguments"):
        for number, entry in enumerate(items(application.get(part))):
            place = f"{where}.AppSpecification.{part}[{number}]"
            texts = items(record(record(entry).get("Std:Join")).get("Values"))
            if entry == "":
                yield place, "an entry may not be empty"
            if any(isinstance(text, str) and LINE_ENDS.search(text) for text in texts):
                yield place, "an entry may not have line breaks"
    outputs = items(record(arguments.get("ProcessingOutputConfig")).get("Outputs"))
    inputs = items(arguments.get("ProcessingInputs"))
    yield from _channels(inputs, "InputName", "S3Input", f"{where}.ProcessingInputs")
    yield from _channels(outputs, "OutputName", "S3Output", f"{where}.ProcessingOutputConfig")
    names = {record(output).get("OutputName") for output in outputs}
    seen: set[object] = set()
    for number, file in enumerate(map(record, items(step.body.get("PropertyFiles")))):
        place = f"{step.where}.PropertyFiles[{number}]"
        if set(file) != {"PropertyFileName", "OutputName", "FilePath"}:
            yield place, "`PropertyFileName`, `OutputName` and `FilePath` are wanted"
        elif file["OutputName"] not in names:
            yield place, f"`{step.name}` has no output `{file['OutputName']}`"
        if file.get("PropertyFileName") in seen:
            yield place, f"two property files are called `{file.get('PropertyFileName')}`"
        seen.add(file.get("PropertyFileName"))


def _channels(entries: list[object], key: str, inner: str, where: str) -> Iterator[Problem]:
    """Names and local paths of inputs or outputs are different."""
    names: set[object] = set()
    paths: set[object] = set()
    for entry in map(record, entries):
        name, path = entry.get(key), record(entry.get(inner)).get("LocalPath")
        if name in names:
            yield where, f"two are called `{name}`"
        names.add(name)
        if path is None or is_function(path):
            continue
        if path in paths:
            yield where, f"two are put at {path}"
        paths.add(path)
        if not str(path).startswith("/opt/ml/processing"):
            yield where, f"{path} does not lie in /opt/ml/processing"


def _conditions(conditions: object, where: str) -> Iterator[Problem]:
    if not items(conditions):
        yield where, "`Conditions` is missing"
    for condition in map(record, items(conditions)):
        kind = condition.get("Type")
        if kind not in _CONDITIONS:
            yield where, f"there is no condition `{kind}`"
        if kind == "Or":
            yield from _conditions(condition.get("Conditions"), where)
        elif kind == "Not":
            yield from _conditions([condition.get("Expression")], where)
        elif kind == "In":
            if "QueryValue" not in condition or not items(condition.get("Values")):
                yield where, "`In` takes `QueryValue` and `Values`"
        elif "LeftValue" not in condition or "RightValue" not in condition:
            yield where, f"`{kind}` takes `LeftValue` and `RightValue`"


def _for_each(step: Step) -> Iterator[Problem]:
    where = f"{step.where}.Arguments"
    through = step.arguments.get("IterableItems")
    if isinstance(through, list) and len(through) > 100:
        yield f"{where}.IterableItems", f"{len(through)} entries: 100 is the most"
    elif not isinstance(through, list) and not is_function(through):
        yield f"{where}.IterableItems", "a list is wanted, or a reference to one"
    at_once = step.arguments.get("MaxConcurrency", 1)
    if not isinstance(at_once, int) or not 1 <= at_once <= 50:
        yield f"{where}.MaxConcurrency", f"it lies between 1 and 50, not {at_once!r}"
    if not items(step.arguments.get("ForEachBody")):
        yield where, "`ForEachBody` is missing"
