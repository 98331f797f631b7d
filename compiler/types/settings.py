"""Rules for settings: which keys a block takes, of which type, within which bounds."""

from __future__ import annotations

from enum import IntEnum

from ...runtime.dataclass import dataclass
from .types import Type


class Stage(IntEnum):
    """When a value is known."""

    COMPILE = 0
    SUBMIT = 1
    RUN = 2


@dataclass(frozen=True, slots=True)
class SettingRule:
    """One key of a settings block.

    `type` is None for a block, whose keys are `block` (empty: any key with a scalar value).
    `least` and `most` bound numbers, both inclusive. `choices` closes the set of texts.
    `required` settings are asked for by `compile` (MLP0909), never by `check`.
    """

    name: str
    type: Type | None
    doc: str = ""
    block: tuple[SettingRule, ...] = ()
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    latest: Stage = Stage.SUBMIT
    required: bool = False
    example: str = ""
