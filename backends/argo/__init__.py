"""The target `argo`: pipelines as Argo WorkflowTemplates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass
from .settings import SETTINGS, STEP_SETTINGS

if TYPE_CHECKING:
    from ...compiler.contract.feature import Feature, Support
    from ...compiler.contract.job import Pipeline
    from ...compiler.contract.target import Emission, Finding
    from ...compiler.diagnostics.diagnostic import Diagnostic
    from ...compiler.types.settings import SettingRule


@dataclass(frozen=True, slots=True)
class Argo:
    """Argo Workflows 3.6 and later; what writes and checks documents is loaded on first use."""

    kind: str = "argo"
    title: str = "Argo"

    @property
    def features(self) -> Mapping[Feature, Support]:
        from .features import FEATURES

        return FEATURES

    @property
    def settings(self) -> Sequence[SettingRule]:
        return SETTINGS

    @property
    def step_settings(self) -> Sequence[SettingRule]:
        return STEP_SETTINGS

    def emit(self, pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
        from .emit import emit

        return emit(pipeline)

    def validate(self, files: Mapping[str, bytes]) -> list[Finding]:
        from .validate import validate

        return validate(files)


TARGET = Argo()
