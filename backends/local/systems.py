"""Systems: on which of them steps run."""

from __future__ import annotations

_NAMES = {"darwin": "macOS", "win32": "Windows"}


def unable(platform: str) -> str | None:
    """Why no step runs where `sys.platform` says this; None where they do.

    Linux alone tells of a process that ended by a descriptor, ends what has lost its parent, and
    knows whether anybody still writes to a file.
    """
    if platform == "linux":
        return None
    return f"steps run on Linux, and this is {_NAMES.get(platform, platform)}"
