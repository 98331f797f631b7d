"""The composition root: joins the command line with the targets."""

from __future__ import annotations

import sys


def main() -> int:
    """The command `mlp`: the exit code."""
    from .. import __version__

    words = sys.argv[1:]
    if words[:1] in (["--version"], ["-V"]):
        # before anything is imported: scripts ask for the version often
        print(f"mlp {__version__}")
        return 0
    from .. import backends
    from ..compiler.cli import app
    from ..compiler.driver.front import Targets

    return app.main(words, Targets(tuple(backends.TARGETS), backends.load), __version__)
