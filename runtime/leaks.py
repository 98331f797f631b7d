"""Leaks: secrets of a step in what it gives out, which others could read in the store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from .artifact import Json

_PIECE = 1 << 20


def told(data: Json, secrets: Sequence[bytes]) -> bool:
    """Whether a JSON value holds one of the secrets, names of fields and numbers included."""
    return any(secret in text.encode() for text in _texts(data) for secret in secrets)


def _texts(data: Json) -> Iterator[str]:
    if isinstance(data, dict):
        for name, item in data.items():
            yield name
            yield from _texts(item)
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item)
    elif data is not None:
        yield str(data)


def written(path: Path, secrets: Sequence[bytes]) -> bool:
    """Whether a file, or anything in a folder, holds one of the secrets as it is, in content or
    name. What is packed or coded is not looked into."""
    if not secrets:
        return False
    if not path.is_dir():
        return _in_file(path, secrets)
    for folder, folders, files in os.walk(path):
        if any(secret in os.fsencode(name) for name in (*folders, *files) for secret in secrets):
            return True
        if any(_in_file(Path(folder, name), secrets) for name in files):
            return True
    return False


def _in_file(path: Path, secrets: Sequence[bytes]) -> bool:
    if not path.is_file():  # a link that leads nowhere, a pipe: not for the store
        return False
    overlap = max(map(len, secrets)) - 1
    tail = b""
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            text = tail + piece
            if any(secret in text for secret in secrets):
                return True
            tail = text[-overlap:]
    return False
