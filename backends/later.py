"""What engines could do and are not asked to yet, as their tables say it."""

from __future__ import annotations

from typing import Final

from ..compiler.contract.feature import Impossible


def later(what: str, *instead: str) -> Impossible:
    """Not lowered yet; what to do instead."""
    return Impossible(what, instead, later=True)


BUILT_ENVIRONMENTS: Final = later(
    "make an environment for a step yet",
    'name an image that holds it: `environment { image = "…@sha256:…" }`',
)
PROJECT_FILES: Final = later(
    "carry files of the project yet",
    "let a first step write or fetch the file",
    "put it beside the step's code",
)
