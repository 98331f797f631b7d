"""Kubeflow Pipelines v2: writes a pipeline as its IR, a PipelineSpec in YAML, and checks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass
from .settings import STEP_SETTINGS, TARGET_SETTINGS

if TYPE_CHECKING:
    from ...compiler.contract.feature import Feature, Support
    from ...compiler.contract.job import Pipeline
    from ...compiler.contract.target import Emission, Finding
    from ...compiler.diagnostics.diagnostic import Diagnostic
    from ...compiler.types.settings import SettingRule


@dataclass(frozen=True, slots=True)
class Kubeflow:
    """The target `kubeflow`; emitting and validating load their rooms on first use."""

    kind: str = "kubeflow"
    title: str = "Kubeflow"

    @property
    def features(self) -> Mapping[Feature, Support]:
        from .features import FEATURES

        return FEATURES

    @property
    def settings(self) -> Sequence[SettingRule]:
        return TARGET_SETTINGS

    @property
    def step_settings(self) -> Sequence[SettingRule]:
        return STEP_SETTINGS

    def emit(self, pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
        """One file, `pipeline.yaml`; None where the pipeline cannot be said to this engine."""
        from .emit import emit

        return emit(pipeline)

    def validate(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Every YAML file among `files`, held against the vendor's protos and our own checks."""
        from .validate import validate

        return validate(files)


TARGET = Kubeflow()
