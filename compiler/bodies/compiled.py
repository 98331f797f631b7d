"""Modules of the project that are compiled already, such as `fast.cpython-312-x86_64-linux-gnu.so`.

Python takes them before their source. Nobody can read what they import.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from .bindings import ImportName
from .module import Module

ENDINGS = (".so", ".pyd")


class Compiled:
    """Finds the compiled modules below folders; what was looked up is remembered."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._entries: dict[Path, tuple[str, ...]] = {}
        self._imported: dict[str, tuple[Path, ...]] = {}

    def imported_by(self, module: Module) -> tuple[Path, ...]:
        """The files that a module may import, or is itself, for whatever Python they are."""
        found = self._imported.get(module.name)
        if found is None:
            files = (path for name in sorted({*_names(module)}) for path in self._files(name))
            found = self._imported[module.name] = tuple(dict.fromkeys(files))
        return found

    def _files(self, name: str) -> Iterator[Path]:
        *above, last = name.split(".")
        for folder in self._folders:
            place = folder.joinpath(*above)
            for entry in self._within(place):
                if entry.startswith(f"{last}."):
                    yield place / entry

    def _within(self, folder: Path) -> tuple[str, ...]:
        if folder not in self._entries:
            try:
                listed = sorted(os.listdir(folder))
            except OSError:
                listed = []
            self._entries[folder] = tuple(each for each in listed if each.endswith(ENDINGS))
        return self._entries[folder]


def _names(module: Module) -> Iterator[str]:
    yield module.name
    for item in module.all_imports:
        yield item.module
        if isinstance(item, ImportName):
            yield item.whole
