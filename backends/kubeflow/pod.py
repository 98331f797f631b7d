"""What a pod gets: the container's resources, and the Kubernetes half of an executor."""

from __future__ import annotations

import math
import re
from typing import Final

from ...compiler.contract.job import Job, Pipeline
from ...compiler.ir.settings import SecretRef
from ...compiler.ir.values import Json
from ..documents import Document
from ..names import RULES, legal_name

SCRATCH: Final = "/millpond"
_GPU: Final = "nvidia.com/gpu"
_GPU_LABEL: Final = "nvidia.com/gpu.product"
_LABEL: Final = re.compile(r"(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_KEY: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.ASCII
)
_UNITS: Final = (("Ti", 2**40), ("T", 10**12), ("Gi", 2**30), ("G", 10**9), ("Mi", 2**20),
                 ("M", 10**6), ("Ki", 2**10), ("k", 10**3))  # fmt: skip


def resources(job: Job) -> dict[str, Document]:
    """`resources` of a container, in the fields of old backends and in those of new ones.

    Backends before 2.4 know the numbers (cores, gigabytes of 10^9) and pass over the texts.
    """
    asked = job.resources
    result: dict[str, Document] = {}
    if asked.gpu:
        count = str(asked.gpu)
        result["accelerator"] = {
            "count": count, "resourceCount": count, "resourceType": _GPU, "type": _GPU,
        }  # fmt: skip
    for name, number, text in (
        ("cpu", asked.cpu, None if asked.cpu is None else _cores(asked.cpu)),
        (
            "memory",
            None if asked.memory is None else asked.memory / 10**9,
            None if asked.memory is None else quantity(asked.memory),
        ),
    ):
        if number is not None and text is not None:
            result[f"{name}Limit"] = result[f"{name}Request"] = float(number)
            capital = name.capitalize()
            result[f"resource{capital}Limit"] = result[f"resource{capital}Request"] = text
    return dict(sorted(result.items()))


def _cores(cpu: float) -> str:
    thousandths = math.ceil(round(cpu * 1000, 6))
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def quantity(size: int) -> str:
    """Bytes as Kubernetes spells them, exactly: `4Gi`, `500M`, `1000001`."""
    exact = [(size // unit, name) for name, unit in _UNITS if size and size % unit == 0]
    amount, name = min(exact, default=(size, ""))
    return f"{amount}{name}"


def kubernetes(job: Job, pipeline: Pipeline) -> dict[str, Document]:
    """The `KubernetesExecutorConfig` of a job's executor; empty where nothing is asked for."""
    settings = dict(job.settings)
    result: dict[str, Document] = {}
    if job.deadline is not None:
        result["activeDeadlineSeconds"] = str(math.ceil(job.deadline))
    if job.resources.shm is not None:
        result["emptyDirMounts"] = [
            {
                "medium": "Memory",
                "mountPath": "/dev/shm",
                "sizeLimit": quantity(job.resources.shm),
                "volumeName": "shm",
            }
        ]
    if job.resources.disk is not None:
        result["genericEphemeralVolume"] = [
            {
                "accessModes": ["ReadWriteOnce"],
                "defaultStorageClass": True,
                "mountPath": SCRATCH,
                "size": quantity(job.resources.disk),
                "volumeName": "scratch",
            }
        ]
    if policy := settings.get("image_pull_policy"):
        result["imagePullPolicy"] = str(policy)
    if secrets := _texts(settings.get("image_pull_secrets")):
        result["imagePullSecret"] = [_named(name) for name in secrets]
    if selector := _selector(job, pipeline):
        result["nodeSelector"] = {"labels": selector}
    if metadata := _metadata(pipeline):
        result["podMetadata"] = metadata
    if job.secrets:
        result["secretAsEnv"] = [_secret(secret) for secret in job.secrets]
    user = settings.get("run_as_user")
    if isinstance(user, int):
        result["securityContext"] = {"runAsNonRoot": user != 0, "runAsUser": str(user)}
    if tolerations := _tolerations(settings.get("tolerations")):
        result["tolerations"] = tolerations
    return result


def needs_scratch(job: Job) -> bool:
    return job.resources.disk is not None


def pipeline_config(pipeline: Pipeline) -> dict[str, Document]:
    """`pipelineConfig` of the platform: what Kubernetes is told about the run as a whole."""
    if pipeline.timeout is None:
        return {}
    return {"activeDeadlineSeconds": math.ceil(pipeline.timeout)}


def secret_key(secret: SecretRef) -> tuple[str, str]:
    """The Kubernetes secret and the key in it behind `secret("name")` or `secret("name/key")`.

    Without a key it is the variable's name; Kubernetes knows no `_` and no capitals in names.
    """
    name, _, key = secret.name.partition("/")
    return legal_name(name, RULES["argo.secret"]), key or secret.variable


def _secret(secret: SecretRef) -> Document:
    name, key = secret_key(secret)
    return {
        "keyToEnv": [{"envVar": secret.variable, "secretKey": key}],
        "optional": False,
        **_named(name),
    }


def _named(name: str) -> dict[str, Document]:
    """A secret's name for backends before 2.5 and after."""
    return {"secretName": name, "secretNameParameter": {"runtimeValue": {"constant": name}}}


def _texts(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _selector(job: Job, pipeline: Pipeline) -> dict[str, Document]:
    asked = dict(job.settings).get("node_selector")
    labels: dict[str, Document] = {}
    if isinstance(asked, dict):
        labels |= {name: _label(value) for name, value in asked.items()}
    if job.resources.gpu_type is not None:
        label = pipeline.settings.get("gpu_label") or _GPU_LABEL
        labels.setdefault(str(label), job.resources.gpu_type)
    return dict(sorted(labels.items()))


def _label(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _metadata(pipeline: Pipeline) -> dict[str, Document]:
    """The pipeline's labels and owner; what Kubernetes takes for no label is an annotation."""
    wanted = dict(pipeline.labels)
    if pipeline.owner is not None:
        wanted.setdefault("owner", pipeline.owner)
    labels: dict[str, Document] = {}
    annotations: dict[str, Document] = {}
    for name, value in sorted(wanted.items()):
        key = name if _KEY.fullmatch(name) else legal_name(name, RULES["kubeflow.component"])
        (labels if _LABEL.fullmatch(value) else annotations)[key] = value
    result: dict[str, Document] = {}
    if annotations:
        result["annotations"] = annotations
    if labels:
        result["labels"] = labels
    return result


def _tolerations(value: Json) -> list[Document]:
    if not isinstance(value, list):
        return []
    result: list[Document] = []
    for item in value:
        if not isinstance(item, dict):
            continue
        entry: dict[str, Document] = {}
        for name in ("effect", "key", "operator", "value"):
            if item.get(name) is not None:
                entry[name] = str(item[name])
        entry.setdefault("operator", "Equal" if "value" in entry else "Exists")
        if item.get("seconds") is not None:
            entry["tolerationSeconds"] = str(item["seconds"])
        result.append(dict(sorted(entry.items())))
    return result
