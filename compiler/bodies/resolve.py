"""From a name in a module to the statements, modules or foreign names that it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bindings import ImportName
from .calls import Import
from .dynamic import PLAIN_ATTRIBUTES
from .library import Library
from .module import Module
from .modules import ModuleFile
from .names import Use
from .problem import ModuleMissing, ModuleProblem, ModuleTwice


class Unit(NamedTuple):
    """One top-level statement of a project module."""

    module: str
    position: int


class Whole(NamedTuple):
    """A project module of which every statement counts."""

    module: str


class Foreign(NamedTuple):
    """A name outside the project: `pandas.DataFrame`; `rest` are the attributes used of it."""

    name: str
    rest: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The dotted name of what is used in the end."""
        return ".".join([self.name.partition(" ")[0].removesuffix(".*"), *self.rest])


class Trouble(NamedTuple):
    """A project module on the way that cannot be read."""

    problem: ModuleProblem


Target = Unit | Whole | Foreign | Trouble


class Way:
    """Where a look-up has been, so that it ends, and the statements that take the name over from
    other modules on it, each with its depth; `inside` has those of whose value attributes are used,
    and how many."""

    __slots__ = ("depth", "inside", "passed", "seen")

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.passed: list[tuple[int, Unit]] = []
        self.inside: dict[Unit, int] = {}
        self.depth = 0

    def pass_by(self, unit: Unit) -> None:
        self.passed.append((self.depth, unit))

    def pass_stars(self, module: Module) -> None:
        for position in module.stars:
            self.pass_by(Unit(module.name, position))


def resolve_use(library: Library, module: Module, use: Use, way: Way | None = None) -> list[Target]:
    """What a use in `module` refers to; nothing for built-in and unknown names."""
    way = way or Way()
    if use.imports:
        found: list[Target] = []
        for item in use.imports:
            found.extend(_through(library, item, use.chain[1:], way))
    elif use.chain[0] in module.binders:
        found = list(_bound(library, module, use.chain[0], use.chain[1:], way))
    else:
        found = list(_below(library, module, use.chain, way))
        way.pass_stars(module)
        for item in module.imports:
            if item.name == "*":
                found.extend(_through(library, item, use.chain, way))
                found.extend(_starred(library, item, use.chain, way))
    return _as_they_end(found)


def _as_they_end(found: list[Target]) -> list[Target]:
    """Each target once, where it was last met: of two that bind a name, the later one counts."""
    return list(dict.fromkeys(reversed(found)))[::-1]


def resolve_symbol(library: Library, module: Module, name: str) -> list[Target]:
    """What a top-level name of `module` stands for, re-exports followed."""
    return resolve_use(library, module, Use((name,), ()))


def resolve_import(library: Library, item: ImportName, way: Way) -> list[Target]:
    """What an import binds its name to."""
    return list(dict.fromkeys(_through(library, item, (), way)))


def _bound(
    library: Library,
    module: Module,
    name: str,
    rest: tuple[str, ...],
    way: Way,
) -> Iterator[Target]:
    if (module.name, name) in way.seen:
        return
    way.seen.add((module.name, name))
    way.depth += 1
    binders = module.binders[name]
    last: dict[tuple[str, str | None], int] = {}
    for position in binders:
        for item in module.bound[position].imports:
            last[item.module, item.name] = position
    for position in sorted({*binders, *module.stars}):
        if position not in binders:
            for item in module.bound[position].imports:
                if _may_bring(library, item, name):
                    way.pass_by(Unit(module.name, position))
                    yield from _through(library, item, rest, way)
            continue
        imports = [item for item in module.bound[position].imports if item.bound == name]
        if not imports or not module.only_imports(position):
            unit = Unit(module.name, position)
            if rest:
                way.inside[unit] = len(rest)
            yield unit
        for item in imports:
            if last[item.module, item.name] == position:  # else it is bound again below
                if item.name is not None:
                    way.pass_by(Unit(module.name, position))
                yield from _through(library, item, rest, way)
    way.depth -= 1


def _may_bring(library: Library, item: ImportName, name: str) -> bool:
    """Whether an `import *` of a project module may bind a name that the importer binds as well."""
    module = library.module(item.module) if item.name == "*" and item.module else None
    return isinstance(module, Module) and (name in module.binders or bool(module.stars))


def _below(library: Library, module: Module, chain: tuple[str, ...], way: Way) -> Iterator[Target]:
    """A package's own modules, which importing them binds in it without a word."""
    if module.file.package and isinstance(
        library.find(f"{module.name}.{chain[0]}"), ModuleFile | ModuleTwice
    ):
        yield from _attribute(library, f"{module.name}.{chain[0]}", chain[1:], way)


def _through(
    library: Library, item: ImportName, rest: tuple[str, ...], way: Way
) -> Iterator[Target]:
    if not library.is_local(item):
        loaded = "" if item.name or item.whole == item.module else f" with {item.module}"
        yield Foreign(item.whole + loaded, rest)
    elif item.name is None:
        yield from _attribute(library, item.whole, rest, way)
    elif item.name == "*":
        yield from _attribute(library, item.module, (), way)
    else:
        yield from _attribute(library, item.module, (item.name, *rest), way)


def _attribute(library: Library, name: str, rest: tuple[str, ...], way: Way) -> Iterator[Target]:
    module = library.module(name) if name else None
    if module is not None and not isinstance(module, Module | ModuleMissing):
        yield Trouble(module)
        return
    if not rest:
        if isinstance(module, Module):
            yield Whole(name)
        elif name:
            yield from _folder(library, name)
        return
    head = rest[0]
    if isinstance(module, Module) and head in module.binders and (name, head) not in way.seen:
        yield from _bound(library, module, head, rest[1:], way)
        return
    below = f"{name}.{head}" if name else head
    if isinstance(library.find(below), ModuleFile):
        if isinstance(module, Module) and "__getattr__" in module.binders:
            # Python asks it before it looks for a module that nobody has imported yet.
            yield from _bound(library, module, "__getattr__", (), way)
        yield from _attribute(library, below, rest[1:], way)
    elif isinstance(module, Module):
        if (
            "__getattr__" in module.binders
            or any(item.name == "*" for item in module.imports)
            or (head.startswith("__") and head.endswith("__") and head not in PLAIN_ATTRIBUTES)
        ):
            yield Whole(name)
            way.pass_stars(module)
            for item in module.imports:
                yield from _starred(library, item, rest, way)
    elif len(rest) > 1:  # a folder without __init__.py
        yield from _attribute(library, below, rest[1:], way)


def _starred(
    library: Library, item: ImportName, chain: tuple[str, ...], way: Way
) -> Iterator[Target]:
    """The foreign names that an `import *` of a project module may bring in; it counts whole."""
    module = library.module(item.module) if item.name == "*" and item.module else None
    if not isinstance(module, Module):
        return
    if chain[0] in module.binders:
        for target in _bound(library, module, chain[0], chain[1:], way):
            if isinstance(target, Foreign):
                yield target
    elif (module.name, "*") not in way.seen:
        way.seen.add((module.name, "*"))
        way.pass_stars(module)
        for inner in module.imports:
            if inner.name == "*" and not library.is_local(inner):
                yield from _through(library, inner, chain, way)
            else:
                yield from _starred(library, inner, chain, way)


def _folder(library: Library, name: str) -> Iterator[Target]:
    """All that a folder without `__init__.py` may hold."""
    found = library.importable(Import(f"{name}.", exact=False))
    if not isinstance(found, tuple):
        yield Trouble(found)
        return
    for below in found:
        yield Whole(below)
