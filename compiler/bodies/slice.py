"""The part of a project's Python code that a function's result can depend on, and its digest.

The digest says what the code is, not where it lies: files and modules have no names in it, and
symbols are numbered in the order in which they are reached.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import assert_never

from ...runtime.dataclass import dataclass
from .bindings import ImportName
from .calls import ANY_MODULE, Import, read_import
from .closure import Closure, import_closure
from .dynamic import ATTRIBUTES, Reach, reach_of, reads_docs
from .effects import Kind
from .library import Library, is_standard
from .module import Module
from .names import Reading, Use
from .problem import ModuleMissing, ModuleProblem, ModuleRefused
from .resolve import (
    Foreign,
    Target,
    Trouble,
    Unit,
    Whole,
    resolve_import,
    resolve_symbol,
    resolve_use,
)
from .tree import docstring

_FORM = 1  # of the normal form; part of every digest
_BESIDE = ("importlib.resources.", "pkgutil.get_data", "inspect.getfile", "inspect.getsourcefile")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A piece of the slice with a name: `flights/train.py:fit`, and where it stands.

    What a module does on import beyond binding names has the name `<module>`.
    """

    label: str
    path: Path
    line: int
    digest: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A remark on the code at a line: why more counts than is named, or what cannot count."""

    path: Path
    line: int
    text: str


_PLACE = attrgetter("path", "line", "text")


@dataclass(frozen=True, slots=True)
class Slice:
    """The code of one function: its digest and its symbols by label.

    `modules` are the project's modules that run, packages included. `reasons` say where whole
    modules count because a part cannot be told, `unseen` where the code reads files beside
    itself, which are neither in the digest nor in what travels to an engine.
    """

    digest: str
    symbols: tuple[Symbol, ...]
    modules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    unseen: tuple[Reason, ...]

    @property
    def table(self) -> dict[str, str]:
        """The digest of each symbol by its label: what `why` compares."""
        return {symbol.label: symbol.digest for symbol in self.symbols}


def slice_function(library: Library, module: Module, function: str) -> Slice | ModuleProblem:
    """The slice of a top-level name of `module`."""
    slicer = _Slicer(library, module.name)
    slicer.execute(module.name)
    slicer.reach(resolve_symbol(library, module, function))
    slicer.close()
    if slicer.problems:
        return slicer.problems[0]
    return slicer.result()


def slice_module(library: Library, module: Module) -> Slice | ModuleProblem:
    """The slice of all that a module does when it runs."""
    slicer = _Slicer(library, module.name)
    slicer.execute(module.name)
    every = (position for position in range(len(module.body)) if not module.only_imports(position))
    slicer.reach([Unit(module.name, position) for position in every])
    slicer.close()
    if slicer.problems:
        return slicer.problems[0]
    return slicer.result()


class _Slicer:
    def __init__(self, library: Library, root: str) -> None:
        self.library = library
        self.root = root
        self.problems: list[ModuleProblem] = []
        self.docs = False
        self.texts = False
        self.spread: set[Reach] = set()
        self.packages: set[str] = set()  # that are used as values, with all that they hold
        self.ran: dict[str, Module] = {}  # modules in the order in which they begin to run
        self.timeline: list[Unit] = []  # what is not free to move, in the order of running
        self.numbers: dict[Unit | Whole, int] = {}
        self.references: dict[Unit | Whole, list[tuple[str, list[Target]]]] = {}
        self.reasons: set[Reason] = set()
        self.unseen: set[Reason] = set()
        self._waiting: list[Unit | Whole] = []

    def execute(self, name: str) -> None:
        """Run the module in thought, with everything that it imports while it loads."""
        running = [self._load(name)]
        while running:
            following = next(running[-1], None)
            if following is None:
                running.pop()
            else:
                running.append(self._load(following))

    def _load(self, name: str) -> Iterator[str]:
        if name in self.ran:
            return
        module = self.library.module(name)
        if not isinstance(module, Module):
            if not isinstance(module, ModuleMissing):
                self.problems.append(module)
            return
        if "." in name:
            yield name.rpartition(".")[0]
            if name in self.ran:  # its package imports it
                return
        self.ran[name] = module
        for event in self.library.running(module):
            if isinstance(event, str):
                yield event
                continue
            self.timeline.append(Unit(name, event))
            if self.library.kinds(module)[event] is Kind.EFFECT:
                self.reach([Unit(name, event)])

    def reach(self, targets: Iterable[Target]) -> None:
        for target in targets:
            if isinstance(target, Trouble):
                self.problems.append(target.problem)
            elif not isinstance(target, Foreign) and target not in self.numbers:
                self.numbers[target] = len(self.numbers)
                self._waiting.append(target)

    def close(self) -> None:
        """Follow every reference until nothing new is reached."""
        done = 0
        while done < len(self._waiting):
            self._follow(self._waiting[done])
            done += 1
            if done == len(self._waiting):
                self._spread()

    def _follow(self, target: Unit | Whole) -> None:
        if target.module not in self.ran:
            self.execute(target.module)
        module = self.library.module(target.module)
        if not isinstance(module, Module):
            return
        if isinstance(target, Unit):
            self.references[target] = self._unit(module, target.position)
        else:
            self.references[target] = self._whole(module)

    def _spread(self) -> None:
        """Reach what look-ups may find, given all that runs by now."""
        if Reach.PROJECT in self.spread:
            self.reach(Whole(name) for name in self._importable([ANY_MODULE]))
        if Reach.LOADED in self.spread:
            self.reach(Whole(name) for name in self._loaded())
        elif self.packages:
            below = tuple(f"{name}." for name in self.packages)
            self.reach(Whole(name) for name in self._loaded() if name.startswith(below))

    def _unit(self, module: Module, position: int) -> list[tuple[str, list[Target]]]:
        reading = self.library.reading(module, position)
        self.docs = self.docs or reading.reads_doc
        for item in reading.imports:
            if self.library.is_local(item):
                for name in self.library.loaded_by(item):
                    self.execute(name)
        found: list[tuple[str, list[Target]]] = []
        for use, line in self._uses(module, reading):
            targets = resolve_use(self.library, module, use)
            self._explain(module, use, line, targets)
            names = _foreign_names(module, use, targets)
            self.docs = self.docs or any(map(reads_docs, names))
            more = self._looked_up(module, position, reading, use, line, names)
            targets = [*targets, *more]
            if _reads_beside(use, module, names):
                text = f"`{'.'.join(use.chain)}` finds files beside the code"
                self.unseen.add(Reason(module.file.path, line, text))
            if targets:
                self.reach(targets)
                found.append((".".join(use.chain), targets))
        for attribute, line in reading.dynamic.items():
            self._look_up(module, ATTRIBUTES[attribute], attribute, line, ())
        return found

    def _uses(self, module: Module, reading: Reading) -> Iterator[tuple[Use, int]]:
        yield from reading.uses.items()
        for name, line in reading.mentioned.items():
            use = Use((name,), ())
            if name in module.binders and use not in reading.uses:
                yield use, line

    def _whole(self, module: Module) -> list[tuple[str, list[Target]]]:
        found: list[tuple[str, list[Target]]] = []
        for position in range(len(module.body)):
            targets: list[Target] = []
            if not module.only_imports(position):
                targets.append(Unit(module.name, position))
            for item in module.bound[position].imports:
                imported = resolve_import(self.library, item)
                targets.extend(imported)
                if item.name is not None:
                    self._hand_on(module, item, imported)
            self.reach(targets)
            found.append((" ".join(sorted(module.bound[position].names)), targets))
        if module.file.package:
            self.packages.add(module.name)
        return found

    def _hand_on(self, module: Module, item: ImportName, targets: list[Target]) -> None:
        """Take what a function may reach that is found where a whole module imports it."""
        for target in targets:
            if isinstance(target, Foreign):
                reach = reach_of(target.whole, at_top=False, handed_on=True)
                if reach is not None:
                    self._look_up(module, reach, item.bound or item.module, item.line, ())

    def _explain(self, module: Module, use: Use, line: int, targets: list[Target]) -> None:
        for target in targets:
            if isinstance(target, Whole):
                star = not use.imports and use.chain[0] not in module.binders
                how = "`import *`" if star else f"`{'.'.join(use.chain)}`, used as a value,"
                text = f"{how} may reach anything in `{target.module}`"
                self.reasons.add(Reason(module.file.path, line, text))

    def _looked_up(
        self, module: Module, position: int, reading: Reading, use: Use, line: int, names: list[str]
    ) -> list[Target]:
        """What a use may reach at run time beside what it names, as far as that can be told."""
        found: list[Target] = []
        for name in names:
            reach = reach_of(
                name,
                at_top=not module.is_definition(position),
                handed_on=use in reading.handed_on,
            )
            if reach is not None:
                calls = reading.calls.get(use, ())
                found.extend(self._look_up(module, reach, ".".join(use.chain), line, calls))
        return list(dict.fromkeys(found))

    def _look_up(
        self, module: Module, reach: Reach, called: str, line: int, calls: Iterable[ast.Call]
    ) -> list[Target]:
        names: list[str] = []
        match reach:
            case Reach.OWN:
                names = [module.name]
                where = f"in `{module.name}`"
            case Reach.NAMED:
                read = [read_import(call, module.name, module.file.parent) for call in calls]
                names = self._importable(read)
                where = f"in {_listed(names)}"
            case Reach.LOADED | Reach.TEXT:
                self.texts = self.texts or reach is Reach.TEXT
                self.spread.add(Reach.LOADED)
                where = "that is loaded"
            case Reach.PROJECT:
                self.spread.add(reach)
                where = "in the project"
            case _:
                assert_never(reach)
        if names or reach is not Reach.NAMED:
            text = f"`{called}` may reach anything {where}"
            self.reasons.add(Reason(module.file.path, line, text))
        for name in names:
            self.execute(name)
        return [Whole(name) for name in names]

    def _loaded(self) -> list[str]:
        """The project's modules that can be loaded when the function runs."""
        closure = import_closure(self.library, {self.root, *self.ran})
        if isinstance(closure, Closure):
            return [name for name, _ in closure.files]
        self.problems.append(closure)
        return []

    def _importable(self, calls: Iterable[Import]) -> list[str]:
        names: dict[str, None] = {}
        for call in calls:
            found = self.library.importable(call)
            if isinstance(found, ModuleRefused):
                self.problems.append(found)
            else:
                names.update(dict.fromkeys(found))
        return list(names)

    def result(self) -> Slice:
        order = self._order()
        content: dict[str, object] = {
            "form": _FORM,
            "nodes": [self._node(target) for target in self.numbers],
            "order": [self.numbers[unit] for unit in order],
            "imports": sorted({name for module in self.ran.values() for name in _kept(module)}),
            "docs": [docstring(module.tree.body) for module in self.ran.values()]
            if self.docs
            else [],
        }
        if self.texts:
            content["texts"] = [_text_digest(module) for module in self.ran.values()]
        return Slice(
            _digest(content),
            self._symbols(order),
            tuple(self.ran),
            tuple(sorted(self.reasons, key=_PLACE)),
            tuple(sorted(self.unseen, key=_PLACE)),
        )

    def _order(self) -> list[Unit]:
        """The reached statements whose order matters: all or, where nothing can change, none."""
        reached = [unit for unit in self.timeline if unit in self.numbers]
        return reached if any(self._changes_others(unit) for unit in reached) else []

    def _changes_others(self, unit: Unit) -> bool:
        module = self.ran[unit.module]
        names = module.bound[unit.position].names
        return self.library.kinds(module)[unit.position] is Kind.EFFECT or any(
            len(module.binders[name]) > 1 for name in names
        )

    def _node(self, target: Unit | Whole) -> list[object]:
        references = [
            [
                chain,
                list(
                    dict.fromkeys(
                        item.name if isinstance(item, Foreign) else self.numbers[item]
                        for item in targets
                        if not isinstance(item, Trouble)
                    )
                ),
            ]
            for chain, targets in self.references.get(target, [])
        ]
        return [self._form(target), references]

    def _form(self, target: Unit | Whole) -> str:
        if isinstance(target, Whole):
            return ""
        return self.library.form(self.ran[target.module], target.position, docs=self.docs)

    def _symbols(self, order: list[Unit]) -> tuple[Symbol, ...]:
        parts: dict[tuple[str, str], list[object]] = {}
        lines: dict[tuple[str, str], int] = {}
        for target in sorted(self.numbers, key=lambda item: (item.module, *item[1:])):
            module = self.ran[target.module]
            names = [""]
            if isinstance(target, Unit):
                names = sorted(module.bound[target.position].names) or names
            own = [
                self._form(target),
                [
                    [chain, [self._called(item) for item in targets]]
                    for chain, targets in self.references.get(target, [])
                ],
            ]
            for name in names:
                parts.setdefault((module.name, name), []).append(own)
                line = module.line(target.position) if isinstance(target, Unit) else 1
                lines.setdefault((module.name, name), line)
        for module in self.ran.values():
            moved = [self._called(unit) for unit in order if unit.module == module.name]
            extra: list[object] = [moved, _kept(module)] if moved or _kept(module) else []
            if self.docs:
                extra.append(docstring(module.tree.body))
            if self.texts:
                extra.append(_text_digest(module))
            if extra:
                parts.setdefault((module.name, ""), []).append(extra)
        return tuple(
            Symbol(
                f"{self.ran[name].file.label}:{symbol or '<module>'}",
                self.ran[name].file.path,
                lines.get((name, symbol), 1),
                _digest(content),
            )
            for (name, symbol), content in sorted(parts.items())
        )

    def _called(self, target: Target) -> str:
        if isinstance(target, Foreign):
            return target.name
        if isinstance(target, Trouble):
            return ""
        label = self.ran[target.module].file.label
        if isinstance(target, Whole):
            return label
        return f"{label}:{' '.join(sorted(self.ran[target.module].bound[target.position].names))}"


def _foreign_names(module: Module, use: Use, targets: list[Target]) -> list[str]:
    """The dotted names outside the project that a use may stand for."""
    names = [target.whole for target in targets if isinstance(target, Foreign)]
    if not use.imports and use.chain[0] not in module.binders:
        names.append(".".join(["builtins", *use.chain]))
    return names


def _reads_beside(use: Use, module: Module, names: list[str]) -> bool:
    if use.chain[0] == "__file__" and not use.imports:
        return "__file__" not in module.binders
    return any(name.startswith(_BESIDE) for name in names)


def _kept(module: Module) -> list[str]:
    """Third-party imports that the module never uses: they are there for what they do."""
    return [name for name in module.unused_imports if not is_standard(name)]


def _text_digest(module: Module) -> str:
    return hashlib.sha256(module.source).hexdigest()


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (", ..." if len(names) > 3 else "")


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
