"""What a function's result can depend on: a walk along every name from where it stands.

Modules are run in thought as they are met, so that what they do on import counts where it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import assert_never

from ...runtime.dataclass import dataclass
from .bindings import ImportName
from .calls import ANY_MODULE, Import, read_import
from .closure import Closure, import_closure
from .dynamic import ATTRIBUTES, Reach, reach_of, reads_docs
from .effects import Kind
from .hints import Hints
from .library import Library
from .module import Module
from .names import Reading, Use
from .onlookers import Audience, sees_names
from .problem import ModuleMissing, ModuleProblem, ModuleRefused
from .readers import Readers
from .resolve import Foreign, Target, Trouble, Unit, Way, Whole, resolve_import, resolve_use
from .whereabouts import Finding, asked

_Reference = tuple[str, list[Target], list[tuple[int, Unit]]]


@dataclass(frozen=True, slots=True)
class Reason:
    """A remark on the code at a line: why more counts than is named, or what cannot count."""

    path: Path
    line: int
    text: str


class Walk:
    """What is reached from where: `execute` and `reach` begin it, `close` ends it.

    `ran` are the modules in the order in which they begin to run, `numbers` what is reached in
    the order of reaching, `handed_on` what of it is more than called, `timeline` the statements
    that are not free to move, in the order of running. `docs`, `texts`, `names` and `errors` say
    that docstrings, sources, what variables and functions are called, or errors of variables
    without value are read; `readers` who reads annotations, `hints` which of them were followed.
    """

    def __init__(self, library: Library, root: str) -> None:
        self.library = library
        self.root = root
        self.problems: list[ModuleProblem] = []
        self.docs = False
        self.texts = False
        self.names = False
        self.errors = False
        self.nameless: frozenset[Unit] = (
            frozenset()
        )  # functions, constants: their names say nothing
        self.spread: set[Reach] = set()
        self.packages: set[str] = set()  # that are used as values, with all that they hold
        self.ran: dict[str, Module] = {}
        self.timeline: list[Unit] = []
        self.numbers: dict[Unit | Whole, int] = {}
        self.references: dict[Unit | Whole, list[tuple[str, list[Target]]]] = {}
        # For each of the references what is used, and how many attributes of it; who takes it over.
        self.used: dict[Unit, list[tuple[Use, int]]] = {}
        self.taken: dict[Unit | Whole, list[list[tuple[int, Unit]]]] = {}
        self.handed_on: set[Target] = set()
        self.readers = Readers(library, root)
        self.hints: dict[Unit, Hints] = {}
        self.reasons: set[Reason] = set()
        self.findings: list[Finding] = []
        self._waiting: list[Unit | Whole] = []
        self._fills: list[Unit] = []

    @property
    def audience(self) -> Audience:
        return Audience(self.docs, self.names, self.errors)

    def reading(self, unit: Unit) -> Reading:
        """What a statement refers to, by what of it may be read."""
        hints = self.hints.get(unit, Hints.EVALUATED)
        return self.library.reading(self.ran[unit.module], unit.position, hints)

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
            match self.library.kinds(module)[event]:
                case Kind.EFFECT:
                    self.reach([Unit(name, event)])
                case Kind.FILLING:
                    self._fills.append(Unit(name, event))
                case _:
                    pass

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
            for more in (self._fill, self._spread, self._listen):
                if done == len(self._waiting):
                    more()

    def _listen(self) -> None:
        """Follow annotations that somebody reads, as is known only now."""
        found = True
        while found:
            heard = [unit for unit, hints in self.hints.items() if hints is not self._hints(unit)]
            for unit in heard:
                self._follow(unit)
            found = bool(heard)

    def _hints(self, unit: Unit) -> Hints:
        return self.readers.hints(self.ran[unit.module], unit.position, names=self.names)

    def _fill(self) -> None:
        """Reach what changes tables that are reached."""
        for unit in self._fills:
            if unit not in self.numbers:
                owners = self.library.filled(self.ran[unit.module], unit.position)
                if any(Unit(*owner) in self.numbers for owner in owners):
                    self.reach([unit])

    def _follow(self, target: Unit | Whole) -> None:
        if target.module not in self.ran:
            self.execute(target.module)
        module = self.library.module(target.module)
        if not isinstance(module, Module):
            return
        if isinstance(target, Unit):
            self.hints[target] = self._hints(target)
            found = self._unit(module, target.position, self.reading(target))
        else:
            found = self._whole(module)
        self.references[target] = [(chain, targets) for chain, targets, _ in found]
        self.taken[target] = [taken for *_, taken in found]

    def _spread(self) -> None:
        """Reach what look-ups may find, given all that runs by now."""
        for module in self.ran.values():
            for path in self.library.compiled.imported_by(module):
                text = f"`{path.name}` is compiled, and may reach anything in the project"
                self.reasons.add(Reason(module.file.path, 1, text))
                self.spread.add(Reach.PROJECT)
        if Reach.PROJECT in self.spread:
            self.reach(Whole(name) for name in self._importable([ANY_MODULE]))
        if Reach.LOADED in self.spread:
            self.reach(Whole(name) for name in self._loaded())
        elif self.packages:
            below = tuple(f"{name}." for name in self.packages)
            self.reach(Whole(name) for name in self._loaded() if name.startswith(below))

    def _unit(self, module: Module, position: int, reading: Reading) -> list[_Reference]:
        self.docs = self.docs or reading.reads_doc
        self.names = self.names or reading.sees_names
        self.errors = self.errors or reading.keeps_errors
        for item in reading.imports:
            if self.library.is_local(item):
                for name in self.library.loaded_by(item):
                    self.execute(name)
        found: list[_Reference] = []
        used = self.used[Unit(module.name, position)] = []
        for use, line in self._uses(module, reading):
            way = Way()
            targets = resolve_use(self.library, module, use, way)
            self._explain(module, use, line, targets)
            names = _foreign_names(module, use, targets)
            self.docs = self.docs or any(map(reads_docs, names))
            calls, handed_on = reading.calls.get(use, ()), use in reading.handed_on
            self.names = self.names or any(
                sees_names(name, calls, handed_on=handed_on) for name in names
            )
            self.readers.meet(names, at_call=bool(use.imports))
            self.readers.have(targets if handed_on or not calls else way.inside)
            more = self._looked_up(module, position, reading, use, line, names)
            targets = [*targets, *more]
            place = asked(use, module, names, targets)
            if place is not None:
                unit = Unit(module.name, position)
                self.findings.append(Finding(unit, line, use.chain, place))
            if targets:
                self.reach(targets)
                found.append((".".join(use.chain), targets, way.passed))
                used.append((use, max(way.inside.values(), default=0)))
                if handed_on:
                    self.handed_on.update(targets)
        for attribute, line in reading.dynamic.items():
            self._look_up(module, ATTRIBUTES[attribute], attribute, line, ())
        return found

    def _uses(self, module: Module, reading: Reading) -> Iterator[tuple[Use, int]]:
        yield from reading.uses.items()
        for name, line in reading.mentioned.items():
            use = Use((name,), ())
            if name in module.binders and use not in reading.uses:
                yield use, line

    def _whole(self, module: Module) -> list[_Reference]:
        found: list[_Reference] = []
        for position in range(len(module.body)):
            targets: list[Target] = []
            way = Way()
            if not module.only_imports(position):
                targets.append(Unit(module.name, position))
            for item in module.bound[position].imports:
                if item.name is not None:
                    way.pass_by(Unit(module.name, position))
                imported = resolve_import(self.library, item, way)
                targets.extend(imported)
                if item.name is not None:
                    self._hand_on(module, item, imported)
            self.reach(targets)
            self.readers.hold(targets)
            names = " ".join(sorted(module.bound[position].names))
            found.append((names, targets, way.passed))
        if module.file.package:
            self.packages.add(module.name)
        return found

    def _hand_on(self, module: Module, item: ImportName, targets: list[Target]) -> None:
        """Take what a function may reach that is found where a whole module imports it."""
        for target in targets:
            if isinstance(target, Foreign):
                self.names = self.names or sees_names(target.whole, (), handed_on=True)
                self.readers.meet([target.whole], at_call=True)
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
        self.names = self.names or reach is not Reach.NAMED
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


def _foreign_names(module: Module, use: Use, targets: list[Target]) -> list[str]:
    """The dotted names outside the project that a use may stand for."""
    names = [target.whole for target in targets if isinstance(target, Foreign)]
    if not use.imports and use.chain[0] not in module.binders:
        names.append(".".join(["builtins", *use.chain]))
    return names


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (", ..." if len(names) > 3 else "")
