"""Checks written definitions: the service's own model of every request, and all references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...compiler.contract.target import Finding
from .limits import DEFINITION, length
from .links import Scope, check_functions, check_order, scope_of
from .reading import Problem, Step, UnreadableError, read, steps_of
from .requests import check_request
from .service import request_of
from .structure import check_names, check_step, check_top


def validate(files: Mapping[str, bytes]) -> list[Finding]:
    """Every finding, in the order of the documents; the manifest is no document of SageMaker's."""
    return [
        Finding(name, where, what)
        for name, content in files.items()
        if name.endswith(".json") and name.rpartition("/")[2] != "manifest.json"
        for where, what in _document(content)
    ]


def _document(content: bytes) -> Iterator[Problem]:
    try:
        text = content.decode()
        document = read(content)
    except (UnicodeDecodeError, UnreadableError) as problem:
        yield "", f"this is no JSON: {problem}"
        return
    if length(text) > DEFINITION:
        yield "", f"{length(text):,} characters: {DEFINITION:,} is the most"
    yield from check_top(document)
    steps = list(steps_of(document))
    scope = scope_of(document, steps)
    yield from check_names(steps)
    for step in steps:
        yield from check_step(step)
        yield from check_functions(step, scope)
        yield from _request(step, scope)
    yield from check_order(steps, scope)


def _request(step: Step, scope: Scope) -> Iterator[Problem]:
    found = request_of(step.kind)
    if found is not None and "Arguments" in step.body:
        shape, made_up = found
        where = f"{step.where}.Arguments"
        yield from check_request(step.body["Arguments"], shape, where, scope.kind_of, made_up)
