"""The part of a project's Python code that a function's result can depend on, and its digest.

The digest says what the code is, not where it lies: files and modules have no names in it, and
symbols are numbered in the order in which they are reached.
"""

from __future__ import annotations

from operator import attrgetter

from ...runtime.dataclass import dataclass
from .beside import BesideFile, files_beside
from .entry import nameless
from .library import Library
from .module import Module
from .normal import digest_json, digest_of
from .pickled import Pickled, pickled
from .problem import ModuleProblem
from .resolve import Unit, resolve_symbol
from .symbols import Symbol, symbols_of
from .unnamed import unnamed
from .walk import Reason, Walk

_PLACE = attrgetter("path", "line", "text")


@dataclass(frozen=True, slots=True)
class Slice:
    """The code of one function: its digest and its symbols by label.

    `modules` are the project's modules that run, packages included. `reasons` say where whole
    modules count because a part cannot be told. `beside` are files that the code finds beside
    itself, which are in the digest, too; `unseen` says where nobody can tell which files or modules
    it finds, so that the digest does not say all. `pickled` is what pickled objects that the code
    makes may name.
    """

    digest: str
    symbols: tuple[Symbol, ...]
    modules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    beside: tuple[BesideFile, ...]
    unseen: tuple[Reason, ...]
    pickled: Pickled | None = None

    @property
    def table(self) -> dict[str, str]:
        """The digest of each symbol by its label: what `why` compares."""
        return {symbol.label: symbol.digest for symbol in self.symbols}


def slice_function(library: Library, module: Module, function: str) -> Slice | ModuleProblem:
    """The slice of a top-level name of `module`."""
    walk = Walk(library, module.name)
    walk.execute(module.name)
    targets = resolve_symbol(library, module, function)
    walk.readers.have(targets)  # who runs a step reads how its function wants what it is given
    walk.reach(targets)
    walk.close()
    walk.nameless = unnamed(walk, targets) | nameless(walk, targets)
    return _slice(walk)


def slice_module(library: Library, module: Module) -> Slice | ModuleProblem:
    """The slice of all that a module does when it runs."""
    walk = Walk(library, module.name)
    walk.execute(module.name)
    every = (position for position in range(len(module.body)) if not module.only_imports(position))
    walk.reach([Unit(module.name, position) for position in every])
    walk.names = True  # magics look names up where they stand
    walk.close()
    return _slice(walk)


def _slice(walk: Walk) -> Slice | ModuleProblem:
    if walk.problems:
        return walk.problems[0]
    beside, unseen = files_beside(walk)
    digest = digest_of(walk)
    if beside:
        digest = digest_json([digest, sorted([file.way, file.digest] for file in beside)])
    return Slice(
        digest,
        (*symbols_of(walk), *(Symbol(each.label, each.path, 1, each.digest) for each in beside)),
        tuple(walk.ran),
        tuple(sorted(walk.reasons, key=_PLACE)),
        beside,
        unseen,
        pickled(walk),
    )
