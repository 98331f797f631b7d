"""Compares two versions of a pipeline: the parts in their order, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...runtime.dataclass import replace
from ..ir.values import NodeId
from .blocks import block_changes, block_pairs, relisted, widened
from .bodies import definition_changes, moved_code
from .calls import call_changes
from .closure import reruns
from .decided import condition_changes, decided_gates
from .forms import Forms, Likeness
from .gates import approval_changes, gate_changes
from .matching import Matching, match, stem
from .nodes import node_changes
from .options import option_changes, project_changes
from .outputs import output_changes, renamed_outputs
from .parameters import parameter_changes, renamed_parameters
from .phrase import Name, Phrase, plain
from .sight import Sight
from .surface import changed_constants, renamed_declarations, surface_changes
from .targets import target_changes, target_differences
from .values import ORDER, Change, Difference, Rename, Rerun, Variant, Version


def compare(a: Version, b: Version) -> Difference:
    """What is different about `b`, the later version."""
    parameters = renamed_parameters(a, b)
    base = _Pairing(a, b, (a.variant, b.variant), parameters)
    outputs = renamed_outputs(base.sight)
    calls = _folded(base.changes())
    again = tuple(reruns(*base.likeness, base.matching, b.variant))
    elsewhere = dict(_elsewhere(a, b, parameters))
    changes = [
        *_shared(calls, [*parameter_changes(a, b, parameters)]),
        *node_changes(*base.likeness, base.sight),
        *gate_changes(base.sight, (decided_gates(a, parameters), decided_gates(b, {}))),
        *condition_changes(a, b, parameters),
        *approval_changes(base.sight),
        *block_changes(base.sight, base.blocks),
        *output_changes(base.sight, outputs),
        *option_changes(base.sight),
        *project_changes(a, b),
        *target_changes(a, b),
        *_on_targets(elsewhere, calls),
    ]
    renames = dict.fromkeys(
        (*_names(a, b, parameters, outputs), *base.renames(), *renamed_declarations(a, b))
    )
    changes += surface_changes(a, b, tuple(renames), alone=not (changes or renames or again))
    there = {name: _more(pairing, again, b) for name, pairing in elsewhere.items()}
    return Difference(
        was=a.name,
        name=b.name,
        changes=tuple(sorted(_once(changes), key=_rank)),
        renames=tuple(renames),
        reruns=again,
        targets=tuple(target_differences(a, b, there)),
        unseen=tuple(_unseen(a, b)),
        tasks=len(base.likeness[1].tasks),
        parameters=frozenset(p.name for p in (*a.parameters, *b.parameters)),
    )


def _names(
    a: Version, b: Version, parameters: Mapping[str, str], outputs: Mapping[str, str]
) -> Iterator[Rename]:
    """Another name of the pipeline, of its parameters and outputs."""
    if a.name != b.name:
        yield Rename("pipeline", a.name, b.name)
    for was, now in parameters.items():
        yield Rename("parameter", was, now)
    for was, now in outputs.items():
        yield Rename("output", was, now)


def _once(changes: Sequence[Change]) -> Iterator[Change]:
    """Each cause once, however many things it explains."""
    found: dict[tuple[str, str, tuple[str, ...]], Change] = {}
    for change in changes:
        key = (change.part, plain(change.phrase), change.targets)
        first = found.get(key, change)
        nodes = tuple(dict.fromkeys((*first.nodes, *change.nodes)))
        found[key] = replace(first, nodes=nodes)
    yield from found.values()


def _rank(change: Change) -> int:
    """What reaches farthest first, what breaks callers before all else."""
    return -ORDER.index(change.category) - (len(ORDER) if change.breaks else 0)


class _Pairing:
    """Two variants with their tasks and blocks matched."""

    def __init__(
        self,
        a: Version,
        b: Version,
        variants: tuple[Variant, Variant],
        parameters: Mapping[str, str],
    ) -> None:
        old, new = replace(a, variant=variants[0]), replace(b, variant=variants[1])
        self.likeness = (
            Likeness(variants[0], a.unknown, parameters),
            Likeness(variants[1], b.unknown, {}),
        )
        self.matching: Matching = match(*self.likeness, variants)
        self.blocks = block_pairs(old, new, self.matching)
        after, names = self.matching.after(), {was: now for now, was in self.blocks.items()}
        stems = {stem(was): stem(now) for was, now in after.items()}
        self.sight = Sight(
            old,
            new,
            self.matching,
            (
                Forms(variants[0], lambda name: after.get(name) or ["gone", name], parameters),
                Forms(variants[1], lambda name: name, {}),
            ),
            (
                Forms(
                    variants[0],
                    lambda name: stems.get(stem(name)) or ["gone", stem(name)],
                    parameters,
                    lambda name: names.get(stem(name), stem(name)),
                ),
                Forms(variants[1], stem, {}, stem),
            ),
            changed_constants(a, b),
            widened(old, new, self.blocks),
            relisted(old, new, self.blocks),
        )

    def changes(self) -> Iterator[tuple[Change, NodeId]]:
        """What is different about each task, with its name."""
        a, b = self.likeness
        steps: dict[tuple[int, ...], list[Change]] = {}
        for now, was in self.matching.before.items():
            x, y = a.tasks[was], b.tasks[now]
            if a.marks[was] == b.marks[now] and x.settings == y.settings:
                continue
            specs = a.specs[was], b.specs[now]
            pair = (*map(id, specs), id(x.definition), id(y.definition))
            if pair not in steps:
                steps[pair] = list(definition_changes(x, y, specs, self.sight))
            for change in (*steps[pair], *call_changes(x, y, specs, self.sight)):
                yield change, now

    def renames(self) -> Iterator[Rename]:
        """Other names of nodes, blocks, steps and modules."""
        a, b = self.likeness
        steps: dict[str, str] = {}
        for now, was in self.matching.before.items():
            one, two = a.tasks[was].definition, b.tasks[now].definition
            if one.name != two.name and a.stems[was] == b.stems[now]:
                steps.setdefault(one.name, two.name)
            yield from moved_code(a.tasks[was], b.tasks[now])
        for was_, now_ in steps.items():
            yield Rename("step", was_, now_)
        for was_, now_ in self.matching.renamed.items():
            # What has no name of its own is called as its step is.
            if steps.get(was_.rpartition(".")[2]) != now_.rpartition(".")[2]:
                yield Rename("node", was_, now_)


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


def _shared(calls: Sequence[Change], parameters: list[Change]) -> list[Change]:
    """Arguments that only hand on the new default of a parameter are told with it."""
    defaults = {
        (change.was, change.now): number
        for number, change in enumerate(parameters)
        if change.part.endswith(".default") and change.was is not None and change.now is not None
    }
    rest: list[Change] = []
    for change in calls:
        number = defaults.get((change.was or "", change.now or ""))
        if number is None or not change.part.startswith("arguments."):
            rest.append(change)
            continue
        told = parameters[number]
        parameters[number] = replace(told, nodes=tuple(dict.fromkeys((*told.nodes, *change.nodes))))
    return [*parameters, *rest]


def _elsewhere(
    a: Version, b: Version, parameters: Mapping[str, str]
) -> Iterator[tuple[str, _Pairing]]:
    """The pipeline without any target, under no name, and on each of them."""
    if a.bare is not None or b.bare is not None:
        yield "", _Pairing(a, b, (a.bare or a.variant, b.bare or b.variant), parameters)
    for name, now in b.targets.items():
        was = a.targets.get(name)
        if was is None or was.variant is None or now.variant is None:
            continue
        if was.variant is not a.variant or now.variant is not b.variant:
            yield name, _Pairing(a, b, (was.variant, now.variant), parameters)


def _on_targets(elsewhere: Mapping[str, _Pairing], calls: Sequence[Change]) -> Iterator[Change]:
    """What is different on some target alone."""
    known = {(change.part, plain(change.phrase)) for change in calls}
    seen: dict[tuple[str, str], tuple[Change, list[str]]] = {}
    for name, pairing in elsewhere.items():
        for change in _folded(pairing.changes()):
            key = (change.part, plain(change.phrase))
            if key not in known:
                seen.setdefault(key, (change, []))[1].append(name)
                if not name:
                    known.add(key)
    for change, names in seen.values():
        yield replace(change, targets=tuple(name for name in names if name))


def _more(pairing: _Pairing, again: Sequence[Rerun], b: Version) -> tuple[Rerun, ...]:
    """What runs again on a target and not here."""
    here = {rerun.node for rerun in again}
    variant = pairing.sight.new.variant
    found = reruns(*pairing.likeness, pairing.matching, variant)
    return tuple(rerun for rerun in found if rerun.node not in here)


def _unseen(a: Version, b: Version) -> Iterator[Phrase]:
    """What could not be compared. What lies at a URL never is, and nobody expects it."""
    for name in sorted({*a.unknown.values(), *b.unknown.values()}):
        if "://" not in name:
            yield ("what ", Name(name), " holds")
