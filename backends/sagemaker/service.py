"""The service's own model of its requests and answers, as botocore ships it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, Protocol, cast


class Shape(Protocol):
    """A shape of botocore's model; which parts are there depends on `type_name`."""

    @property
    def name(self) -> str: ...
    @property
    def type_name(self) -> str: ...
    @property
    def metadata(self) -> Mapping[str, object]: ...
    @property
    def members(self) -> Mapping[str, Shape]: ...
    @property
    def required_members(self) -> Sequence[str]: ...
    @property
    def member(self) -> Shape: ...
    @property
    def key(self) -> Shape: ...
    @property
    def value(self) -> Shape: ...


# The operation behind a type of step, the member that Pipelines makes up, and what describes it.
_OPERATIONS: Final = MappingProxyType(
    {
        "Processing": ("CreateProcessingJob", "ProcessingJobName", "DescribeProcessingJob"),
        "Training": ("CreateTrainingJob", "TrainingJobName", "DescribeTrainingJob"),
        "Transform": ("CreateTransformJob", "TransformJobName", "DescribeTransformJob"),
        "Model": ("CreateModel", "ModelName", "DescribeModel"),
    }
)


def request_of(kind: str) -> tuple[Shape, str] | None:
    """The request that a type of step stands for, and the member that it must leave out."""
    if kind not in _OPERATIONS:
        return None
    operation, made_up, _ = _OPERATIONS[kind]
    return _shapes(operation)[0], made_up


def answer_of(kind: str) -> Shape | None:
    """What other steps may read of a type of step."""
    return _shapes(_OPERATIONS[kind][2])[1] if kind in _OPERATIONS else None


@cache
def _shapes(operation: str) -> tuple[Shape, Shape]:
    model = _model().operation_model(operation)
    return cast(Shape, model.input_shape), cast(Shape, model.output_shape)


class _Operation(Protocol):
    input_shape: object
    output_shape: object


class _Model(Protocol):
    def operation_model(self, operation_name: str) -> _Operation: ...


@cache
def _model() -> _Model:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return cast(_Model, ServiceModel(Loader().load_service_model("sagemaker", "service-2")))
