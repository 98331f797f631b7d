"""A file or a folder by its content: its digest, and copies of it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 20


def digest(path: Path) -> str:
    """sha256 of a file, or of the names and digests of the files in a folder."""
    if path.is_file():
        return _of_file(path)
    whole = hashlib.sha256(b"folder\n")
    for file in _files(path):
        name = file.relative_to(path).as_posix()
        whole.update(f"{_of_file(file)} {name}\n".encode())
    return whole.hexdigest()


def copy(source: Path, destination: Path) -> None:
    """Copy a file or a folder, flushed to the disk. Raises `ValueError` for a link in a folder."""
    if source.is_file():
        _copy_file(source, destination)
        return
    destination.mkdir()
    for file in _files(source):
        to = destination / file.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        _copy_file(file, to)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise ValueError(f"`{path.relative_to(folder)}` is a link; a model is made of files")
        if path.is_file():
            yield path


def _of_file(path: Path) -> str:
    whole = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            whole.update(piece)
    return whole.hexdigest()


def _copy_file(source: Path, destination: Path) -> None:
    with open(source, "rb") as read, open(destination, "wb") as written:
        shutil.copyfileobj(read, written, _PIECE)
        written.flush()
        os.fsync(written.fileno())
