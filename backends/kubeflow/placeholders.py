"""Placeholders in commands and constants: which there are, and whether each one can be filled."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from .text import PLACEHOLDER

_TAG: Final = re.compile(r"\{\{")
_WHOLE: Final = "{{$}}"
# backend/src/v2/driver/resolve.go: a task's constant that is one of these and nothing else.
RUN_FIELDS: Final = frozenset(
    f"{{{{$.{name}}}}}"
    for name in (
        "pipeline_job_name",
        "pipeline_job_resource_name",
        "pipeline_job_uuid",
        "pipeline_task_name",
        "pipeline_task_uuid",
        "pipeline_job_create_time_utc",
        "pipeline_job_schedule_time_utc",
    )
)
_FORMS: Final = frozenset(
    {
        ("inputs", "parameters", None),
        ("inputs", "artifacts", "path"),
        ("inputs", "artifacts", "uri"),
        ("inputs", "artifacts", "metadata"),
        ("outputs", "parameters", "output_file"),
        ("outputs", "artifacts", "path"),
        ("outputs", "artifacts", "uri"),
        ("outputs", "artifacts", "metadata"),
    }
)


@dataclass(frozen=True, slots=True)
class Ports:
    """The names that a component's placeholders may use."""

    inputs: Collection[str] = ()
    artifacts_in: Collection[str] = ()
    outputs: Collection[str] = ()
    artifacts_out: Collection[str] = ()

    def of(self, direction: str, kind: str) -> Collection[str]:
        if direction == "inputs":
            return self.inputs if kind == "parameters" else self.artifacts_in
        return self.outputs if kind == "parameters" else self.artifacts_out


def problems(text: str, ports: Ports) -> Iterator[str]:
    """What is wrong with the placeholders of one argument or constant."""
    found = list(PLACEHOLDER.finditer(text))
    for place in found:
        direction, kind, name, field = place[1], place[2], place[3], place[4]
        if (direction, kind, field) not in _FORMS:
            yield f"{place[0]} is no placeholder that Kubeflow fills"
        elif name not in ports.of(direction, kind):
            yield f"{place[0]}: there is no {kind[:-1]} `{name}` among the {direction}"
    if len(_TAG.findall(text)) > len(found) + text.count(_WHOLE):
        yield f"`{text}` has a `{{{{` that is no placeholder"


def inputs_in(text: str) -> set[str]:
    """The input parameters that a text reads."""
    return {
        place[3]
        for place in PLACEHOLDER.finditer(text)
        if (place[1], place[2]) == ("inputs", "parameters")
    }


def reads_everything(text: str) -> bool:
    return _WHOLE in text
