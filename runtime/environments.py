"""Environments of steps in a project's folder: which are in use, and which nobody wants any more.

Each is a folder named by its content, with a lock beside it. Whoever runs something in it holds
the lock together with others, whoever makes or removes it holds it alone. `MARK` in the folder
says that it is whole, and its time when it was last used.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = "made.json"


@contextmanager
def held(place: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the lock of an environment. Nobody removes it in the meantime."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{place}.lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def used(place: Path) -> None:
    """Note that an environment is used now. The folder may be one that cannot be written."""
    with suppress(OSError):
        os.utime(place / MARK)


def unused(folder: Path, before: float) -> list[Path]:
    """The environments in `folder` that nobody has used since `before`, half made ones too."""
    found = [path for path in folder.glob("*") if path.is_dir() and not path.is_symlink()]
    return sorted(path for path in found if _last(path) < before)


def remove(place: Path, before: float) -> bool:
    """Remove an environment with what was printed while it was made.

    False, and nothing happens, where somebody is in it, or has been since `before`. The lock stays:
    somebody may wait for it.
    """
    with open(f"{place}.lock", "a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not place.is_dir() or _last(place) >= before:
            return False
        # Without its mark it is not taken for whole, however far the removal comes.
        (place / MARK).unlink(missing_ok=True)
        shutil.rmtree(place)
        Path(f"{place}.log").unlink(missing_ok=True)
        return True


def _last(place: Path) -> float:
    with suppress(FileNotFoundError):
        return (place / MARK).stat().st_mtime
    with suppress(FileNotFoundError):
        return place.stat().st_mtime
    return float("inf")
