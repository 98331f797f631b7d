"""The normal form of what a walk has reached: numbers for names, so that files have none in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from .bindings import ImportName
from .effects import Kind
from .hints import Hints, annotations_of, is_for_types, names_of_annotations
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
        "imports": sorted({name for module in walk.ran.values() for name in kept(walk, module)}),
        "docs": [docstring(module.tree.body) for module in walk.ran.values()] if walk.docs else [],
    }
    if walk.texts:
        content["texts"] = [text_digest(module) for module in walk.ran.values()]
    late = [[walk.numbers[unit], names] for unit, names in late_names(walk).items()]
    if late:
        content["late"] = late
    copies = copies_of(walk)
    if copies:
        content["copies"] = [[walk.numbers[target], times] for target, times in copies.items()]
    return digest_json(content)


_CHANGING = (Kind.EFFECT, Kind.FILLING)


def order_of(walk: Walk) -> list[Unit]:
    """The reached statements whose order matters: all or, where nothing can change, none."""
    kinds = {unit: _kind(walk, unit) for unit in walk.timeline if unit in walk.numbers}
    replaced = _replaced(walk)
    reached = [
        unit
        for unit, kind in kinds.items()
        if kind is not Kind.FREE and (replaced or kind is not Kind.LOOKING)
    ]
    changing = any(kinds[unit] in _CHANGING or _is_bound_again(walk, unit) for unit in reached)
    return reached if changing else []


def _kind(walk: Walk, unit: Unit) -> Kind:
    hints = walk.hints.get(unit, Hints.EVALUATED)
    return walk.library.kind(walk.ran[unit.module], unit.position, hints)


def _is_bound_again(walk: Walk, unit: Unit) -> bool:
    module = walk.ran[unit.module]
    return any(len(module.binders[name]) > 1 for name in module.bound[unit.position].names)


def _replaced(walk: Walk) -> bool:
    """Whether what a name of a module stands for may be replaced, while others have taken it."""
    units = [unit for unit in walk.numbers if isinstance(unit, Unit)]
    return any(walk.reading(unit).rebinds or _is_bound_again(walk, unit) for unit in units)


def late_names(walk: Walk) -> dict[Unit, list[str]]:
    """The names of its module that a statement may miss, as they are bound below it.

    What it only may call counts too; a statement that is free to move runs nothing.
    """
    found: dict[Unit, list[str]] = {}
    for unit in walk.timeline:
        bare = walk.hints.get(unit) is Hints.NONE
        if unit not in walk.numbers or (bare and _kind(walk, unit) is Kind.FREE):
            continue
        module = walk.ran[unit.module]
        late: set[str] = set()
        seen, waiting = {unit.position}, [unit.position]
        while waiting:
            for use in walk.reading(Unit(module.name, waiting.pop())).uses:
                binders = () if use.imports else module.binders.get(use.chain[0], ())
                if binders and binders[0] >= unit.position:
                    late.add(use.chain[0])
                waiting += [position for position in binders if position not in seen]
                seen.update(binders)
        if late:
            found[unit] = sorted(late)
    return found


def copies_of(walk: Walk) -> dict[Unit | Whole, list[list[int]]]:
    """For each reference of what is reached how much has run when its name is taken over from
    other modules, where what a name stands for may be replaced: who takes it earlier has what it
    was. Each moment follows its depth on the way."""
    order = order_of(walk)
    if not order or not _replaced(walk):
        return {}
    counted, done, before = set(order), 0, {}
    for unit in walk.timeline:
        before[unit] = done
        done += unit in counted
    found: dict[Unit | Whole, list[list[int]]] = {}
    for target, references in walk.taken.items():
        moments = [
            [(depth, before.get(unit, done)) for depth, unit in taken] for taken in references
        ]
        if any(moments):
            found[target] = [_shortened(each) for each in moments]
    return found


def _shortened(moments: list[tuple[int, int]]) -> list[int]:
    """Nothing happens on a way that is gone at once."""
    times = {time for _, time in moments}
    return [*times] if len(times) == 1 else [number for moment in moments for number in moment]


def form_of(walk: Walk, target: Unit | Whole) -> str:
    """The text of a statement in its normal form; a module as a whole has none of its own."""
    if isinstance(target, Whole):
        return ""
    spelled = tuple(
        (use, inside, number)
        for number, (use, inside) in enumerate(walk.used[target])
        if _is_unnamed(walk, walk.references[target][number][1])
    )
    return walk.library.form(
        walk.ran[target.module],
        target.position,
        walk.hints[target],
        walk.audience,
        named=target not in walk.nameless,
        spelled=spelled,
    )


def references_of(walk: Walk, target: Unit | Whole) -> list[tuple[str, list[Target]]]:
    """What something refers to, by the names that it uses; what has none goes by its number."""
    return [
        ("@" if _is_unnamed(walk, targets) else chain, targets)
        for chain, targets in walk.references.get(target, ())
    ]


def _is_unnamed(walk: Walk, targets: list[Target]) -> bool:
    return len(targets) == 1 and targets[0] in walk.nameless


def _node(walk: Walk, target: Unit | Whole) -> list[object]:
    references = [
        [chain, list(dict.fromkeys(_numbered(walk, targets)))]
        for chain, targets in references_of(walk, target)
    ]
    return [form_of(walk, target), references]


def _numbered(walk: Walk, targets: list[Target]) -> list[str | int]:
    return [
        item.name if isinstance(item, Foreign) else walk.numbers[item]
        for item in targets
        if not isinstance(item, Trouble)
    ]


def kept(walk: Walk, module: Module) -> list[str]:
    """Imports of others' modules that nothing reached uses, though they are there for what they do:
    those that the module never uses, and those of annotations that nobody reads."""
    left_out = [
        module.body[unit.position]
        for unit, hints in walk.hints.items()
        if hints is Hints.NONE and unit.module == module.name
    ]
    named = names_of_annotations(node for each in left_out for node in annotations_of(each))
    loaded = _loaded(walk)
    found = _foreign(walk, module.unused_imports) - loaded
    hinted = [item for item in module.imports if item.bound in named]
    if _foreign(walk, hinted) - loaded:  # else it need not be gone through once more
        hinted = [item for item in module.imports_for_hints if item.bound in named]
        found |= _foreign(walk, hinted) - loaded
    return sorted(found)


def _foreign(walk: Walk, items: Iterable[ImportName]) -> set[str]:
    """What imports run of others' modules, but for those that do nothing then."""
    names = {item.loaded for item in items if not walk.library.is_local(item)}
    return {name for name in names if not is_standard(name) and not is_for_types(name)}


def _loaded(walk: Walk) -> set[str]:
    """The dotted names outside the project that reached code uses, and all above them."""
    split = (name.split(".") for name in walk.readers.foreign)
    return {".".join(parts[:depth]) for parts in split for depth in range(1, len(parts) + 1)}


def text_digest(module: Module) -> str:
    """The digest of a module's very text."""
    return hashlib.sha256(module.source).hexdigest()


def digest_json(content: object) -> str:
    """The digest of a value as JSON."""
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
