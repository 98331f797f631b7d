"""A parsed Python module: its statements, the names they bind, the modules they import."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from ...runtime.dataclass import dataclass
from .bindings import Bindings, ImportName, bindings, children, import_names
from .calls import Import, import_calls
from .hints import annotations_of
from .modules import ModuleFile
from .problem import ModuleBroken, ModuleRefused, Refusal

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
    def imports(self) -> tuple[ImportName, ...]:
        """Every import at the top level, nested blocks included, in order."""
        return tuple(item for binding in self.bound for item in binding.imports)

    @cached_property
    def stars(self) -> tuple[int, ...]:
        """The statements of `body` that hold an `import *`."""
        return tuple(
            position
            for position, binding in enumerate(self.bound)
            if any(item.name == "*" for item in binding.imports)
        )

    @cached_property
    def all_imports(self) -> tuple[ImportName | Import, ...]:
        """Every import anywhere in the module, by statement or by call, in no special order."""
        found: list[ImportName] = []
        calls: list[ast.Call] = []
        waiting: list[ast.AST] = list(self.body)
        while waiting:
            node = waiting.pop()
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found.extend(import_names(node, self.file.parent))
            elif isinstance(node, ast.Call):
                calls.append(node)
            waiting.extend(children(node))
        return (*found, *import_calls(calls, found, self.name, self.file.parent))

    @cached_property
    def unused_imports(self) -> tuple[ImportName, ...]:
        """Absolute imports whose bound name the module never mentions."""
        return self._unmentioned(())

    @cached_property
    def imports_for_hints(self) -> tuple[ImportName, ...]:
        """Absolute imports that nothing mentions but the annotations of functions and names at the
        top level, if at all."""
        return self._unmentioned(node for each in self.body for node in annotations_of(each))

    def _unmentioned(self, left_out: Iterable[ast.AST]) -> tuple[ImportName, ...]:
        left = {item.bound: item for item in self.imports if not item.relative and item.name != "*"}
        passed = set(left_out)
        waiting: list[ast.AST] = list(self.body)
        while left and waiting:
            node = waiting.pop()
            if node in passed:
                continue
            if isinstance(node, ast.Name):
                left.pop(node.id, None)
            else:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    left.pop(node.value, None)  # in `__all__`, or as an annotation
                waiting.extend(children(node))
        return tuple(left.values())

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


def parse(file: ModuleFile, read: Read) -> Module | ModuleBroken | ModuleRefused:
    """The module in `file`, or why it cannot be one."""
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
