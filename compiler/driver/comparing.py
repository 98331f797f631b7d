"""Compares the pipelines of two sides, pair by pair; nothing of either is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from ..difference import Version, compare
from ..difference.values import Difference, FileDifference
from .choose import program_of
from .front import Targets
from .reading import Reading, read_side, refusal_of
from .sides import Sides
from .versions import defaults_of, version_of


def differences(
    sides: Sides, targets: Targets, words: Mapping[str, str]
) -> Iterator[FileDifference]:
    """The pairs in turn, those without a pipeline left out."""
    for was, now in sides.pairs:
        found = _file(sides, was, now, targets, words)
        if found.pipelines or found.added or found.removed or found.refused:
            yield found


def _file(
    sides: Sides, was: str | None, now: str | None, targets: Targets, words: Mapping[str, str]
) -> FileDifference:
    a = None if was is None else read_side(sides.a, was, targets)
    b = None if now is None else read_side(sides.b, now, targets)
    refused = [
        refusal_of(side, later=later)
        for side, later in ((a, False), (b, True))
        if side is not None and side.checked.report.has_errors
    ]
    if refused:
        return FileDifference(was, now, refused=tuple(refused))
    before = [] if a is None else list(program_of(a.checked).pipelines)
    after = [] if b is None else list(program_of(b.checked).pipelines)
    if a is None or b is None:
        return FileDifference(was, now, added=tuple(after), removed=tuple(before))
    found: list[Difference] = []
    for one, two in _same_names(a, b, before, after):
        pair = _versions((a, one), (b, two), targets, words)
        lost = [
            refusal_of(side, later=later)
            for side, version, later in zip((a, b), pair, (False, True), strict=True)
            if version is None
        ]
        if lost:
            return FileDifference(was, now, refused=tuple(lost))
        old, new = pair
        assert old is not None
        assert new is not None
        found.append(compare(old, new))
    added = tuple(name for name in after if name not in {d.name for d in found})
    removed = tuple(name for name in before if name not in {d.was for d in found})
    return FileDifference(was, now, tuple(found), added, removed)


_Named: TypeAlias = "tuple[Reading, str]"


def _versions(
    a: _Named, b: _Named, targets: Targets, words: Mapping[str, str]
) -> tuple[Version | None, Version | None]:
    """Both versions of a pipeline. Data that one side has not got is known by its name on both."""
    defaults = defaults_of(*a, targets), defaults_of(*b, targets)
    old = version_of(*a, targets, words, defaults[1])
    new = version_of(*b, targets, words, defaults[0])
    data = a[0].data, b[0].data
    unknown, named = (
        [set(d.unknown.values()) for d in data],
        [set(d.named.values()) for d in data],
    )
    apart = frozenset((unknown[0] & named[1]) | (unknown[1] & named[0]))
    if apart <= data[0].apart:
        return old, new
    for each in data:
        each.apart |= apart
    return _versions(a, b, targets, words)


def _same_names(
    a: Reading, b: Reading, before: Sequence[str], after: Sequence[str]
) -> list[tuple[str, str]]:
    """Pipelines of one name, and those that have another name: what they do is written alike."""
    pairs = [(name, name) for name in after if name in before]
    gone = [name for name in before if name not in after]
    for name in (n for n in after if n not in before):
        words = _bound(b, name)
        was = max(gone, key=lambda other: len(words & _bound(a, other)), default=None)
        alone = len(gone) == 1 and len(after) == len(before)
        if was is not None and (2 * len(words & _bound(a, was)) > len(words) or alone):
            gone.remove(was)
            pairs.append((was, name))
    return sorted(pairs, key=lambda pair: list(after).index(pair[1]))


def _bound(side: Reading, pipeline: str) -> frozenset[str]:
    checked = program_of(side.checked).pipelines[pipeline]
    return frozenset(side.checked.source.slice(item.span).strip() for item in checked.syntax.items)
