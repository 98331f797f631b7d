"""Removing what bodies have made: folders that may not be entered, or too deep for any path."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path


def remove(path: Path) -> None:
    """Removes a file, a link or a folder with all that lies in it, as far as that can be done.

    Nothing that links lead to is touched.
    """
    with suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
    _open_up(path)
    numbers = count()
    folders = [path]
    while folders:
        folder = folders.pop()
        with suppress(OSError):
            for entry in list(os.scandir(folder)):
                if not entry.is_dir(follow_symlinks=False):
                    with suppress(OSError):
                        os.unlink(entry.path)
                    continue
                place = Path(entry.path)
                _open_up(place)
                if folder != path:
                    # Every folder is moved up: however deep it lay, its path stays short.
                    with suppress(OSError):
                        place = place.rename(path / f".{os.getpid()}.{next(numbers)}")
                folders.append(place)
        if folder != path:
            with suppress(OSError):
                folder.rmdir()
    with suppress(OSError):
        path.rmdir()


def _open_up(folder: Path) -> None:
    with suppress(OSError):
        folder.chmod(0o700)


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
        except (OSError, RecursionError):
            remove(Path(entry.path))
            if os.path.lexists(entry.path):
                raise
