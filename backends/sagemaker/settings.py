"""The keys that only SageMaker knows: of a `target` block, and of a single step."""

from __future__ import annotations

from typing import Final

from ...compiler.types.settings import SettingRule, Stage
from ...compiler.types.types import BOOL, SIZE, STRING, ListOf, Type


def _rule(name: str, type_: Type, doc: str, example: str, *, required: bool = False) -> SettingRule:
    return SettingRule(name, type_, doc, latest=Stage.COMPILE, required=required, example=example)


SETTINGS: Final[tuple[SettingRule, ...]] = (
    _rule(
        "role",
        STRING,
        "the ARN of the role that the pipeline and its jobs act as",
        '"arn:aws:iam::123456789012:role/pipelines"',
        required=True,
    ),
    _rule(
        "artifacts",
        STRING,
        "the folder in an S3 bucket for code and results",
        '"s3://acme-artifacts/prod"',
        required=True,
    ),
    _rule(
        "subnets",
        ListOf(STRING),
        "the subnets that the jobs run in; they need a way to S3",
        '["subnet-0a1b2c3d", "subnet-4e5f6a7b"]',
    ),
    _rule(
        "security_groups",
        ListOf(STRING),
        "the security groups of the jobs, with `subnets`",
        '["sg-0a1b2c3d"]',
    ),
    _rule(
        "volume_key",
        STRING,
        "the KMS key that encrypts the jobs' volumes",
        '"alias/pipelines"',
    ),
    _rule(
        "encrypt_traffic",
        BOOL,
        "whether traffic between the containers of a job is encrypted",
        "encrypt_traffic = true",
    ),
)

STEP_SETTINGS: Final[tuple[SettingRule, ...]] = (
    _rule(
        "instance",
        STRING,
        "the instance type, instead of the smallest one that has the step's resources",
        '"ml.m5.2xlarge"',
    ),
    _rule(
        "volume",
        SIZE,
        "the size of the job's volume; `disk` in `resources` says the same for every target",
        "volume = 100GB",
    ),
)
