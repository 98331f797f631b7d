"""Removing what bodies have made, such as folders that may not be entered."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


def remove(path: Path) -> None:
    """Removes a file, a link or a folder with all that lies in it, as far as that can be done.

    Nothing that links lead to is touched.
    """
    with suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
    # From the top: what may not be entered cannot be looked into either.
    with suppress(OSError):
        path.chmod(0o700)
    for folder, inner, _ in os.walk(path):
        for name in inner:
            place = os.path.join(folder, name)
            with suppress(OSError):
                if not os.path.islink(place):
                    os.chmod(place, 0o700)
    shutil.rmtree(path, ignore_errors=True)


def clear(folder: Path) -> None:
    """Removes everything in a body's folder, which is there afterwards, whatever became of it.

    The folder of outputs stays, empty: making and removing one costs more than a small step.
    Raises `OSError` where something could not be removed.
    """
    try:
        if folder.is_symlink():
            raise NotADirectoryError(folder)
        entries = list(os.scandir(folder))
    except OSError:
        remove(folder)
        folder.mkdir(exist_ok=True)
        entries = list(os.scandir(folder))
    for entry in entries:
        if entry.name == "outputs" and entry.is_dir(follow_symlinks=False):
            clear(Path(entry.path))
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
        except OSError:
            remove(Path(entry.path))
            if os.path.lexists(entry.path):
                raise
