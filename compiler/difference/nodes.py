"""Calls that are new or gone, and calls that wait for others than before."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.nodes import Task
from .forms import Likeness
from .matching import stem
from .phrase import Name, Phrase, listed
from .sight import Sight
from .values import Category, Change


def node_changes(a: Likeness, b: Likeness, sight: Sight) -> Iterator[Change]:
    """What a reader of the graph sees first."""
    before, after = _each(a), _each(b)
    kept = {stem(now): stem(was) for now, was in sight.matching.before.items()}
    for name, task in after.items():
        if name not in kept:
            phrase: Phrase = ("new: ", Name(name), *_of_step(name, task))
            place = sight.new.place(task.span)
            yield Change(Category.ADDITIVE, "node", phrase, None, name, place, (name,))
    for name in before:
        if name not in kept.values():
            yield Change(Category.SEMANTIC, "node", (Name(name), " is gone"), name)
    for name, was in kept.items():
        if was in before:
            yield from _order(name, before[was], after[name], sight)


def _of_step(name: str, task: Task) -> Phrase:
    step = task.definition.name
    return () if step == name.rpartition(".")[2] else (", which runs the step ", Name(step))


def _order(name: str, was: Task, now: Task, sight: Sight) -> Iterator[Change]:
    renamed = sight.matching.renamed
    before = {renamed.get(stem(need), stem(need)) for need in was.after}
    after = {stem(need) for need in now.after}
    more, less = sorted(after - before), sorted(before - after)
    if not more and not less:
        return
    phrase: Phrase = (Name(name),)
    if more:
        phrase = (*phrase, " waits for ", *listed(more), " now")
    if less:
        phrase = (
            *phrase,
            " and" if more else "",
            " does not wait for ",
            *listed(less),
            " any more",
        )
    place = sight.new.place(now.span)
    yield Change(Category.OPERATIONAL, "after", phrase, None, None, place, (name,))


def _each(side: Likeness) -> dict[str, Task]:
    """One task of each name, whatever branch it stands in."""
    found: dict[str, Task] = {}
    for name, task in side.tasks.items():
        found.setdefault(stem(name), task)
    return found
