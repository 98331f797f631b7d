"""The keys of a `target NAME: local` block."""

from __future__ import annotations

from ...compiler.types.settings import SettingRule, Stage
from ...compiler.types.types import INT, STRING

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "workers",
        INT,
        "how many steps run at once; as many as the machine has cores where it is left out",
        least=1,
        most=1024,
        latest=Stage.COMPILE,
        example="4",
    ),
    SettingRule(
        "gpus",
        INT,
        "how many gpus steps may use; as many as the machine has where it is left out",
        least=0,
        most=64,
        latest=Stage.COMPILE,
        example="1",
    ),
    SettingRule(
        "containers",
        STRING,
        "what runs images: `host` runs their steps without; left out, what is installed does",
        choices=("docker", "podman", "host"),
        latest=Stage.COMPILE,
        example='"podman"',
    ),
)

STEP_SETTINGS: tuple[SettingRule, ...] = ()
