"""The targets: what takes a plan and runs it here or writes it down for another engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..compiler.contract.target import Target

TARGETS = {
    "local": ".local",
    "argo": ".argo",
    "kubeflow": ".kubeflow",
    "sagemaker": ".sagemaker",
}


def load(kind: str) -> Target:
    """The target of a kind in `TARGETS`; imports its room and no other."""
    target: Target = import_module(TARGETS[kind], __package__).TARGET
    return target
