"""Many changes of one kind as one, where there are more than people read; machines get them all."""

from __future__ import annotations

from collections.abc import Sequence

from ...runtime.dataclass import replace
from .phrase import Name, Phrase
from .values import Change, Rename

MANY = 40
"""So many changes, or renames, are read one by one."""
ALIKE = 4
SHOWN = 8


def condensed(changes: Sequence[Change]) -> list[Change]:
    """The changes of one argument or setting of many nodes share a sentence, which stands where the
    first of them stood."""
    if len(changes) <= MANY:
        return [*changes]
    groups: dict[object, list[Change]] = {}
    for number, change in enumerate(changes):
        name = change.part.partition(".")[2]
        alike = (change.category, change.breaks, change.part, change.targets)
        groups.setdefault(alike if name and change.nodes else number, []).append(change)
    found: list[Change] = []
    for group in groups.values():
        found += [_together(group)] if len(group) >= ALIKE else group
    return found


def _together(group: Sequence[Change]) -> Change:
    name = group[0].part.partition(".")[2]
    phrase: Phrase = (Name(name), f" changed in {len(group):,} ways")
    nodes = dict.fromkeys(node for change in group for node in change.nodes)
    return replace(group[0], phrase=phrase, was=None, now=None, nodes=tuple(nodes))


def few_renames(renames: Sequence[Rename]) -> tuple[Sequence[Rename], str]:
    """The renames to tell of, and how many more there are, in words."""
    if len(renames) <= MANY:
        return renames, ""
    return renames[:SHOWN], f"and {len(renames) - SHOWN:,} more"
