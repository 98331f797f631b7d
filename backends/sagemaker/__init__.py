"""The target `sagemaker`: pipelines as definitions of SageMaker Pipelines."""

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
class SageMaker:
    """SageMaker Pipelines; what writes and checks definitions is loaded on first use."""

    kind: str = "sagemaker"
    title: str = "SageMaker"

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
        """One file, `pipeline.json`; None where the pipeline cannot be said to this engine."""
        from .emit import emit

        return emit(pipeline)

    def validate(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Every JSON file among `files`, held against the service's model and our own checks."""
        from .validate import validate

        return validate(files)


TARGET = SageMaker()
