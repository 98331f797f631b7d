"""Validate: written documents against Argo's models, our closed types and the reference rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from ...compiler.contract.target import Finding
from ..names import RULES
from .calls import Fault, check_parameters
from .emit import LIMIT
from .references import check_spec
from .tree import Tree, difference, items, mapping, names, text

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_KINDS: Final = ("WorkflowTemplate", "Workflow", "CronWorkflow")
_SCHEDULE = re.compile(
    r"(?:\S+\s+){4}\S+|@(?:yearly|annually|monthly|weekly|daily|hourly|every .+)"
)

# hera knows these as empty, Argo as anything at all.
_OPEN = re.compile(r"(?:^|\.)(?:plugin|supplied|noArgs)\.")


def validate(files: Mapping[str, bytes]) -> list[Finding]:
    """What is wrong in the YAML files of a folder; other files are none of our business."""
    findings: list[Finding] = []
    read: dict[str, Tree] = {}
    for file in sorted(files):
        if not file.endswith((".yaml", ".yml")):
            continue
        for document, fault in _parsed(files[file]):
            if fault is not None:
                findings.append(Finding(file, *fault))
            elif document is not None:
                read[file] = document
    templates = {
        text(document, "metadata", "name"): document
        for document in read.values()
        if document.get("kind") == "WorkflowTemplate"
    }
    for file, document in read.items():
        faults = dict.fromkeys((*_shape(document), *_content(document, templates)))
        findings += [Finding(file, where, what) for where, what in faults]
    return findings


def _parsed(content: bytes) -> Iterator[tuple[Tree | None, Fault | None]]:
    import yaml

    try:
        documents = list(yaml.load_all(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as problem:
        yield None, ("", f"this is not YAML: {problem}")
        return
    if len(documents) != 1 or mapping(documents[0]).get("kind") not in _KINDS:
        yield None, ("kind", f"one document, of one of these kinds: {', '.join(_KINDS)}")
        return
    yield mapping(documents[0]), None


def _shape(document: Tree) -> Iterator[Fault]:
    """Whether every field is one that Argo knows, and of its type."""
    from pydantic import ValidationError

    kind = str(document["kind"])
    try:
        from hera.workflows import models
    except ImportError:
        yield "", "Argo's models are not installed: `pip install 'millpond[argo]'`"
        return
    try:
        known = getattr(models, kind).model_validate(document)
    except ValidationError as problem:
        yield from _faults(problem)
        return
    written = json.loads(known.model_dump_json(exclude_unset=True, by_alias=True))
    lost = [fault for fault in difference(document, written) if not _OPEN.search(fault[0])]
    yield from lost
    ours = text(document, "metadata", "labels", "app.kubernetes.io/managed-by") == "millpond"
    if ours and not lost:
        try:
            _closed(kind).validate_python(document)
        except ValidationError as problem:
            yield from _faults(problem)


@cache
def _closed(kind: str) -> TypeAdapter[object]:
    """Our own type of a document, which knows no field that we do not write."""
    from pydantic import TypeAdapter

    from . import model

    return TypeAdapter(getattr(model, kind))


def _faults(problem: ValidationError) -> Iterator[Fault]:
    from .model import CONTAINER, DAG

    for one in problem.errors(include_url=False):
        where = ""
        for part in one["loc"]:
            if part not in (CONTAINER, DAG):
                where += f"[{part}]" if isinstance(part, int) else f".{part}"
        yield where.lstrip("."), one["msg"][:1].lower() + one["msg"][1:]


def _content(document: Tree, templates: Mapping[str, Tree]) -> Iterator[Fault]:
    """Whether what the document refers to is there."""
    yield from _check_name(document)
    size = len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LIMIT:
        yield "", f"{size} bytes are more than the {LIMIT} that Argo keeps for one workflow"
    spec = mapping(document, "spec")
    match document["kind"]:
        case "CronWorkflow":
            schedules = spec.get("schedules")
            if not isinstance(schedules, list) or not schedules:
                yield "spec.schedules", "a cron workflow needs a schedule"
            for index, schedule in enumerate(schedules if isinstance(schedules, list) else []):
                if _SCHEDULE.fullmatch(str(schedule).strip()) is None:
                    yield f"spec.schedules[{index}]", f"`{schedule}` does not have five fields"
            yield from _check_run(mapping(spec, "workflowSpec"), templates, "spec.workflowSpec")
        case "Workflow":
            yield from _check_run(spec, templates, "spec")
        case _:
            yield from check_spec(spec)


def _check_run(spec: Tree, templates: Mapping[str, Tree], where: str) -> Iterator[Fault]:
    """A run either has templates of its own or refers to a WorkflowTemplate beside it."""
    if "workflowTemplateRef" not in spec:
        yield from check_spec(spec)
        return
    given = items(spec, "arguments", "parameters")
    yield from check_parameters(given, f"{where}.arguments")
    name = text(spec, "workflowTemplateRef", "name")
    if name not in templates:
        yield f"{where}.workflowTemplateRef", f"no WorkflowTemplate here is called `{name}`"
        return
    declared = {
        text(parameter, "name"): parameter
        for parameter in items(templates[name], "spec", "arguments", "parameters")
    }
    for parameter in given:
        wanted = declared.get(text(parameter, "name"))
        if wanted is None:
            yield f"{where}.arguments", f"`{name}` takes nothing called `{text(parameter, 'name')}`"
            continue
        allowed, value = wanted.get("enum"), parameter.get("value")
        if isinstance(allowed, list) and value is not None and value not in allowed:
            yield f"{where}.arguments", f"`{text(parameter, 'name')}` cannot be `{value}`"
    for missing in sorted(set(declared) - set(names(given))):
        if "value" not in declared[missing]:
            yield f"{where}.arguments", f"`{missing}` has no value anywhere"


def _check_name(document: Tree) -> Iterator[Fault]:
    name = text(document, "metadata", "name")
    generated = text(document, "metadata", "generateName").removesuffix("-")
    rule = RULES["argo.cron" if document["kind"] == "CronWorkflow" else "argo.object"]
    if not rule.allows(name or generated):
        yield "metadata.name", f"`{name or generated}` cannot name a {document['kind']}"
