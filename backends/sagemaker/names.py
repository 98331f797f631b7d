"""Legal names of a pipeline, its steps and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.contract.job import Pipeline
from ..names import RULES, legal_name, legal_names


@dataclass(frozen=True, slots=True)
class Names:
    """`steps` by job id, `parameters` by the name that the file has for them."""

    pipeline: str
    steps: Mapping[str, str]
    parameters: Mapping[str, str]


def names_of(pipeline: Pipeline) -> Names:
    return Names(
        legal_name(pipeline.name, RULES["sagemaker.pipeline"]),
        legal_names((job.id for job in pipeline.jobs), RULES["sagemaker.step"]),
        legal_names((p.name for p in pipeline.parameters), RULES["sagemaker.parameter"]),
    )
