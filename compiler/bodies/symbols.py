"""The pieces of a slice by name, `flights/train.py:fit`, each with a digest of its own."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from ...runtime.dataclass import dataclass
from .module import Module
from .normal import (
    copies_of,
    digest_json,
    form_of,
    kept,
    late_names,
    order_of,
    references_of,
    text_digest,
)
from .resolve import Foreign, Target, Trouble, Unit, Whole
from .tree import docstring
from .walk import Walk

ORDER = "<order>"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A piece of the slice with a name: `flights/train.py:fit`, and where it stands.

    What a module does on import beyond binding names has the name `<module>`, and when it does so,
    seen from what other modules do, `ORDER`.
    """

    label: str
    path: Path
    line: int
    digest: str


def symbols_of(walk: Walk) -> tuple[Symbol, ...]:
    """Everything that is reached, by label; whatever changes the slice's digest changes one."""
    parts: dict[tuple[str, str], list[object]] = {}
    lines: dict[tuple[str, str], int] = {}
    late, copies = late_names(walk), copies_of(walk)
    for target in sorted(walk.numbers, key=lambda item: (item.module, *item[1:])):
        module = walk.ran[target.module]
        names = [""]
        if isinstance(target, Unit):
            names = sorted(module.bound[target.position].names) or names
        references = [
            [chain, [_called(walk, item) for item in targets]]
            for chain, targets in references_of(walk, target)
        ]
        own: list[object] = [form_of(walk, target), references]
        if isinstance(target, Unit) and target in late:
            own.append(late[target])
        if target in copies:
            own.append({"copies": copies[target]})
        for name in names:
            parts.setdefault((module.name, name), []).append(own)
            line = module.line(target.position) if isinstance(target, Unit) else 1
            lines.setdefault((module.name, name), line)
    order = order_of(walk)
    for module in walk.ran.values():
        moved = [_called(walk, unit) for unit in order if unit.module == module.name]
        loaded = kept(walk, module)
        extra: list[object] = [moved, loaded] if moved or loaded else []
        if walk.docs:
            extra.append(docstring(module.tree.body))
        if walk.texts:
            extra.append(text_digest(module))
        if extra:
            parts.setdefault((module.name, ""), []).append(extra)
        among = _among(walk, order, module)
        if moved and len(among) > len(moved):
            parts.setdefault((module.name, ORDER), []).append(among)
    return tuple(
        Symbol(
            f"{walk.ran[name].file.label}:{symbol or '<module>'}",
            walk.ran[name].file.path,
            lines.get((name, symbol), 1),
            digest_json(content),
        )
        for (name, symbol), content in sorted(parts.items())
    )


def _among(walk: Walk, order: list[Unit], module: Module) -> list[str]:
    """The statements of a module, and in their order the other modules that run between them."""
    found = (unit if unit.module == module.name else Whole(unit.module) for unit in order)
    return [_called(walk, each) for each, _ in groupby(found)]


def _called(walk: Walk, target: Target) -> str:
    if isinstance(target, Foreign):
        return target.name
    if isinstance(target, Trouble):
        return ""
    label = walk.ran[target.module].file.label
    if isinstance(target, Whole):
        return label
    return f"{label}:{' '.join(sorted(walk.ran[target.module].bound[target.position].names))}"
