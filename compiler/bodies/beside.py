"""Files that code finds beside itself: which those are, as far as its text tells."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from ...runtime.dataclass import dataclass
from .always import BUILTINS
from .module import Module
from .names import Use
from .resolve import Foreign, Target, Unit, Way, Whole, resolve_use
from .searched import changes_search, finds_the_same, is_searched, mentions
from .trails import chain_of, follow, normal, parents_of, spelled, stays_below
from .walk import Reason, Walk
from .whereabouts import LOOKING_UP, Finding

MOST_FILES = 1_000
MOST_BYTES = 50_000_000
_MODULES = (".py", ".pyc", ".pyi")
_SKIPPED = frozenset((".git", ".millpond", "__pycache__"))
# They take a package and the name of what lies in it.
_NAMED = frozenset("get_data is_resource open_binary open_text path read_binary read_text".split())

_FILES = (
    "finds files beside the code, and nobody can tell which: "
    "what a step reads should come in as `file(…)` or `dataset(…)`"
)
_MODULES_ELSEWHERE = (
    "changes where modules are found, and nobody can tell which ones are imported: "
    "folders of modules stand in `python-path` of `mlp.toml`"
)


@dataclass(frozen=True, slots=True)
class BesideFile:
    """A file by where it lies: `label` from the folder that modules are imported from, `way` from
    the module that names it. `digest` is empty where there is none, which code may ask, too."""

    label: str
    way: str
    path: Path
    digest: str


def files_beside(walk: Walk) -> tuple[tuple[BesideFile, ...], tuple[Reason, ...]]:
    """The files that the code of a finished walk names, all in folders that it names, and the
    places at which nobody can tell what it reads. Modules in such folders are left out."""
    compiled = any(map(walk.library.compiled.imported_by, walk.ran.values()))
    if not walk.findings and not compiled:
        return (), ()
    search = _Search(walk)
    search.take_compiled()
    for finding in walk.findings:
        if not changes_search(finding.name):
            search.begin(finding)
    search.read_constants()
    for finding in walk.findings:
        if changes_search(finding.name):
            search.judge(finding)
    return (
        tuple(sorted(search.files, key=attrgetter("label", "way"))),
        tuple(sorted(search.unseen, key=attrgetter("path", "line"))),
    )


class _Search:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.files: set[BesideFile] = set()
        self.unseen: set[Reason] = set()
        self._constants: dict[Unit, tuple[str, Path, Path]] = {}
        self._parents: dict[Unit, dict[ast.AST, ast.AST]] = {}
        self._found: dict[Unit, list[tuple[Use, list[Target]]]] = {}
        self._added: set[ast.AST] = set()
        self._named: set[tuple[str, Path]] = set()
        self._bytes = 0

    def begin(self, finding: Finding) -> None:
        """Follow the path that a name stands for, wherever it is mentioned in a statement."""
        unit, module = finding.unit, self._module(finding.unit)
        nodes = list(spelled(self._statement(unit), finding.chain))
        if not nodes or (finding.name == "__file__" and len(finding.chain) > 1):
            self._lose(unit, finding.line)
            return
        for node in nodes:
            if finding.name == "__file__":
                self._follow(unit, node, module.file.path, module.file.path)
            else:
                self._resource(unit, node, finding.name)

    def take_compiled(self) -> None:
        """Take modules that have no source, or hide it."""
        for module in self.walk.ran.values():
            for path in self.walk.library.compiled.imported_by(module):
                self._take(Unit(module.name, 0), 1, path, module.file.path)

    def judge(self, finding: Finding) -> None:
        """Remark what lets modules be found elsewhere, once all paths are followed."""
        unit, parents = finding.unit, self._of(finding.unit)
        nodes = list(mentions(self._statement(unit), finding.chain, parents))
        if not nodes:
            self._lose(unit, finding.line, _MODULES_ELSEWHERE)
        for node in nodes:
            same = finds_the_same(node, parents, lambda func: self._called(unit, func))
            if not same and parents.get(node) not in self._added:
                self._lose(unit, node.lineno, _MODULES_ELSEWHERE)

    def _resource(self, unit: Unit, node: ast.expr, name: str) -> None:
        call = self._of(unit).get(node)
        kind = name.rpartition(".")[2]
        if not isinstance(call, ast.Call) or call.func is not node:
            self._lose(unit, node.lineno)
        elif kind == "as_file":
            return  # what it is given is looked at by itself
        elif name.startswith(LOOKING_UP):
            if not (name.startswith("dotenv.") and call.args):
                self._lose(unit, call.lineno)
        else:
            self._package(unit, call, kind)

    def _package(self, unit: Unit, call: ast.Call, kind: str) -> None:
        """What a function finds in the package that it is given."""
        folders, place = self._anchors(unit, call), self._module(unit).file.path
        found = (arg.value for arg in call.args[1:2] if isinstance(arg, ast.Constant))
        texts = [text for text in found if isinstance(text, str)]
        if folders is None:
            self._lose(unit, call.lineno)
        elif kind == "files":
            for folder in folders:
                self._follow(unit, call, folder, place)
        elif kind in _NAMED and texts:
            for folder in folders:
                self._take(unit, call.lineno, folder / texts[0], place)
        elif kind == "PackageLoader" and len(texts) == len(call.args) - 1 and not call.keywords:
            for folder in folders:
                self._take_all(unit, call.lineno, folder.joinpath(*texts or ["templates"]), place)
        elif folders:
            self._lose(unit, call.lineno)

    def _anchors(self, unit: Unit, call: ast.Call) -> list[Path] | None:
        """The folder of a package that is named: none outside the project, None if not told."""
        module = self._module(unit)
        match call.args:
            case [] if not call.keywords:
                return [module.file.path.parent]
            case [ast.Name(id="__package__" | "__name__"), *_]:
                return [module.file.path.parent]
            case [ast.Constant(value=str(name)), *_]:
                places = [root.joinpath(*name.split(".")) for root in self._roots()]
                found = [place for place in places if place.is_dir()]
                return found if len(found) < 2 else None
            case _:
                return None

    def read_constants(self) -> None:
        """Follow the paths that constants stand for, wherever they are read."""
        done: set[Unit] = set()
        while len(done) < len(self._constants):
            unit = next(each for each in self._constants if each not in done)
            done.add(unit)
            _, path, place = self._constants[unit]
            if Whole(unit.module) in self.walk.numbers:
                if self.walk.names:
                    self._lose(unit, self._statement(unit).lineno)
                else:
                    self._follow_name(*self._constants[unit])
            for reader, chain in self._readers(unit):
                nodes = list(spelled(self._statement(reader), chain))
                if not nodes or chain[-1] == "__dict__":
                    self._lose(reader, self._statement(reader).lineno)
                for node in nodes:
                    self._follow(reader, node, path, place)

    def _follow_name(self, name: str, path: Path, place: Path) -> None:
        """Follow a path wherever reached code has a name or attribute like the one that it is bound
        to, as nobody can tell which of them are meant."""
        if (name, path) in self._named:
            return
        self._named.add((name, path))
        for module in self.walk.ran.values():
            for item in module.imports:
                if item.name == name != item.bound:
                    self._lose(Unit(module.name, 0), item.line)
        for unit in [each for each in self.walk.numbers if isinstance(each, Unit)]:
            for node in ast.walk(self._statement(unit)):
                match node:
                    case ast.Attribute(attr=same, ctx=ast.Load()) if same == name:
                        self._follow(unit, node, path, place)
                    case ast.Name(id=same, ctx=ast.Load()) if same == name:
                        self._follow(unit, node, path, place)
                    case ast.Constant(value=str(same)) if same == name:
                        self._lose(unit, node.lineno)
                    case _:
                        pass

    def _readers(self, constant: Unit) -> Iterator[tuple[Unit, tuple[str, ...]]]:
        """The statements that read a constant, and as what."""
        for unit in self.walk.numbers:
            if isinstance(unit, Unit) and unit != constant:
                for use, targets in self._uses(unit):
                    if constant in targets:
                        yield unit, self._shortest(unit, use, constant)

    def _shortest(self, unit: Unit, use: Use, constant: Unit) -> tuple[str, ...]:
        """The chain without the attributes that are used of the constant's value."""
        for length in range(1, len(use.chain)):
            shorter = Use(use.chain[:length], use.imports)
            if constant in resolve_use(self.walk.library, self._module(unit), shorter, Way()):
                return shorter.chain
        return use.chain

    def _uses(self, unit: Unit) -> list[tuple[Use, list[Target]]]:
        found = self._found.get(unit)
        if found is None:
            library, module = self.walk.library, self._module(unit)
            uses = self.walk.reading(unit).uses
            found = [(use, resolve_use(library, module, use, Way())) for use in uses]
            self._found[unit] = found
        return found

    def _follow(self, unit: Unit, node: ast.expr, path: Path, place: Path) -> None:
        """`place` is the module that the path begins at."""
        parents = self._of(unit)
        found = follow(node, path, parents, lambda func: self._called(unit, func))
        if found is None:
            return
        node, path = found[0], normal(found[1])
        match parents.get(node):
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self._bind(unit, node, name, path, place)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)) if value is node:
                self._bind(unit, node, name, path, place)
            case ast.AST() as around if is_searched(around, lambda func: self._called(unit, func)):
                if os.path.realpath(path) in map(os.path.realpath, self._roots()):
                    self._added.add(around)
            case _ if not path.is_dir():
                self._take(unit, node.lineno, path, place)
            case _ if stays_below(node, parents, lambda func: self._called(unit, func)):
                self._take_all(unit, node.lineno, path, place)
            case _:
                self._lose(unit, node.lineno)

    def _bind(self, unit: Unit, node: ast.expr, name: str, path: Path, place: Path) -> None:
        statement, parents = self._statement(unit), self._of(unit)
        scope = parents.get(node)
        if scope is statement and len(self._module(unit).binders.get(name, ())) == 1:
            self._constants[unit] = name, path, place
            return
        if isinstance(parents.get(scope) if scope is not None else None, ast.ClassDef):
            self._follow_name(name, path, place)
            return
        while scope is not None and not isinstance(
            scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            scope = parents.get(scope)
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) and _binds_once(
            statement, name
        ):
            for load in spelled(scope, (name,)):
                self._follow(unit, load, path, place)
        else:
            self._lose(unit, node.lineno)

    def _take_all(self, unit: Unit, line: int, folder: Path, place: Path) -> None:
        if any(root.is_relative_to(folder) for root in self._roots()):
            self._lose(unit, line)
            return
        for above, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if each not in _SKIPPED)
            for name in sorted(names):
                if not name.endswith(_MODULES):
                    self._take(unit, line, Path(above) / name, place)
                if len(self.files) > MOST_FILES:
                    self._lose(unit, line)
                    return

    def _take(self, unit: Unit, line: int, path: Path, place: Path) -> None:
        real = Path(os.path.realpath(path))
        roots = [root for root in self._roots() if path.is_relative_to(root)]
        homes = [Path(os.path.realpath(root)) for root in roots]
        if real.suffix in _MODULES or not any(real.is_relative_to(home) for home in homes):
            self._lose(unit, line)
            return
        digest = ""
        try:
            if path.is_file():
                self._bytes += path.stat().st_size
                if self._bytes > MOST_BYTES:
                    raise OSError
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            self._lose(unit, line)
            return
        label = path.relative_to(roots[0]).as_posix()
        self.files.add(BesideFile(label, os.path.relpath(path, place.parent), path, digest))

    def _lose(self, unit: Unit, line: int, why: str = _FILES) -> None:
        file = self._module(unit).file
        self.unseen.add(Reason(file.path, line, f"`{file.label}:{line}` {why}"))

    def _called(self, unit: Unit, func: ast.expr) -> str | None:
        """The full name of what is not the project's, such as a function that is called."""
        chain, module = chain_of(func), self._module(unit)
        for use, targets in self._uses(unit):
            if use.chain == chain and targets:
                only = targets[0] if len(targets) == 1 else None
                return only.whole if isinstance(only, Foreign) else None
        builtin = len(chain) == 1 and chain[0] in BUILTINS and chain[0] not in module.binders
        return f"builtins.{chain[0]}" if builtin else None

    def _module(self, unit: Unit) -> Module:
        return self.walk.ran[unit.module]

    def _statement(self, unit: Unit) -> ast.stmt:
        return self._module(unit).body[unit.position]

    def _of(self, unit: Unit) -> dict[ast.AST, ast.AST]:
        if unit not in self._parents:
            self._parents[unit] = parents_of(self._statement(unit))
        return self._parents[unit]

    def _roots(self) -> tuple[Path, ...]:
        return self.walk.library.folders


def _binds_once(statement: ast.stmt, name: str) -> bool:
    """Whether one assignment in a statement says what a local name stands for."""
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name]
    taken = (node.arg for node in ast.walk(statement) if isinstance(node, ast.arg))
    return sum(not isinstance(node.ctx, ast.Load) for node in names) == 1 and name not in taken
