"""The composition root: joins the command line with the targets."""

from __future__ import annotations

import sys

from .version import VERSION


def main() -> int:
    """The command `mlp`: the exit code."""
    words = sys.argv[1:]
    if words[:1] in (["--version"], ["-V"]):
        # before anything is imported: scripts ask for the version often
        print(f"mlp {VERSION}")
        return 0
    from .. import backends
    from ..compiler.cli import app
    from ..compiler.driver.front import Targets

    return app.main(words, Targets(tuple(backends.TARGETS), backends.load), VERSION)
