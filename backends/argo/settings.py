"""The keys that Argo adds to the language: of a `target` block, and of a single step."""

from __future__ import annotations

from typing import Final

from ...compiler.types.settings import SettingRule, Stage
from ...compiler.types.types import INT, STRING, ListOf, Type
from ..kubernetes import TOLERATION

GPU_LABEL: Final = "nvidia.com/gpu.product"


def _rule(
    name: str, type_: Type | None, doc: str, example: str, *, required: bool = False
) -> SettingRule:
    return SettingRule(name, type_, doc, latest=Stage.COMPILE, required=required, example=example)


_PLACEMENT = (
    _rule(
        "node_selector",
        None,
        "labels that a node must carry",
        '{ "karpenter.sh/capacity-type" = "spot" }',
    ),
    _rule(
        "tolerations",
        ListOf(TOLERATION),
        "taints that do not keep a pod away",
        '[{ key = "dedicated", value = "ml", effect = "NoSchedule" }]',
    ),
    _rule(
        "priority_class",
        STRING,
        "the priority class of the pods",
        '"batch-low"',
    ),
)

SETTINGS: Final[tuple[SettingRule, ...]] = (
    _rule("namespace", STRING, "where the workflow runs", '"ml-staging"'),
    _rule(
        "artifacts",
        STRING,
        "the folder in a bucket for code and results",
        '"s3://acme-artifacts/staging"',
        required=True,
    ),
    _rule(
        "service_account",
        STRING,
        "what the pods may do, in the cluster and in the bucket",
        '"pipelines"',
    ),
    _rule(
        "image_pull_secrets",
        ListOf(STRING),
        "secrets that open private image registries",
        '["registry"]',
    ),
    *_PLACEMENT,
    _rule("priority", INT, "which workflow goes first when many wait", "10"),
    _rule(
        "gpu_label",
        STRING,
        f"the node label that `gpu_type` is compared with; {GPU_LABEL} unless said otherwise",
        '"cloud.google.com/gke-accelerator"',
    ),
    _rule(
        "endpoint",
        STRING,
        "the address of an S3 service other than Amazon's",
        '"http://minio.argo:9000"',
    ),
    _rule("region", STRING, "the region of the bucket", '"eu-central-1"'),
    _rule(
        "credentials",
        STRING,
        "a secret with the keys `accesskey` and `secretkey`, where the service account has no "
        "rights of its own",
        '"minio-credentials"',
    ),
)

STEP_SETTINGS: Final[tuple[SettingRule, ...]] = _PLACEMENT
