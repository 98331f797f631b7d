"""Which files of the project a module needs to be imported, and which distributions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...runtime.dataclass import dataclass
from .calls import Import
from .library import Library, is_standard
from .module import Module
from .modules import ModuleFile
from .problem import ModuleMissing, ModuleProblem, ModuleRefused


@dataclass(frozen=True, slots=True)
class Closure:
    """The project's modules that importing and calling a module can load, and the rest.

    `files` are (module, path), sorted; `third_party` are top-level import names that are neither
    the project's nor Python's own, sorted.
    """

    files: tuple[tuple[str, Path], ...]
    third_party: tuple[str, ...]


def import_closure(library: Library, names: Iterable[str]) -> Closure | ModuleProblem:
    """The closure of the modules `names`; imports inside functions count too."""
    files: dict[str, Path] = {}
    foreign: set[str] = set()
    waiting = sorted(names, reverse=True)
    while waiting:
        name = waiting.pop()
        if name in files:
            continue
        module = library.module(name)
        if isinstance(module, ModuleMissing):
            continue
        if not isinstance(module, Module):
            return module
        files[name] = module.file.path
        waiting.extend(_packages(library, name))
        for imported in _imported(library, module):
            if isinstance(imported, ModuleRefused):
                return imported
            if isinstance(imported, str):
                waiting.append(imported)
            elif not is_standard(imported.name):
                foreign.add(imported.name.partition(".")[0])
    return Closure(tuple(sorted(files.items())), tuple(sorted(foreign)))


@dataclass(frozen=True, slots=True)
class _Outside:
    name: str


def _packages(library: Library, name: str) -> Iterator[str]:
    parts = name.split(".")
    for depth in range(1, len(parts)):
        package = ".".join(parts[:depth])
        if isinstance(library.find(package), ModuleFile):
            yield package


def _imported(library: Library, module: Module) -> Iterator[str | _Outside | ModuleRefused]:
    for item in module.all_imports:
        if isinstance(item, Import):
            yield from _called(library, item)
        elif library.is_local(item):
            yield from library.loaded_by(item)
        else:
            yield _Outside(item.module)


def _called(library: Library, call: Import) -> Iterator[str | _Outside | ModuleRefused]:
    """What `importlib.import_module(...)` loads, as far as its text tells."""
    if not call.exact and not call.runs:
        return
    found = library.importable(call)
    if isinstance(found, ModuleRefused):
        yield found
    elif call.exact and not found:
        if call.module.partition(".")[0].isidentifier():
            yield _Outside(call.module)
    else:
        yield from found
