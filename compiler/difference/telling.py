"""Tells a comparison to people: what is the same in one line, what counts first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .condense import condensed, few_renames
from .matching import stem
from .phrase import counted, plain
from .values import (
    ORDER,
    Again,
    Category,
    Change,
    Difference,
    Effect,
    FileDifference,
    Rerun,
    TargetDifference,
)

_WIDE = 13
_COLUMNS = 100


def lines(found: Sequence[FileDifference], *, everything: bool) -> Iterator[str]:
    """The lines; those of files that are the same only where `everything` is asked for."""
    told = [each for each in found if everything or not each.same]
    for number, each in enumerate(told):
        if number:
            yield ""
        yield from _file(each)
    pipelines = [one for each in found for one in each.pipelines]
    if not found:
        yield "neither side has a pipeline; steps are compared where a pipeline calls them"
    elif not told:
        yield f"nothing changed: {counted(len(pipelines), 'pipeline')} compared"
    elif len(found) > 1 or len(pipelines) > 1:
        yield ""
        yield totals(found)


def totals(found: Sequence[FileDifference]) -> str:
    """`3 pipelines: 1 semantic, 1 cosmetic, 1 the same; 5 of 21 steps re-run, 2 more may`."""
    pipelines = [one for each in found for one in each.pipelines]
    counts = Counter("the same" if one.reach is None else one.reach.value for one in pipelines)
    counts["new"] = sum(len(each.added) for each in found)
    counts["gone"] = sum(len(each.removed) for each in found)
    counts["with errors"] = sum(bool(each.refused) for each in found)
    words = [*(c.value for c in reversed(ORDER)), "new", "gone", "the same", "with errors"]
    parts = [f"{counts[word]} {word}" for word in words if counts[word]]
    number = sum(counts.values())
    steps = sum(one.tasks for one in pipelines)
    again = [rerun for one in pipelines for rerun in one.reruns]
    return f"{counted(number, 'pipeline')}: {', '.join(parts)}{_again(again, steps)}"


def _again(again: Sequence[Rerun], steps: int) -> str:
    sure = sum(rerun.state is Again.RUN for rerun in again)
    if not again:
        return ""
    perhaps = len(again) - sure
    more = f", {perhaps:,} more may" if sure and perhaps else ""
    if not sure:
        return f"; {perhaps:,} of {counted(steps, 'step')} may re-run"
    return f"; {sure:,} of {counted(steps, 'step')} re-run{'s' if steps == 1 else ''}{more}"


def _file(each: FileDifference) -> Iterator[str]:
    path = f"{each.was} → {each.now}" if each.moved else each.path
    for refusal in each.refused:
        errors = counted(len(refusal.short), "error")
        yield f"{path}: {refusal.name} has {errors}, so there is nothing to compare"
        if not refusal.later:
            yield from (f"  {line}" for line in refusal.short[:3])
    for name in each.added:
        yield f"{path}: {name} is new"
    for name in each.removed:
        yield f"{path}: {name} is gone"
    for number, one in enumerate(each.pipelines):
        if number or each.added or each.removed:
            yield ""
        yield from _pipeline(path, one)


def _pipeline(path: str, one: Difference) -> Iterator[str]:
    name = one.name if one.was == one.name else f"{one.was} → {one.name}"
    if one.same:
        yield f"{path}: {name} is the same"
        yield from _rows("not compared", [plain(phrase) for phrase in one.unseen])
        return
    yield f"{path}: {name}: {head(one)}"
    changes = condensed(one.changes)
    yield from _rows("breaks", [sentence(c) for c in changes if c.breaks])
    for category in reversed(ORDER):
        own = [c for c in changes if c.category is category and not c.breaks]
        yield from _rows(category.value, [sentence(c) for c in own])
    renames, more = few_renames(one.renames)
    renamed = [f"{r.kind} {r.was} → {r.now}" for r in renames]
    yield from _rows("renamed", [*renamed, more] if more else renamed)
    yield from _rows("re-runs", list(again_lines(one)))
    yield from _rows("targets", [target_line(t) for t in one.targets if moves(t)])
    yield from _rows("not compared", [plain(phrase) for phrase in one.unseen])


def moves(target: TargetDifference) -> bool:
    """Whether there is anything to say of a target."""
    return target.effect is not Effect.SAME or bool(target.reruns)


def target_line(target: TargetDifference) -> str:
    """What becomes of a target, in words."""
    again = ""
    if target.reruns:
        again = f"; runs {few(grouped(target.reruns), 3)} again there"
    return f"{target.name} ({target.kind}): {plain(target.phrase)}{again}"


def head(one: Difference) -> str:
    """What the change comes to in a few words."""
    words = []
    if one.breaks:
        words.append("breaks callers")
    reach = one.reach
    if reach is Category.COSMETIC or reach is None:
        words.append("cosmetic" if one.changes or not one.renames else "renamed")
    else:
        words.append(reach.value)
    if not one.reruns and not any(target.reruns for target in one.targets):
        words.append("re-runs nothing")
    return ", ".join(words)


def sentence(change: Change) -> str:
    """A change with what it concerns before it and its place behind it."""
    whom = ""
    if change.targets and not change.part.startswith("targets."):
        whom = f"on {', '.join(change.targets)}: "
    elif (
        change.targets
        and len(plain(change.phrase))
        and not plain(change.phrase).count(f"`{change.targets[0]}`")
    ):
        whom = f"{change.targets[0]}: "
    text = plain(change.phrase)
    named = [node for node in change.nodes if f"`{node}`" not in text]
    if named and change.part != "node":
        whom += f"{few(named)}: "
    place = "" if change.place is None else f"   {change.place.text}"
    return f"{whom}{text}{place}"


def few(names: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; of many only the first."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def again_lines(one: Difference) -> Iterator[str]:
    """Which tasks run again for sure, and which perhaps, in words."""
    sure = [rerun for rerun in one.reruns if rerun.state is Again.RUN]
    perhaps = [rerun for rerun in one.reruns if rerun.state is Again.DEPENDS]
    steps = counted(one.tasks, "step")
    if sure:
        yield f"{len(sure):,} of {steps}: {few(grouped(sure), 8)}"
    if perhaps:
        more = f"{len(perhaps):,} more" if sure else f"{len(perhaps):,} of {steps}"
        inputs = all(plain(rerun.why).endswith("come out the same") for rerun in perhaps)
        why = "if what comes in is not the same" if inputs else "as only a run can tell"
        yield f"{more} may, {why}: {few(grouped(perhaps), 8)}"


def grouped(again: Sequence[Rerun]) -> list[str]:
    """The names of tasks, those of one block once: `trials.m (6)`."""
    counts = Counter(stem(rerun.node) for rerun in again)
    new = Counter(stem(rerun.node) for rerun in again if rerun.new)
    return [f"{name}{_count(count, new[name])}" for name, count in counts.items()]


def _count(count: int, new: int) -> str:
    """` (6)`, ` (new)`, ` (6, 2 new)`, ` (6, new)`; nothing for one that was there before."""
    if count == 1:
        return " (new)" if new else ""
    return f" ({count}{', new' if new == count else f', {new} new' if new else ''})"


def _rows(label: str, texts: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield f"  {'' if number else label:<{_WIDE}}{text}"
