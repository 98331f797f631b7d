"""A comparison as a comment on a pull request: a summary, a table, and the details folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .condense import MANY, condensed, few_renames
from .phrase import Name, Phrase, Value, counted
from .telling import few, grouped, head, moves, totals
from .values import (
    ORDER,
    Again,
    Change,
    Difference,
    FileDifference,
    Refusal,
    Rerun,
)

MARK = "<!-- mlp diff -->"
"""The first line, by which a workflow finds the comment that it made before."""

LONGEST = 60_000
"""A comment on GitHub takes 65,536 characters."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")


def markdown(a: str, b: str, found: Sequence[FileDifference]) -> str:
    """The comment. Whatever comes from the user stands in `<code>`, every sign of it that could
    mean anything to Markdown or HTML as a number, so that no name makes markup, a link or a
    mention."""
    told = [each for each in found if not each.same]
    lines = [MARK, f"### Pipelines: {_title(told)}", "", f"{code(a)} → {code(b)}", ""]
    if not told:
        lines.append(f"{counted(sum(len(e.pipelines) for e in found), 'pipeline')} compared.")
        return "\n".join(lines) + "\n"
    lines += [
        "| pipeline | change | runs again | may run again | targets |",
        "|---|---|---|---|---|",
    ]
    lines += [row for each in told for row in _rows(each)]
    lines += ["", f"{totals(found)}.", ""]
    for each in told:
        section = [*_details(each)]
        if sum(map(len, lines)) + sum(map(len, section)) > LONGEST:
            lines += ["", "More than a comment can hold: `mlp diff` tells the rest."]
            break
        lines += section
    return "\n".join(lines).rstrip() + "\n"


def code(text: str) -> str:
    """What a user wrote, shown as it is and taken for nothing else."""
    return f"<code>{encoded(text)}</code>" if text else "<code>&#32;</code>"


def encoded(text: str) -> str:
    """Every sign but letters, digits and spaces as a number, control characters as escapes."""
    return "".join(c if c in _PLAIN else _number(c) for c in text)


def _number(sign: str) -> str:
    if not sign.isprintable():
        return "".join(f"&#{ord(c)};" for c in ascii(sign)[1:-1])
    return f"&#{ord(sign)};"


def _said(phrase: Phrase) -> str:
    """Our words as they are, but for the quotes of what is a word of the language."""
    return "".join(code(part.text) if isinstance(part, Name | Value) else part for part in phrase)


def _title(told: Sequence[FileDifference]) -> str:
    pipelines = [one for each in told for one in each.pipelines if not one.same]
    if any(each.refused for each in told):
        return "there are errors"
    if any(one.breaks for one in pipelines) or any(each.removed for each in told):
        return "this breaks callers"
    states = [rerun.state for one in pipelines for rerun in one.reruns]
    if Again.RUN in states:
        return f"this runs {counted(states.count(Again.RUN), 'step')} again"
    if states:
        return f"this may run {counted(len(states), 'step')} again"
    if not told:
        return "nothing changes"
    return "this runs nothing again"


def _rows(each: FileDifference) -> Iterator[str]:
    path = each.path
    for refusal in each.refused:
        number = counted(len(refusal.short), "error")
        yield f"| {code(path)} | {number} in {code(refusal.name)} | | | |"
    for name in each.added:
        yield f"| {code(path)} {code(name)} | new | | | |"
    for name in each.removed:
        yield f"| {code(path)} {code(name)} | **gone** | | | |"
    for one in each.pipelines:
        if one.same and not each.moved:
            continue
        what = "renamed" if one.same else head(one)
        targets = [t for t in one.targets if moves(t)]
        cells = (
            f"{code(path)} {code(one.name)}",
            f"**{what}**" if one.breaks else what,
            _names(one.reruns, Again.RUN),
            _names(one.reruns, Again.DEPENDS),
            ", ".join(f"{code(t.name)} {t.effect.value}" for t in targets),
        )
        yield f"| {' | '.join(cells)} |"


def _names(again: Sequence[Rerun], state: Again) -> str:
    names = grouped([rerun for rerun in again if rerun.state is state])
    shown = [code(name) for name in names]
    return few(shown, 3) if shown else ""


def _details(each: FileDifference) -> Iterator[str]:
    for refusal in each.refused:
        yield from _folded(f"Errors in {code(refusal.name)}", _errors(refusal))
    for one in each.pipelines:
        items = list(_items(each, one))
        if items:
            yield from _folded(f"{code(each.path)} {code(one.name)}", items)


def _folded(title: str, items: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from items
    yield ""
    yield "</details>"
    yield ""


def _errors(refusal: Refusal) -> list[str]:
    return [f"- {code(line)}" for line in refusal.short]


def _items(each: FileDifference, one: Difference) -> Iterator[str]:
    if each.moved:
        yield f"- **renamed** file {code(each.was or '')} → {code(each.now or '')}"
    changes = condensed(one.changes)
    for change in changes:
        if change.breaks:
            yield f"- **breaks callers** {_change(change)}"
    for category in reversed(ORDER):
        for change in changes:
            if change.category is category and not change.breaks:
                yield f"- **{category.value}** {_change(change)}"
    renames, more = few_renames(one.renames)
    for rename in renames:
        yield f"- **renamed** {rename.kind} {code(rename.was)} → {code(rename.now)}"
    if more:
        yield f"- **renamed** {more}"
    for state, words in ((Again.RUN, "runs again"), (Again.DEPENDS, "may run again")):
        names = grouped([rerun for rerun in one.reruns if rerun.state is state])
        if names:
            yield f"- **{words}** {few([code(name) for name in names], MANY)}"
    for target in one.targets:
        if moves(target):
            there = few([code(name) for name in grouped(target.reruns)], 8) if target.reruns else ""
            again = f"; runs {there} again there" if there else ""
            yield f"- **target** {code(target.name)} ({target.kind}): {_said(target.phrase)}{again}"
    for phrase in one.unseen:
        yield f"- **not compared** {_said(phrase)}"


def _change(change: Change) -> str:
    whom = ""
    if change.targets:
        whom = f"{', '.join(map(code, change.targets))}: "
    if change.nodes and change.part != "node":
        whom += f"{few([code(node) for node in change.nodes])}: "
    place = "" if change.place is None else f" ({code(change.place.text)})"
    return f"{whom}{_said(change.phrase)}{place}"
