"""Finds for each task of a version the one that it was before, whatever it was called."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from ...runtime.dataclass import dataclass, field
from ..ir.values import Json, NodeId
from .forms import Forms, Likeness
from .values import Variant

_BRACKETS = re.compile(r"\[[^\]]*\]")
_NUMBERED = re.compile(r"(?:for|when|partition|expect|approve)_\d+_*")


def stem(node: str) -> str:
    """The name of a node, whatever branch or partition it stands in."""
    return _BRACKETS.sub("", node)


@dataclass(slots=True)
class Matching:
    """`before` has the id that a task had; `renamed` the names of nodes and blocks that changed.
    What is in `other_copies` had none: the copy of another branch or partition stands for it."""

    before: dict[NodeId, NodeId] = field(default_factory=dict)
    other_copies: set[NodeId] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)

    def after(self) -> dict[NodeId, NodeId]:
        return {was: now for now, was in self.before.items()}


def match(a: Likeness, b: Likeness, variants: tuple[Variant, Variant]) -> Matching:
    """The pairs, surest first: the same work under the same name, elsewhere in its block, under a
    new name; other work under the same name; what is expanded on one side alone; and what is called
    and fed as a node was that is gone."""
    found = Matching()
    left, right = dict.fromkeys(a.tasks), dict.fromkeys(b.tasks)

    def pair(was: NodeId, now: NodeId) -> None:
        found.before[now] = was
        del left[was], right[now]

    for node in [n for n in right if n in left and a.marks[n] == b.marks[n]]:
        pair(node, node)
    for was, now in list(
        _alike(left, right, lambda n: (stem(n), a.marks[n]), lambda n: (stem(n), b.marks[n]))
    ):
        pair(was, now)
    for was, now in _moved(a, b, left, right):
        pair(was, now)
    for node in [n for n in right if n in left]:
        pair(node, node)
    for was, now in _expanded(left, right):
        pair(was, now)
    for was, now in _elsewhere(found, left, right):
        pair(was, now)
        found.other_copies.add(now)
    for was, now in _succeeded(a, b, variants, found, left, right):
        pair(was, now)
    found.renamed = _renamed(found.before)
    return found


def _alike(
    left: Iterable[NodeId],
    right: Iterable[NodeId],
    of: Callable[[NodeId], object],
    to: Callable[[NodeId], object],
) -> Iterator[tuple[NodeId, NodeId]]:
    """Pairs of nodes that have the same in common, in the order in which they stand."""
    waiting: dict[object, list[NodeId]] = defaultdict(list)
    for node in left:
        waiting[of(node)].append(node)
    for node in right:
        same = waiting.get(to(node))
        if same:
            yield same.pop(0), node


def _expanded(
    left: Mapping[NodeId, None], right: Mapping[NodeId, None]
) -> list[tuple[NodeId, NodeId]]:
    """The nodes of a block that only one version can expand before the run, with the first of their
    copies in the other."""
    pairs = _alike(left, right, stem, stem)
    return [(was, now) for was, now in pairs if ("[*]" in was) != ("[*]" in now)]


def _elsewhere(
    found: Matching, left: Mapping[NodeId, None], right: Mapping[NodeId, None]
) -> list[tuple[NodeId, NodeId]]:
    """The first copies of what stands in a block of which no branch or partition is left."""
    known = {stem(now) for now in found.before}
    firsts: dict[str, tuple[NodeId, NodeId]] = {}
    for was, now in _alike(left, right, stem, stem):
        if stem(now) not in known:
            firsts.setdefault(stem(now), (was, now))
    return list(firsts.values())


def _moved(
    a: Likeness, b: Likeness, left: Mapping[NodeId, None], right: Mapping[NodeId, None]
) -> list[tuple[NodeId, NodeId]]:
    """The same work under another name. A name that is still there has moved on only if the work
    that bears it now had a name of its own before: else somebody copied it."""
    pairs = list(_alike(left, right, a.marks.__getitem__, b.marks.__getitem__))
    while True:
        sources, goals = {stem(was) for was, _ in pairs}, {stem(now) for _, now in pairs}
        ours, theirs = {stem(n) for n in b.tasks}, {stem(n) for n in a.tasks}
        kept = [
            (was, now)
            for was, now in pairs
            if (stem(was) not in ours or stem(was) in goals)
            and (stem(now) not in theirs or stem(now) in sources)
        ]
        if len(kept) == len(pairs):
            return kept
        pairs = kept


def _succeeded(
    a: Likeness,
    b: Likeness,
    variants: tuple[Variant, Variant],
    found: Matching,
    left: Mapping[NodeId, None],
    right: Mapping[NodeId, None],
) -> list[tuple[NodeId, NodeId]]:
    """Nodes that stand where one stood that is gone: the same definition called with the same, or
    else the only call of a step of this name on either side."""
    gone = [n for n in left if not any(stem(n) == stem(other) for other in b.tasks)]
    come = [n for n in right if not any(stem(n) == stem(other) for other in a.tasks)]
    if not gone or not come:
        return []
    after = found.after()
    pairs: list[tuple[NodeId, NodeId]] = []
    for way in (_called_alike, _named_alike):
        taken = {was for was, _ in pairs} | set(after), {now for _, now in pairs}
        rest = [n for n in gone if n not in taken[0]], [n for n in come if n not in taken[1]]
        for was, now in way(a, b, variants, after, *rest):
            pairs.append((was, now))
            after[was] = now
    return pairs


def _called_alike(
    a: Likeness,
    b: Likeness,
    variants: tuple[Variant, Variant],
    after: dict[NodeId, NodeId],
    gone: list[NodeId],
    come: list[NodeId],
) -> Iterator[tuple[NodeId, NodeId]]:
    waiting = dict.fromkeys(come)
    fresh = Forms(variants[1], lambda name: name, {})
    calls: dict[NodeId, Json] = {
        now: [b.stems[now], [[n, fresh.of(v, now)] for n, v in b.tasks[now].arguments]]
        for now in come
    }
    for was in gone:
        old = Forms(variants[0], lambda name: after.get(name, name), {})
        call = [a.stems[was], [[n, old.of(v, was)] for n, v in a.tasks[was].arguments]]
        now = next((n for n in waiting if calls[n] == call), None)
        if now is not None:
            del waiting[now]
            after[was] = now
            yield was, now


def _named_alike(
    a: Likeness,
    b: Likeness,
    variants: tuple[Variant, Variant],
    after: dict[NodeId, NodeId],
    gone: list[NodeId],
    come: list[NodeId],
) -> Iterator[tuple[NodeId, NodeId]]:
    def by_step(side: Likeness, nodes: list[NodeId]) -> dict[str, list[NodeId]]:
        table: dict[str, list[NodeId]] = defaultdict(list)
        for node in nodes:
            table[side.tasks[node].definition.name].append(node)
        return {name: found for name, found in table.items() if len({*map(stem, found)}) == 1}

    old, new = by_step(a, gone), by_step(b, come)
    for name in old.keys() & new.keys():
        yield from zip(old[name], new[name], strict=False)


def _renamed(before: Mapping[NodeId, NodeId]) -> dict[str, str]:
    """The new names by the old ones, of blocks once for all that stand in them. What has a number
    for a name was not named by anybody."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for now, was in before.items():
        old, new = stem(was).split("."), stem(now).split(".")
        if len(old) != len(new):
            votes[stem(was)][stem(now)] += 1
            continue
        for depth, (x, y) in enumerate(zip(old, new, strict=True), 1):
            if not (_NUMBERED.fullmatch(x) and _NUMBERED.fullmatch(y)):
                here = ".".join(old[:depth])
                votes[here][here if x == y else ".".join(new[:depth])] += 1
    found = {was: votes[was].most_common(1)[0][0] for was in votes}
    return {was: now for was, now in found.items() if was != now}
