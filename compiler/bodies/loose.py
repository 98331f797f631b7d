"""Modules that no distribution holds: laid into a folder by hand, or on PYTHONPATH."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    files = [path for home in _homes(folder, held, name) for path in _files(home)]
    return _read(name, files, folder)


def read_space(name: str, folders: Iterable[Path]) -> Loose | None:
    """What can be imported below plain folders of this name, which stand for a package where there
    is none; their data does not count, as it need not have to do with the name."""
    found = [
        _read(name, [path for path in _files(folder / name) if path.suffix in _ENDINGS], folder)
        for folder in folders
        if os.path.isdir(folder / name)
    ]
    if not found:
        return None
    content = hashlib.sha256("".join(each.content for each in found).encode()).hexdigest()
    imports = {other for each in found for other in each.imports}
    return Loose(content[:_SHOWN], tuple(sorted(imports)))


def _read(name: str, files: Sequence[Path], folder: Path) -> Loose:
    digest = hashlib.sha256()
    imports: set[str] = set()
    for path in files:
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
        if (entry == name and os.path.isfile(folder / name / "__init__.py"))
        or (entry.startswith(start) and entry.endswith(_ENDINGS))
    ]


def _files(home: Path) -> list[Path]:
    below = sorted(home.rglob("*"))[:_MOST_FILES] if home.is_dir() else [home]
    return [path for path in below if path.suffix != ".pyc" and path.is_file()]


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
