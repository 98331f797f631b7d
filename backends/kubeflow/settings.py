"""The keys that only Kubeflow knows: of a target block, and of a step's own block."""

from __future__ import annotations

from typing import Final

from ...compiler.types.settings import SettingRule, Stage
from ...compiler.types.types import INT, STRING, ListOf
from ..kubernetes import TOLERATION


def _text(name: str, doc: str, example: str, *, required: bool = False) -> SettingRule:
    return SettingRule(
        name, STRING, doc, latest=Stage.COMPILE, required=required, example=f'"{example}"'
    )


TARGET_SETTINGS: Final = (
    _text(
        "artifacts",
        "Where results and code lie; `s3://`, `gs://` or `minio://`, which Kubeflow can import.",
        "gs://acme/pipelines",
        required=True,
    ),
    _text("pipeline_root", "Where Kubeflow keeps what it writes itself.", "gs://acme/kubeflow"),
    _text("namespace", "The profile's namespace, in the commands of the README.", "ml-research"),
    _text("service_account", "Who the pods run as, in the commands of the README.", "pipelines"),
    _text("experiment", "The experiment that runs go under; the pipeline's name otherwise.", "Q3"),
    _text(
        "gpu_label",
        "The node label that names the gpu, for `gpu_type`; `nvidia.com/gpu.product` otherwise.",
        "cloud.google.com/gke-accelerator",
    ),
)

STEP_SETTINGS: Final = (
    SettingRule(
        "node_selector", None, "Labels that a node must bear.", latest=Stage.COMPILE,
        example='{ pool = "gpu" }',
    ),
    SettingRule(
        "tolerations", ListOf(TOLERATION), "Taints that the pod puts up with.",
        latest=Stage.COMPILE, example='[{ key = "dedicated", effect = "NoSchedule" }]',
    ),
    SettingRule(
        "image_pull_policy", STRING, "When the image is pulled.",
        choices=("Always", "IfNotPresent", "Never"), latest=Stage.COMPILE, example='"Always"',
    ),
    SettingRule(
        "image_pull_secrets", ListOf(STRING), "Kubernetes secrets that open the registry.",
        latest=Stage.COMPILE, example='["registry"]',
    ),
    SettingRule(
        "run_as_user", INT, "The user id of the process, where the image does not say.",
        least=0, most=2**31 - 1, latest=Stage.COMPILE, example="1000",
    ),
)  # fmt: skip
