"""Whose annotations may be read while code runs: who has a function or a module can read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .hints import Hints
from .library import Library
from .module import Module
from .onlookers import reads_hints
from .resolve import Target, Unit


class Readers:
    """What a walk from the module `root` has seen of what may be read, so far.

    A function's annotations are read through the function, or the module as a whole; those of a
    module's names only through the module. `everywhere` says that something reads them all;
    `foreign` are the dotted names outside the project that are imported before anything is called.
    """

    def __init__(self, library: Library, root: str) -> None:
        self.library = library
        self.root = root
        self.everywhere = False
        self.foreign: set[str] = set()
        self._values: set[Target] = set()
        self._held: set[Target] = set()
        self._certain: set[str] | None = None

    def meet(self, names: Collection[str], *, at_call: bool) -> None:
        """Note foreign names that are used, imported by a function `at_call` or before."""
        if not at_call:
            self.foreign.update(names)
        self.everywhere = self.everywhere or any(map(reads_hints, names))

    def have(self, targets: Iterable[Target]) -> None:
        """Note what is used as a value, or for its attributes."""
        self._values.update(targets)

    def has(self, target: Target) -> bool:
        """Whether something is used as a value, or for its attributes."""
        return target in self._values

    def hold(self, targets: Iterable[Target]) -> None:
        """Note what a module holds that is used as a whole."""
        self._held.update(targets)

    def hints(self, module: Module, position: int, *, names: bool) -> Hints:
        """Which annotations of a statement may be read; with `names` names of variables are."""
        if self.everywhere:
            return Hints.ALL
        unit = Unit(module.name, position)
        read = unit in self._held or (unit in self._values and module.is_definition(position))
        if names or read or self.library.bare(module, position) is None:
            return Hints.EVALUATED
        if self.library.defers_hints(module) or module.name in self.certain:
            return Hints.NONE
        return Hints.EVALUATED

    @property
    def certain(self) -> set[str]:
        """The modules without which the root cannot be loaded: nobody catches what an annotation
        of theirs raises."""
        if self._certain is None:
            self._certain = set()
            waiting = [self.root]
            while waiting:
                name = waiting.pop()
                module = self.library.module(name) if name not in self._certain else None
                if isinstance(module, Module):
                    self._certain.add(name)
                    waiting += [name.rpartition(".")[0]] if "." in name else []
                    waiting += self.library.loaded_for_sure(module)
        return self._certain
