"""The composition root: joins the command line with the targets."""

from __future__ import annotations

from collections.abc import Sequence

from .. import backends
from ..compiler.cli import app
from ..compiler.driver.front import Targets


def start(words: Sequence[str], version: str) -> int:
    """One call of `mlp`: the exit code."""
    return app.main(words, Targets(tuple(backends.TARGETS), backends.load), version)
