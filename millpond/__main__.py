"""The command `mlp`, and `python -m millpond`, which does the same."""

import gc
import sys

from . import __version__

_NEW_OBJECTS = 100_000


def main() -> int:
    """One call of the command: the exit code."""
    words = sys.argv[1:]
    if words[:1] in (["--version"], ["-V"]):
        # before anything else is imported: scripts ask for the version often
        print(f"mlp {__version__}")
        return 0
    # What a compiler makes stays until its end: to look through it for garbage is in vain.
    gc.set_threshold(_NEW_OBJECTS, 50, 100)
    from .face.main import start

    return start(words, __version__)


if __name__ == "__main__":
    sys.exit(main())
