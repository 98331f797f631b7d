"""The modules of a project, each found and parsed once per compile."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ...runtime.dataclass import dataclass
from .always import MODULES
from .bindings import ImportName, import_names
from .calls import Import
from .compiled import Compiled
from .effects import Judge, Kind
from .hints import Hints, says_hints
from .module import Module, Read, parse, read_file
from .modules import ModuleFile, all_modules, find_module
from .names import Reading, read_names
from .onlookers import Audience
from .problem import ModuleBroken, ModuleMissing, ModuleProblem, ModuleRefused, Refusal
from .spelled import Spelled, name_of, numbered
from .toplevel import Toplevel
from .tree import normal_form
from .unbound import unbound
from .variables import Place, Variables, variables


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one library reads before it refuses: files, their bytes, entries of folders."""

    files: int = 5_000
    bytes: int = 50_000_000
    entries: int = 100_000


NO_GUESTS: Mapping[str, Path] = MappingProxyType({})


class Library:
    """Finds and parses modules below `roots`; every answer is remembered.

    Of a folder in `guests` one package is taken, the one of that name, and nothing beside it.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        read: Read = read_file,
        limits: Limits | None = None,
        guests: Mapping[str, Path] = NO_GUESTS,
    ) -> None:
        self.roots = tuple(roots)
        self._guests = guests
        self.compiled = Compiled(self.folders)
        self._read = read
        self._limits = limits or Limits()
        self._bytes_read = 0
        self._importable: dict[str, tuple[str, ...] | ModuleRefused] = {}
        self._found: dict[str, ModuleFile | ModuleProblem] = {}
        self._modules: dict[Path, Module | ModuleProblem] = {}
        self._judge = Judge(self.is_local)
        self._toplevels: dict[str, Toplevel] = {}
        self._named: dict[Toplevel, str] = {}
        self._kinds: dict[str, tuple[Kind, ...]] = {}
        self._running: dict[str, tuple[str | int, ...]] = {}
        self._bare: dict[tuple[str, int], ast.stmt | None] = {}
        self._readings: dict[tuple[Path, int, Hints], Reading] = {}
        self._variables: dict[tuple[Path, int, Hints, bool], Variables] = {}
        self._forms: dict[tuple[object, ...], str] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders below which modules lie, those of guests too."""
        return (*self.roots, *self._guests.values())

    def find(self, name: str) -> ModuleFile | ModuleProblem:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = find_module(name, self._roots_of(name))
        return found

    def _roots_of(self, name: str) -> tuple[Path, ...]:
        guest = self._guests.get(name.partition(".")[0])
        return self.roots if guest is None else (*self.roots, guest)

    def module(self, name: str) -> Module | ModuleProblem:
        found = self.find(name)
        if not isinstance(found, ModuleFile):
            return found
        module = self._modules.get(found.path)
        if module is None:
            module = self._modules[found.path] = self._parse(found)
        return module

    def _parse(self, file: ModuleFile) -> Module | ModuleProblem:
        if len(self._modules) >= self._limits.files or self._bytes_read > self._limits.bytes:
            return ModuleRefused(file.name, file.path, Refusal.TOO_MUCH)
        module = parse(file, self._read)
        if isinstance(module, Module):
            self._bytes_read += len(module.source)
        return module

    def add(self, module: Module) -> None:
        """Takes in a module that no file below the roots holds as it is."""
        self._found[module.name] = module.file
        self._modules[module.file.path] = module

    def importable(self, call: Import) -> tuple[str, ...] | ModuleRefused:
        """The project's modules that an import by call may name, sorted."""
        if call.exact:
            missing = isinstance(self.find(call.module), ModuleMissing)
            return () if missing else (call.module,)
        below = call.module.rpartition(".")[0]
        found = self._importable.get(below)
        if found is None:
            found = self._importable[below] = self._below(below)
        return found

    def _below(self, package: str) -> tuple[str, ...] | ModuleRefused:
        names = all_modules(self._roots_of(package), package, self._limits.entries)
        if names is None:
            return ModuleRefused(package or "*", self.roots[0], Refusal.TOO_MUCH)
        return tuple(name for name in names if self._loads(name))

    def _loads(self, name: str) -> bool:
        """Whether an import that happens to name a module could find and run it."""
        module = self.module(name)
        if isinstance(module, ModuleRefused):
            return module.reason is not Refusal.UNREADABLE
        return not isinstance(module, ModuleMissing | ModuleBroken)

    def bare(self, module: Module, position: int) -> ast.stmt | None:
        """A top-level statement without its annotations, if it has some and they change nothing."""
        key = (module.name, position)
        if key not in self._bare:
            self._bare[key] = self._judge.bare(self._toplevel(module), position)
        return self._bare[key]

    def _statement(self, module: Module, position: int, hints: Hints) -> ast.stmt:
        bare = self.bare(module, position) if hints is Hints.NONE else None
        return bare or module.body[position]

    def reading(self, module: Module, position: int, hints: Hints) -> Reading:
        """What one top-level statement refers to."""
        key = (module.file.path, position, hints)
        found = self._readings.get(key)
        if found is None:
            found = self._readings[key] = read_names(
                self._statement(module, position, hints),
                module.file.parent,
                walrus=module.walrus,
                hints=hints is Hints.ALL,
            )
        return found

    def variables(self, module: Module, position: int, hints: Hints, *, docs: bool) -> Variables:
        """The local variables of one top-level statement, and the words of its texts."""
        key = (module.file.path, position, hints, docs)
        found = self._variables.get(key)
        if found is None:
            statement = self._statement(module, position, hints)
            found = self._variables[key] = variables(statement, docs=docs)
        return found

    def form(
        self,
        module: Module,
        position: int,
        hints: Hints,
        audience: Audience,
        *,
        named: bool = True,
        spelled: tuple[Spelled, ...] = (),
    ) -> str:
        """The normal form of one top-level statement, which may go without its own name; what it
        uses may have numbers, without some of the last attributes."""
        key = (module.file.path, position, hints, audience, named, spelled)
        found = self._forms.get(key)
        if found is None:

            def local(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
                names = import_names(node, module.file.parent)
                return self.is_local(names[node.names.index(alias)])

            statement = self._statement(module, position, hints)
            nameless: dict[Place, Hashable] = {} if named else {name_of(statement): statement}
            nameless.update(numbered(spelled, self.reading(module, position, hints)))
            if not audience.names:
                at = self.variables(module, position, hints, docs=audience.docs).at
                kept = unbound(statement, at) if audience.errors and at else ()
                nameless.update((place, each) for place, each in at.items() if each not in kept)
            found = normal_form(
                statement,
                local=local,
                docs=audience.docs,
                hints=hints is Hints.ALL,
                nameless=nameless,
            )
            if self.defers_hints(module) and says_hints(found):
                found += "(deferred)"  # whoever reads them gets texts
            self._forms[key] = found
        return found

    def kind(self, module: Module, position: int, hints: Hints) -> Kind:
        """What running a module does at one statement."""
        bare = self.bare(module, position) if hints is Hints.NONE else None
        if bare is None:
            return self.kinds(module)[position]
        return self._judge.kind(self._toplevel(module), position, bare)

    def kinds(self, module: Module) -> tuple[Kind, ...]:
        """What running a module does at each statement of its body."""
        found = self._kinds.get(module.name)
        if found is None:
            judged = self._judge.kinds(self._toplevel(module))
            found = self._kinds[module.name] = tuple(
                Kind.EFFECT if self._fails(module, position) else kind
                for position, kind in enumerate(judged)
            )
        return found

    def filled(self, module: Module, position: int) -> tuple[tuple[str, int], ...]:
        """Where the tables are bound that a statement changes, where it changes nothing else."""
        owners = self._judge.fills(self._toplevel(module), position)
        return tuple(sorted((self._named[top], top.binders[name][0]) for top, name in owners))

    def _fails(self, module: Module, position: int) -> bool:
        """Whether a plain import of the project's cannot find what it names."""
        return module.only_imports(position) and not all(
            self._is_there(module, item)
            for item in module.bound[position].imports
            if self.is_local(item)
        )

    def _is_there(self, module: Module, item: ImportName) -> bool:
        if item.relative and not module.file.parent:
            return False
        held = self.module(item.module) if item.module else None
        if item.name is None or item.name == "*" or isinstance(held, ModuleRefused | ModuleBroken):
            return not isinstance(held, ModuleMissing) or self._is_folder(item.module)
        if isinstance(held, Module) and (
            item.name in held.binders
            or "__getattr__" in held.binders
            or any(other.name == "*" for other in held.imports)
            or (item.name.startswith("__") and item.name.endswith("__"))
        ):
            return True
        name = f"{item.module}.{item.name}" if item.module else item.name
        return not isinstance(self.find(name), ModuleMissing) or self._is_folder(name)

    def _is_folder(self, name: str) -> bool:
        """Whether a name is that of a folder without `__init__.py`."""
        parts = name.split(".")
        return any(root.joinpath(*parts).is_dir() for root in self._roots_of(name))

    def _toplevel(self, module: Module) -> Toplevel:
        found = self._toplevels.get(module.name)
        if found is None:
            found = self._judge.take(module.body, module.bound, self._follow)
            self._toplevels[module.name] = found
            self._named[found] = module.name
        return found

    def _follow(self, item: ImportName) -> tuple[Toplevel, str] | None:
        if item.name is None or not self.is_local(item):
            return None
        module = self.module(item.module)
        return (self._toplevel(module), item.name) if isinstance(module, Module) else None

    def running(self, module: Module) -> tuple[str | int, ...]:
        """What running a module does, in order: modules it loads, and positions of statements
        that are not free to move, and of imports, which copy what a name stands for by then."""
        found = self._running.get(module.name)
        if found is None:
            found = self._running[module.name] = tuple(self._run(module))
        return found

    def _run(self, module: Module) -> Iterator[str | int]:
        for position, kind in enumerate(self.kinds(module)):
            for item in module.bound[position].imports:
                if self.is_local(item):
                    yield from self.loaded_by(item)
            if kind is not Kind.FREE or module.bound[position].imports:
                yield position

    def loaded_for_sure(self, module: Module) -> Iterator[str]:
        """The project's modules that plain imports of a module load: if one fails, it does."""
        for position, binding in enumerate(module.bound):
            if module.only_imports(position):
                for item in binding.imports:
                    if self.is_local(item):
                        yield from self.loaded_by(item)

    def defers_hints(self, module: Module) -> bool:
        """Whether annotations are kept as text, by `from __future__ import annotations`."""
        return self._toplevel(module).deferred

    def is_local(self, item: ImportName) -> bool:
        """Whether an import names a module of the project, there or only meant to be."""
        if item.relative:
            return True
        if self._leads_here(item.module):
            return True
        return item.name is not None and isinstance(
            self.find(f"{item.module}.{item.name}"), ModuleFile
        )

    def _leads_here(self, module: str) -> bool:
        # A folder without __init__.py counts only if it leads to a file: `data/` may hold data.
        if not isinstance(self.find(module), ModuleMissing):
            return True
        return not isinstance(self.find(module.partition(".")[0]), ModuleMissing)

    def loaded_by(self, item: ImportName) -> Iterator[str]:
        """The project's modules that an import runs, packages before what is in them."""
        parts = item.module.split(".") if item.module else []
        for depth in range(1, len(parts) + 1):
            name = ".".join(parts[:depth])
            if not isinstance(self.find(name), ModuleMissing):
                yield name
        if item.name not in (None, "*"):
            name = f"{item.module}.{item.name}" if item.module else str(item.name)
            if not isinstance(self.find(name), ModuleMissing) and not self._binds(
                item.module, str(item.name)
            ):
                yield name

    def _binds(self, module: str, name: str) -> bool:
        found = self.module(module) if module else None
        if not isinstance(found, Module):
            return False
        # `from . import name` inside the package itself is the submodule.
        return any(
            not any(
                item.bound == name and item.module == module and item.name == name
                for item in found.bound[position].imports
            )
            for position in found.binders.get(name, ())
        )


def is_standard(module: str) -> bool:
    """Whether a dotted name belongs to Python's own library."""
    return module.partition(".")[0] in MODULES
