"""The composition root: joins the command line with the targets."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def start(words: Sequence[str], version: str) -> int:
    """One call of `mlp`: the exit code."""
    if words and words[0] == "run" and sys.platform == "linux":
        # before the compiler is imported: most runs of a loop have nothing to do
        from .again import again

        if again(words[1:]):
            return 0
    from .. import backends
    from ..compiler.cli import app
    from ..compiler.driver.front import Targets

    return app.main(words, Targets(tuple(backends.TARGETS), backends.load), version)
