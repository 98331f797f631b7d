"""What changed in what comes in: files by their names, and what other nodes give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...runtime.dataclass import replace
from ...runtime.record import Record
from ..ir.nodes import Task
from ..ir.values import Json, PortRef, references
from ..source import Span
from .reason import Reason
from .words import size, table

MOST = 3
"""Of more parts of one input it is said how many there are."""

CODE = ".code"
"""Ends the part of an input that says what the code does which its bytes name."""

_BRACKETS = re.compile(r"\[[^\]]*\]")


def input_changes(
    task: Task,
    last: Record,
    today: Record,
    ports: set[str],
    spans: dict[str, Span],
    borrowed: bool,
) -> Iterator[Reason]:
    """The contents that differ, of inputs that there were and are. Where files of `last` lie tells
    nothing of this node if it is `borrowed`."""
    before, after = dict(last.inputs), dict(today.inputs)
    changed: dict[str, list[str]] = {}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name) and port_of(name) in ports:
            changed.setdefault(port_of(name), []).append(name)
    for port, names in changed.items():
        span = spans.get(port)
        was, now = _sources(last, port), _sources(today, port)
        if borrowed and len(was) == len(now) == 1:
            was = dict(zip(now, was.values(), strict=True))
        files = [
            replace(reason, input=port, call=task.span) for reason in _files(port, was, now, span)
        ]
        if files:
            yield from files
            continue
        makers = _makers(task, port)
        of = f" from {makers}" if makers else ""
        told = [(name, _told(name, of)) for name in names]
        had, has = (
            sum(port_of(name) == port and not name.endswith(CODE) for name in held)
            for held in (before, after)
        )
        if had != has:
            told = [(port, f"`{port}`{of} has {has} {'part' if has == 1 else 'parts'}, was {had}")]
        elif len(names) > MOST:
            told = [(port, f"what comes in as `{port}`{of} changed in {len(names)} of {has} parts")]
        for name, text in told:
            span = spans.get(port, task.span)
            yield Reason(f"inputs.{name}", text, span=span, input=port, call=task.span)


def _told(name: str, of: str) -> str:
    if name.endswith(CODE):
        return f"the code that `{name.removesuffix(CODE)}`{of} names changed"
    return f"what comes in as `{name}`{of} changed"


def port_of(name: str) -> str:
    """The input that `rows[0]` or `parts.train` is a part of."""
    return name.partition("[")[0].partition(".")[0]


def _makers(task: Task, port: str) -> str:
    """The nodes whose outputs an input reads."""
    value = dict(task.arguments).get(port)
    found = [] if value is None else [r.node for r in references(value) if isinstance(r, PortRef)]
    plain = [_BRACKETS.sub("", name) for name in found] if len(found) > 2 else found
    names = [f"`{name}`" for name in dict.fromkeys(plain)]
    return " and ".join(names) if len(names) < 3 else ""


def _sources(record: Record, port: str) -> dict[str, list[Json]]:
    """The digest and size of each file that came in from outside, by where it lies."""
    found = table(table(record.provenance.get("sources")).get(port))
    return {source: row for source, row in found.items() if isinstance(row, list)}


def _files(
    port: str, was: dict[str, list[Json]], now: dict[str, list[Json]], span: Span | None
) -> Iterator[Reason]:
    for source in sorted(was.keys() | now.keys()):
        old, new = was.get(source), now.get(source)
        before, after = _size(old), _size(new)
        if old is None:
            text = f"`{source}` is new ({after})"
        elif new is None:
            text = f"`{source}` is not read any more"
        elif old[0] == new[0]:
            continue
        else:
            sizes = f"still {after}" if before == after else f"{after}, was {before}"
            text = f"`{source}` changed ({sizes})"
        file = None if new is None else source
        yield Reason(f"inputs.{port}", text, before, after, span, file)


def _size(row: list[Json] | None) -> str | None:
    count = None if row is None or len(row) < 2 else row[1]
    return size(count) if isinstance(count, int) else None
