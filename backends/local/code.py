"""Code laid out for Pythons other than ours: the runtime's package, and what travels with a step.

The folder that our own package lies in may hold every package of the Python that `mlp` runs on,
and an image has no project: both get what an engine would give them, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...compiler.contract.bundle import launcher_files
from ...compiler.ir.definitions import BundledFile
from ...runtime.removal import remove

PACKAGE = "millpond_runtime"
_CODE = "code/"


@cache
def launcher(state: Path) -> Path:
    """A folder that holds the runtime's package. `state` is the project's `.millpond`."""
    return _laid(state, launcher_files())


def code(state: Path, files: tuple[BundledFile, ...]) -> Path:
    """A folder that holds the code among the files of a step's bundle."""
    content = {f.path.removeprefix(_CODE): f.content for f in files if f.path.startswith(_CODE)}
    return _laid(state, content)


def _laid(state: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files, known by its content and whole as soon as it is there."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    place = state / "code" / digest.hexdigest()[:32]
    if place.is_dir():
        if _is_whole(place, files):
            # Collections go by when it was last used.
            os.utime(place)
            return place
        remove(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix="half-", dir=place.parent))
    half.chmod(0o755)
    for name, content in files.items():
        path = half / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o444)
    try:
        half.rename(place)
    except OSError:  # another process was faster
        remove(half)
    return place


def _is_whole(place: Path, files: Mapping[str, bytes]) -> bool:
    """Whether these files are as they were laid out: a step may have found its way here."""
    try:
        return all((place / name).read_bytes() == content for name, content in files.items())
    except OSError:
        return False
