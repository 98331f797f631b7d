"""Modules that no distribution holds: laid into a folder by hand, or on PYTHONPATH."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...runtime.dataclass import dataclass
from .library import is_standard

_ENDINGS = (".py", ".so", ".pyd")
_MOST_FILES = 5_000
_SHOWN = 16  # digits of a digest


@dataclass(frozen=True, slots=True)
class Loose:
    """Such a module or package: what tells one state of it from another, and the top-level names
    of others that its code imports, sorted."""

    content: str
    imports: tuple[str, ...]


def place_of(name: str, folders: Mapping[Path, Sequence[str]]) -> Path | None:
    """The first folder on the path with a module or package of this name, by their entries."""
    return next((folder for folder, held in folders.items() if _homes(folder, held, name)), None)


def read_loose(name: str, folder: Path, held: Sequence[str]) -> Loose:
    """What lies there under the name; nothing is imported. `held` are the folder's entries."""
    digest = hashlib.sha256()
    imports: set[str] = set()
    for path in _files(_homes(folder, held, name)):
        try:
            content = path.read_bytes()
        except OSError:
            continue  # a link to nowhere is no module
        for part in (path.relative_to(folder).as_posix().encode(), content):
            digest.update(hashlib.sha256(part).digest())
        if path.suffix == ".py":
            imports.update(_imported(content))
    others = (other for other in imports if other != name and not is_standard(other))
    return Loose(digest.hexdigest()[:_SHOWN], tuple(sorted(others)))


def _homes(folder: Path, held: Sequence[str], name: str) -> list[Path]:
    start = f"{name}."
    return [
        folder / entry
        for entry in held
        if (entry == name and os.path.isdir(folder / entry))
        or (entry.startswith(start) and entry.endswith(_ENDINGS))
    ]


def _files(homes: Sequence[Path]) -> Iterator[Path]:
    for home in homes:
        below = sorted(home.rglob("*"))[:_MOST_FILES] if home.is_dir() else [home]
        for path in below:
            if path.suffix != ".pyc" and path.is_file():
                yield path


def _imported(content: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case _:
                pass
