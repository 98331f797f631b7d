"""Compares two versions of a pipeline: the parts in their order, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...runtime.dataclass import replace
from ..ir.values import NodeId
from .closure import reruns
from .flow import flow_changes
from .forms import Forms, Likeness
from .interface import (
    option_changes,
    output_changes,
    parameter_changes,
    project_changes,
    renamed_parameters,
    renames_of,
)
from .leaves import call_changes, definition_changes
from .matching import Matching, match, stem
from .phrase import Name, Phrase, plain
from .surface import surface_changes
from .targets import target_changes, target_differences
from .values import ORDER, Change, Difference, Rename, Variant, Version


def compare(a: Version, b: Version) -> Difference:
    """What is different about `b`, the later version."""
    parameters = renamed_parameters(a, b)
    base = _Pairing(a, b, (a.variant, b.variant), parameters)
    graphs = a.variant.graph, b.variant.graph
    found = _shared(_folded(base.changes()), list(parameter_changes(a, b, parameters)))
    changes = [
        *found,
        *flow_changes(base.likeness[0], base.likeness[1], a, b, base.matching, base.forms),
        *output_changes(graphs, base.forms, b),
        *option_changes(graphs, b),
        *project_changes(a, b),
        *target_changes(a, b),
        *_on_targets(a, b, parameters, found),
    ]
    renames = [*renames_of(a, b, parameters), *base.renames()]
    again = tuple(reruns(*base.likeness, base.matching, b.variant))
    targets = tuple(target_differences(a, b))
    alone = not (changes or renames or again)
    changes += surface_changes(a, b, alone=alone)
    return Difference(
        was=a.name,
        name=b.name,
        changes=tuple(sorted(changes, key=_rank)),
        renames=tuple(dict.fromkeys(renames)),
        reruns=again,
        targets=targets,
        unseen=tuple(_unseen(a, b)),
        tasks=len(base.likeness[1].tasks),
    )


def _rank(change: Change) -> int:
    """What reaches farthest first, what breaks callers before all else."""
    return -ORDER.index(change.category) - (len(ORDER) if change.breaks else 0)


class _Pairing:
    """Two variants with their tasks matched."""

    def __init__(
        self,
        a: Version,
        b: Version,
        variants: tuple[Variant, Variant],
        parameters: Mapping[str, str],
    ) -> None:
        self.versions = a, b
        self.variants = variants
        self.likeness = (
            Likeness(variants[0], a.unknown, parameters),
            Likeness(variants[1], b.unknown, {}),
        )
        self.matching: Matching = match(*self.likeness, variants)
        after = self.matching.after()
        self.forms = (
            Forms(variants[0], lambda name: after.get(name) or ["gone", name], parameters),
            Forms(variants[1], lambda name: name, {}),
        )

    def changes(self) -> Iterator[tuple[Change, NodeId]]:
        """What is different about each task, with its name."""
        a, b = self.likeness
        steps: dict[tuple[int, int, int, int], list[Change]] = {}
        for now, was in self.matching.before.items():
            if a.marks[was] == b.marks[now] and a.tasks[was].settings == b.tasks[now].settings:
                continue
            one, two = a.specs[was], b.specs[now]
            x, y = a.tasks[was], b.tasks[now]
            pair = (id(one), id(two), id(x.definition), id(y.definition))
            if pair not in steps:
                steps[pair] = list(definition_changes(x, y, one, two, self.versions[1]))
            for change in (
                *steps[pair],
                *call_changes(x, y, one, two, self.forms, *self.versions),
            ):
                yield change, now

    def renames(self) -> Iterator[Rename]:
        """Other names of nodes, blocks and steps."""
        steps: dict[str, str] = {}
        a, b = self.likeness
        for now, was in self.matching.before.items():
            one, two = a.tasks[was].definition.name, b.tasks[now].definition.name
            if one != two and a.stems[was] == b.stems[now]:
                steps.setdefault(one, two)
        for one, two in steps.items():
            yield Rename("step", one, two)
        for one, two in self.matching.renamed.items():
            # What has no name of its own is called as its step is.
            if steps.get(one.rpartition(".")[2]) != two.rpartition(".")[2]:
                yield Rename("node", one, two)


def _folded(found: Iterable[tuple[Change, NodeId]]) -> list[Change]:
    """The same change of several nodes as one, and of many branches of one node in one line."""
    same: dict[tuple[str, str, str], tuple[Change, list[str]]] = {}
    for change, node in found:
        key = (change.category, change.part, plain(change.phrase))
        same.setdefault(key, (change, []))[1].append(stem(node))
    lines = [replace(c, nodes=tuple(dict.fromkeys(nodes))) for c, nodes in same.values()]
    groups: dict[tuple[str, tuple[str, ...]], list[Change]] = {}
    for line in lines:
        groups.setdefault((line.part, line.nodes), []).append(line)
    return [line for group in groups.values() for line in _few(group)]


def _few(group: list[Change]) -> list[Change]:
    if len(group) <= 2:
        return group
    name = group[0].part.partition(".")[2]
    phrase: Phrase = (Name(name), f" changed in {len(group)} ways")
    return [replace(group[0], phrase=phrase, was=None, now=None)]


def _shared(found: list[Change], parameters: list[Change]) -> list[Change]:
    """The changes with arguments that only hand on the new default of a parameter told with it."""
    defaults = {
        (change.was, change.now): number
        for number, change in enumerate(parameters)
        if change.part.endswith(".default") and change.was is not None and change.now is not None
    }
    rest: list[Change] = []
    for change in found:
        number = defaults.get((change.was, change.now))
        if number is None or not change.part.startswith("arguments."):
            rest.append(change)
            continue
        told = parameters[number]
        parameters[number] = replace(told, nodes=tuple(dict.fromkeys((*told.nodes, *change.nodes))))
    return [*parameters, *rest]


def _on_targets(
    a: Version, b: Version, parameters: Mapping[str, str], found: list[Change]
) -> Iterator[Change]:
    """What is different on some target alone."""
    known = {(change.part, plain(change.phrase)) for change in found}
    seen: dict[tuple[str, str], tuple[Change, list[str]]] = {}
    for name, variants in _variants(a, b):
        for change in _folded(_Pairing(a, b, variants, parameters).changes()):
            key = (change.part, plain(change.phrase))
            if key in known:
                continue
            seen.setdefault(key, (change, []))[1].append(name)
            if not name:
                known.add(key)
    for change, names in seen.values():
        yield replace(change, targets=tuple(name for name in names if name))


def _variants(a: Version, b: Version) -> Iterator[tuple[str, tuple[Variant, Variant]]]:
    """The pipeline without any target, and on each of them."""
    if a.bare is not None or b.bare is not None:
        yield "", (a.bare or a.variant, b.bare or b.variant)
    for name, now in b.targets.items():
        was = a.targets.get(name)
        if was is not None and was.variant is not None and now.variant is not None:
            yield name, (was.variant, now.variant)


def _unseen(a: Version, b: Version) -> Iterator[Phrase]:
    """What could not be compared."""
    for name in sorted({*a.unknown.values(), *b.unknown.values()}):
        if "://" not in name:
            yield ("what ", Name(name), " holds could not be compared")
