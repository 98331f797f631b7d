"""The modules of a project, each found and parsed once per compile."""

from __future__ import annotations

import ast
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .bindings import Bindings, ImportName, bindings, children, import_names
from .effects import Kind, classify
from .modules import ModuleFile, find_module
from .names import Import, Reading, import_call, read_names
from .problem import ModuleBroken, ModuleMissing, ModuleProblem, ModuleRefused, Refusal
from .tree import normal_form

MAX_BYTES = 2_000_000
Read = Callable[[Path], bytes]


def read_file(path: Path) -> bytes:
    """The bytes of a file, at most one more than `MAX_BYTES`."""
    with open(path, "rb") as stream:
        return stream.read(MAX_BYTES + 1)


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed module; `body` are the statements that run when it is imported."""

    file: ModuleFile
    source: bytes
    tree: ast.Module
    body: tuple[ast.stmt, ...]

    @property
    def name(self) -> str:
        return self.file.name

    @cached_property
    def walrus(self) -> bool:
        """Whether there can be a `:=` anywhere in the module."""
        return b":=" in self.source

    @cached_property
    def bound(self) -> tuple[Bindings, ...]:
        """What each statement of `body` binds."""
        return tuple(
            bindings((statement,), self.file.parent, walrus=self.walrus) for statement in self.body
        )

    @cached_property
    def binders(self) -> dict[str, tuple[int, ...]]:
        """For each top-level name the statements of `body` that bind it, in order."""
        found: dict[str, list[int]] = {}
        for position, binding in enumerate(self.bound):
            for name in sorted(binding.names):
                found.setdefault(name, []).append(position)
        return {name: tuple(positions) for name, positions in found.items()}

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What importing the module does at each statement of `body`."""
        return classify(self.body, self.bound)

    @cached_property
    def imports(self) -> tuple[ImportName, ...]:
        """Every import at the top level, nested blocks included, in order."""
        return tuple(item for binding in self.bound for item in binding.imports)

    @cached_property
    def all_imports(self) -> tuple[ImportName | Import, ...]:
        """Every import anywhere in the module, by statement or by call, in no special order."""
        found: list[ImportName | Import] = []
        waiting: list[ast.AST] = list(self.body)
        while waiting:
            node = waiting.pop()
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found.extend(import_names(node, self.file.parent))
            elif isinstance(node, ast.Call):
                call = import_call(node)
                if call is not None:
                    found.append(call)
            waiting.extend(children(node))
        return tuple(found)

    @cached_property
    def unused_imports(self) -> tuple[str, ...]:
        """Dotted names of absolute imports whose bound name the module never mentions, sorted."""
        left = {item.bound: item for item in self.imports if not item.relative and item.name != "*"}
        waiting: list[ast.AST] = list(self.body)
        while left and waiting:
            node = waiting.pop()
            if isinstance(node, ast.Name):
                left.pop(node.id, None)
            else:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    left.pop(node.value, None)  # in `__all__`, or as an annotation
                waiting.extend(children(node))
        return tuple(sorted((item.name and item.whole) or item.module for item in left.values()))

    def only_imports(self, position: int) -> bool:
        """Whether a statement is a plain import."""
        return isinstance(self.body[position], ast.Import | ast.ImportFrom)

    def is_definition(self, position: int) -> bool:
        """Whether a statement is a function, whose code does not run when it is defined."""
        return isinstance(self.body[position], ast.FunctionDef | ast.AsyncFunctionDef)

    def line(self, position: int) -> int:
        """The line of a statement, its decorators left out."""
        return self.body[position].lineno

    @cached_property
    def typing_imports(self) -> dict[str, ImportName]:
        """Imports by bound name, those under `if TYPE_CHECKING` too: what annotations may use."""
        found = bindings(self.tree.body, self.file.parent)
        return {item.bound: item for item in found.imports}

    @cached_property
    def lines(self) -> list[bytes]:
        return self.source.splitlines(keepends=True)


class Library:
    """Finds and parses modules below `roots`; every answer is remembered."""

    def __init__(self, roots: Sequence[Path], read: Read = read_file) -> None:
        self.roots = tuple(roots)
        self._read = read
        self._found: dict[str, ModuleFile | ModuleProblem] = {}
        self._modules: dict[Path, Module | ModuleProblem] = {}
        self._running: dict[str, tuple[str | int, ...]] = {}
        self._readings: dict[tuple[Path, int], Reading] = {}
        self._forms: dict[tuple[Path, int, bool], str] = {}

    def find(self, name: str) -> ModuleFile | ModuleProblem:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = find_module(name, self.roots)
        return found

    def module(self, name: str) -> Module | ModuleProblem:
        found = self.find(name)
        if not isinstance(found, ModuleFile):
            return found
        module = self._modules.get(found.path)
        if module is None:
            module = self._modules[found.path] = _parse(found, self._read)
        return module

    def reading(self, module: Module, position: int) -> Reading:
        """What one top-level statement refers to."""
        key = (module.file.path, position)
        found = self._readings.get(key)
        if found is None:
            found = read_names(module.body[position], module.file.parent, walrus=module.walrus)
            self._readings[key] = found
        return found

    def form(self, module: Module, position: int, *, docs: bool) -> str:
        """The normal form of one top-level statement."""
        key = (module.file.path, position, docs)
        found = self._forms.get(key)
        if found is None:

            def local(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
                names = import_names(node, module.file.parent)
                return self.is_local(names[node.names.index(alias)])

            found = normal_form(module.body[position], local=local, docs=docs)
            self._forms[key] = found
        return found

    def running(self, module: Module) -> tuple[str | int, ...]:
        """What running a module does, in order: modules it loads, and positions of statements
        that are not free to move."""
        found = self._running.get(module.name)
        if found is None:
            found = self._running[module.name] = tuple(self._run(module))
        return found

    def _run(self, module: Module) -> Iterator[str | int]:
        for position, kind in enumerate(module.kinds):
            for item in module.bound[position].imports:
                if self.is_local(item):
                    yield from self.loaded_by(item)
            if kind is not Kind.FREE:
                yield position

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
    return module.partition(".")[0] in sys.stdlib_module_names


def _parse(file: ModuleFile, read: Read) -> Module | ModuleProblem:
    try:
        source = read(file.path)
    except OSError:
        return ModuleRefused(file.name, file.path, Refusal.UNREADABLE)
    if len(source) > MAX_BYTES:
        return ModuleRefused(file.name, file.path, Refusal.TOO_LARGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, os.fspath(file.path))
    except SyntaxError as error:
        return ModuleBroken(
            file.name, file.path, error.lineno or 1, max(error.offset or 1, 1), error.msg
        )
    except ValueError as error:
        return ModuleBroken(file.name, file.path, 1, 1, str(error))
    except (RecursionError, MemoryError):
        return ModuleRefused(file.name, file.path, Refusal.TOO_DEEP)
    return Module(file, source, tree, tuple(_live(tree.body)))


def _live(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Leaves out what never runs on import: `TYPE_CHECKING` and `__name__ == "__main__"`."""
    for statement in statements:
        if isinstance(statement, ast.If) and _never_true(statement.test):
            yield from _live(statement.orelse)
        else:
            yield statement


def _never_true(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Compare(
            left=ast.Name(id="__name__"),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value="__main__")],
        ):
            return True
        case _:
            return False
