"""The keys of a `target NAME: local` block."""

from __future__ import annotations

from ...compiler.types.settings import SettingRule, Stage
from ...compiler.types.types import INT

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
)

STEP_SETTINGS: tuple[SettingRule, ...] = ()
