"""Imports a project's modules from their source alone, as it was when the run was planned.

Bytecode that Python keeps beside a module is known by the second in which the source was written
and by its length: an edit within the second that keeps the length would run what was there before,
under the key of what is there now. And whoever goes on editing while a run is under way must not
change what its keys speak of.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path

_roots: tuple[Path, ...] = ()
_planned: dict[str, Path] = {}


class _FromSource(SourceFileLoader):
    """Neither reads bytecode nor leaves any."""

    def path_stats(self, path: object) -> dict[str, int]:
        raise OSError("no bytecode is looked for")

    def get_data(self, path: str) -> bytes:
        for root, planned in _planned.items():
            copy = planned / path.removeprefix(root)
            if path.startswith(root) and copy.is_file():
                return copy.read_bytes()
        return super().get_data(path)


def from_source(roots: Sequence[Path], planned: Path | None = None) -> None:
    """From now on, modules below these folders are imported from their source, and no others.

    What also lies below `planned`, at the same path, is read there.
    """
    global _roots, _planned
    _planned = {} if planned is None else {f"{root}/": planned for root in roots}
    resolved = tuple(root.resolve() for root in roots)
    if resolved == _roots:
        return
    _roots = resolved
    if _finder not in sys.path_hooks:
        sys.path_hooks.insert(0, _finder)
    sys.path_importer_cache.clear()


def _finder(entry: str) -> FileFinder:
    """The finder of a folder of code. Raises `ImportError` for every other entry of the path."""
    folder = Path(entry).resolve()
    # A virtual environment may lie in the project; its packages are installed, not edited.
    if "site-packages" in folder.parts or not folder.is_dir():
        raise ImportError("installed, or no folder")
    if not any(folder.is_relative_to(root) for root in _roots):
        raise ImportError("no folder of a project's code")
    loaders = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (_FromSource, SOURCE_SUFFIXES))
    return FileFinder(entry, *loaders)
