"""The composition root: joins the command line with the targets."""

from __future__ import annotations

import sys

from .. import __version__, backends
from ..compiler.cli import app
from ..compiler.driver.front import Targets


def main() -> int:
    """The command `mlp`: the exit code."""
    targets = Targets(tuple(backends.TARGETS), backends.load)
    return app.main(sys.argv[1:], targets, __version__)
