"""The normal form of what a walk has reached: numbers for names, so that files have none in it."""

from __future__ import annotations

import hashlib
import json

from .effects import Kind
from .library import is_standard
from .module import Module
from .resolve import Foreign, Target, Trouble, Unit, Whole
from .tree import docstring
from .walk import Walk

_FORM = 1  # of the normal form; part of every digest


def digest_of(walk: Walk) -> str:
    """The digest of all that is reached: equal for equal code, wherever it lies."""
    content: dict[str, object] = {
        "form": _FORM,
        "nodes": [_node(walk, target) for target in walk.numbers],
        "order": [walk.numbers[unit] for unit in order_of(walk)],
        "imports": sorted({name for module in walk.ran.values() for name in kept(module)}),
        "docs": [docstring(module.tree.body) for module in walk.ran.values()] if walk.docs else [],
    }
    if walk.texts:
        content["texts"] = [text_digest(module) for module in walk.ran.values()]
    late = [[walk.numbers[unit], names] for unit, names in late_names(walk).items()]
    if late:
        content["late"] = late
    copies = copies_of(walk)
    if copies:
        content["copies"] = list(copies.values())
    return digest_json(content)


def order_of(walk: Walk) -> list[Unit]:
    """The reached statements whose order matters: all or, where nothing can change, none."""
    reached = [unit for unit in walk.timeline if unit in walk.numbers]
    return reached if any(_changes_others(walk, unit) for unit in reached) else []


def _changes_others(walk: Walk, unit: Unit) -> bool:
    module = walk.ran[unit.module]
    names = module.bound[unit.position].names
    return walk.library.kinds(module)[unit.position] is Kind.EFFECT or any(
        len(module.binders[name]) > 1 for name in names
    )


def late_names(walk: Walk) -> dict[Unit, list[str]]:
    """The names of its module that a statement may miss, as they are bound below it.

    What it only may call counts too; a statement that is free to move runs nothing.
    """
    found: dict[Unit, list[str]] = {}
    for unit in walk.timeline:
        if unit not in walk.numbers:
            continue
        module = walk.ran[unit.module]
        late: set[str] = set()
        seen, waiting = {unit.position}, [unit.position]
        while waiting:
            for use in walk.library.reading(module, waiting.pop()).uses:
                binders = () if use.imports else module.binders.get(use.chain[0], ())
                if binders and binders[0] >= unit.position:
                    late.add(use.chain[0])
                waiting += [position for position in binders if position not in seen]
                seen.update(binders)
        if late:
            found[unit] = sorted(late)
    return found


def copies_of(walk: Walk) -> dict[str, list[list[object]]]:
    """By module, how much has run when it takes names over from others, where what a name stands
    for may change: who takes it over earlier has what it was."""
    rebound = any(
        walk.library.reading(walk.ran[target.module], target.position).rebinds
        for target in walk.numbers
        if isinstance(target, Unit)
    )
    if not rebound:
        return {}
    used: dict[str, set[str]] = {}
    for target in walk.numbers:
        if isinstance(target, Unit):
            uses = walk.library.reading(walk.ran[target.module], target.position).uses
            used.setdefault(target.module, set()).update(use.chain[0] for use in uses)
    found: dict[str, list[list[object]]] = {}
    done = 0
    for unit in walk.timeline:
        module = walk.ran[unit.module]
        if unit in walk.numbers:
            done += 1
            continue
        if module.only_imports(unit.position):
            names = used.get(unit.module, set()) & {
                item.bound
                for item in module.bound[unit.position].imports
                if item.name not in (None, "*") and walk.library.is_local(item)
            }
            if names:
                found.setdefault(unit.module, []).append([sorted(names), done])
    return found


def form_of(walk: Walk, target: Unit | Whole) -> str:
    """The text of a statement in its normal form; a module as a whole has none of its own."""
    if isinstance(target, Whole):
        return ""
    return walk.library.form(
        walk.ran[target.module],
        target.position,
        walk.audience,
        named=target != walk.nameless,
    )


def _node(walk: Walk, target: Unit | Whole) -> list[object]:
    references = [
        [chain, list(dict.fromkeys(_numbered(walk, targets)))]
        for chain, targets in walk.references.get(target, [])
    ]
    return [form_of(walk, target), references]


def _numbered(walk: Walk, targets: list[Target]) -> list[str | int]:
    return [
        item.name if isinstance(item, Foreign) else walk.numbers[item]
        for item in targets
        if not isinstance(item, Trouble)
    ]


def kept(module: Module) -> list[str]:
    """Third-party imports that the module never uses: they are there for what they do."""
    return [name for name in module.unused_imports if not is_standard(name)]


def text_digest(module: Module) -> str:
    """The digest of a module's very text."""
    return hashlib.sha256(module.source).hexdigest()


def digest_json(content: object) -> str:
    """The digest of a value as JSON."""
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
