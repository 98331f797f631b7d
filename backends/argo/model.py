"""The part of Argo's and Kubernetes' documents that we write, as closed types.

Emitters are checked against them by mypy, documents by pydantic (`validate.py`); Argo's own
types are in `pkg/apis/workflow/v1alpha1/workflow_types.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, NotRequired

from pydantic import ConfigDict, Discriminator, Tag
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12


class _Closed(TypedDict):
    """No keys but those declared, for pydantic too; the types that follow inherit it."""


_Closed.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[attr-defined]


class Named(_Closed):
    name: str


class KeyRef(_Closed):
    name: str
    key: str


class SecretSource(_Closed):
    secretKeyRef: KeyRef


class EnvVar(_Closed):
    name: str
    value: NotRequired[str]
    valueFrom: NotRequired[SecretSource]


class Requirements(_Closed):
    requests: dict[str, str]
    limits: dict[str, str]


class VolumeMount(_Closed):
    name: str
    mountPath: str


class Container(_Closed):
    image: str
    command: list[str]
    args: list[str]
    env: NotRequired[list[EnvVar]]
    resources: NotRequired[Requirements]
    volumeMounts: NotRequired[list[VolumeMount]]


class S3(_Closed):
    endpoint: str
    bucket: str
    key: str
    insecure: NotRequired[bool]
    region: NotRequired[str]
    useSDKCreds: NotRequired[bool]
    accessKeySecret: NotRequired[KeyRef]
    secretKeySecret: NotRequired[KeyRef]


class Gcs(_Closed):
    bucket: str
    key: str


class Unpacked(_Closed):
    none: dict[str, str]


class Artifact(_Closed):
    name: str
    path: str
    archive: Unpacked
    s3: NotRequired[S3]
    gcs: NotRequired[Gcs]


class Inputs(_Closed):
    parameters: NotRequired[list[Named]]
    artifacts: list[Artifact]


class PathSource(_Closed):
    path: str


class OutputParameter(_Closed):
    name: str
    valueFrom: PathSource


class Outputs(_Closed):
    parameters: list[OutputParameter]


class Backoff(_Closed):
    duration: str
    factor: int
    cap: str


class RetryStrategy(_Closed):
    limit: int
    retryPolicy: Literal["Always"]
    expression: str
    backoff: Backoff


class Toleration(_Closed):
    key: NotRequired[str]
    operator: str
    value: NotRequired[str]
    effect: NotRequired[str]
    tolerationSeconds: NotRequired[int]


class MemoryVolume(_Closed):
    medium: Literal["Memory"]
    sizeLimit: str


class Volume(_Closed):
    name: str
    emptyDir: MemoryVolume


class PodMetadata(_Closed):
    labels: dict[str, str]


class Argument(_Closed):
    name: str
    value: str


class Arguments(_Closed):
    parameters: list[Argument]


class Task(_Closed):
    name: str
    template: str
    depends: NotRequired[str]
    arguments: NotRequired[Arguments]


class Dag(_Closed):
    tasks: list[Task]


class DagTemplate(_Closed):
    name: str
    dag: Dag


class Limits(_Closed):
    retryStrategy: NotRequired[RetryStrategy]
    activeDeadlineSeconds: NotRequired[int]
    nodeSelector: NotRequired[dict[str, str]]
    tolerations: NotRequired[list[Toleration]]
    priorityClassName: NotRequired[str]


class Volumes(_Closed):
    volumes: NotRequired[list[Volume]]


class ContainerTemplate(Limits, Volumes):
    name: str
    metadata: NotRequired[PodMetadata]
    inputs: Inputs
    outputs: Outputs
    container: Container


def _kind(template: Mapping[str, object]) -> str:
    return DAG if "dag" in template else CONTAINER


DAG: Final = "(dag)"
CONTAINER: Final = "(container)"
Template = Annotated[
    Annotated[DagTemplate, Tag(DAG)] | Annotated[ContainerTemplate, Tag(CONTAINER)],
    Discriminator(_kind),
]


class Parameter(_Closed):
    name: str
    description: NotRequired[str]
    value: NotRequired[str]
    enum: NotRequired[list[str]]


class Parameters(_Closed):
    parameters: list[Parameter]


class Rules(_Closed):
    serviceAccountName: NotRequired[str]
    imagePullSecrets: NotRequired[list[Named]]
    priority: NotRequired[int]
    podPriorityClassName: NotRequired[str]
    parallelism: NotRequired[int]
    activeDeadlineSeconds: NotRequired[int]
    nodeSelector: NotRequired[dict[str, str]]
    tolerations: NotRequired[list[Toleration]]
    arguments: NotRequired[Parameters]


class Spec(Rules):
    entrypoint: str
    workflowMetadata: PodMetadata
    podMetadata: PodMetadata
    templates: list[Template]


class Metadata(_Closed):
    name: NotRequired[str]
    generateName: NotRequired[str]
    namespace: NotRequired[str]
    labels: dict[str, str]
    annotations: NotRequired[dict[str, str]]


class WorkflowTemplate(_Closed):
    apiVersion: Literal["argoproj.io/v1alpha1"]
    kind: Literal["WorkflowTemplate"]
    metadata: Metadata
    spec: Spec


class Reference(_Closed):
    workflowTemplateRef: Named
    arguments: NotRequired[Parameters]


class Workflow(_Closed):
    apiVersion: Literal["argoproj.io/v1alpha1"]
    kind: Literal["Workflow"]
    metadata: Metadata
    spec: Reference


class CronSpec(_Closed):
    schedules: list[str]
    timezone: str
    concurrencyPolicy: Literal["Forbid"]
    workflowSpec: Reference


class CronWorkflow(_Closed):
    apiVersion: Literal["argoproj.io/v1alpha1"]
    kind: Literal["CronWorkflow"]
    metadata: Metadata
    spec: CronSpec
