"""What a pipeline may not hold because SageMaker would refuse it, found before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ...compiler.contract.job import Job, Pipeline
from ...compiler.diagnostics.diagnostic import Diagnostic, error
from ...compiler.ir.nodes import Parameter
from ...compiler.source import Span
from .arguments import Arguments
from .definition import labels, run_time
from .limits import (
    ARGUMENT,
    ARGUMENTS,
    IMAGE,
    LINE_ENDS,
    PARAMETERS,
    RUN_TIME,
    TAGS,
    URI,
    length,
)
from .parameters import choices, default_text

_INTO_FILE: Final = "put the text into a file and pass `file(…)`"
_TAG: Final = re.compile(r"[\w\s.:/=+@-]*")
_DAY: Final = 86_400


def _cannot(what: str, span: Span, label: str, *instead: str) -> Diagnostic:
    return error("MLP0903", f"SageMaker cannot {what}", span, label, help=instead)


def pipeline_refusals(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What concerns the pipeline as a whole."""
    if len(f"--store={pipeline.store}") > ARGUMENT or length(pipeline.code_url("0" * 64)) > URI:
        yield _cannot(
            f"carry an `artifacts` folder of {len(pipeline.store)} characters",
            pipeline.span,
            "the target's `artifacts`",
            "choose a shorter folder",
        )
    if len(pipeline.parameters) > PARAMETERS:
        yield _cannot(
            f"take {len(pipeline.parameters)} parameters; {PARAMETERS} is the most",
            pipeline.span,
            "this pipeline has more",
            "put several values into one record",
        )
    tags = labels(pipeline)
    if len(tags) > TAGS:
        yield _cannot(
            f"put {len(tags)} labels on a job; {TAGS} is the most",
            pipeline.span,
            "these become tags",
            "keep those that someone looks for",
        )
    for key, value in tags:
        fits = 0 < length(key) <= 128 and length(value) <= 256
        if not fits or key.lower().startswith("aws:") or not _TAG.fullmatch(key + value):
            yield _cannot(
                f"take the label `{key}` as a tag",
                pipeline.span,
                "labels become tags",
                "use letters, digits, spaces and `_.:/=+-@`; no key begins with `aws:`",
            )


def job_refusals(job: Job, command: Arguments) -> Iterator[Diagnostic]:
    """What concerns one job."""
    if run_time(job) > RUN_TIME:
        yield _cannot(
            f"let a step run for {run_time(job) / _DAY:.1f} days; {RUN_TIME // _DAY} is the most",
            job.span,
            "all attempts and the waits between them",
            "lower `timeout` or `attempts`",
        )
    if length(job.image) > IMAGE:
        yield _cannot(
            f"take an image name of {length(job.image)} characters; {IMAGE} is the most",
            job.span,
            "this runs in it",
            "choose a shorter repository name, and leave out the tag beside a digest",
        )
    if command.who.room < 0:
        yield _cannot(
            f"carry a node id of {length(job.id)} characters",
            job.span,
            f"this is `{job.id[:20]}…`",
            "give it a shorter name",
        )
    count = sum(1 for _ in command)
    if count > ARGUMENTS:
        yield _cannot(
            f"pass `{job.label}` its inputs: they take {count} arguments, {ARGUMENTS} is the most",
            job.span,
            f"{len(job.inputs)} inputs",
            "put several values into one record",
            _INTO_FILE,
        )
    for name, entries in command.inputs:
        if any(LINE_ENDS.search(text) for entry in entries for text in entry.texts):
            yield _cannot(
                f"pass `{name}` a text of several lines", job.span, "in this call", _INTO_FILE
            )
        if any(entry.room < 0 for entry in entries):
            yield _cannot(
                f"pass an input whose name has {length(name)} characters",
                job.span,
                "in this call",
                "give the input a shorter name",
            )


def parameter_refusals(pipeline: Pipeline, commands: Iterable[Arguments]) -> Iterator[Diagnostic]:
    """Parameters whose defaults do not fit into the arguments that they are put into."""
    rooms = room_of_parameters(commands)
    for parameter in pipeline.parameters:
        text = default_text(parameter)
        room = rooms.get(parameter.name, ARGUMENT)
        for value in (text, *choices(parameter)):
            if (problem := _misfit(parameter, value, room)) is not None:
                yield problem
                break


def room_of_parameters(commands: Iterable[Arguments]) -> dict[str, int]:
    """For each parameter the most characters that a value may have wherever it is put."""
    rooms: dict[str, int] = {}
    for entry in (entry for command in commands for entry in command):
        for name in entry.parameters:
            rooms[name] = max(0, min(rooms.get(name, ARGUMENT), entry.room))
    return rooms


def _misfit(parameter: Parameter, text: str, room: int) -> Diagnostic | None:
    if LINE_ENDS.search(text):
        return _cannot(
            f"take a text of several lines for `{parameter.name}`",
            parameter.span,
            "this one has line breaks",
            "read the text from a file",
        )
    if length(text) > room:
        return _cannot(
            f"take {length(text)} characters for `{parameter.name}`; {room} is the most",
            parameter.span,
            "this one is longer",
            "read the value from a file",
        )
    return None
