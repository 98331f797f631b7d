"""Compares what a stored result was made from with what would make it today."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ...runtime.key import outputs_of
from ...runtime.record import Record
from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.keys import Spec
from .body import body_changes
from .environment import environment_changes
from .inputs import input_changes, port_of
from .reason import Reason
from .words import Text, leaves, moved, said, table


def changes(
    task: Task,
    spec: Spec,
    last: Record,
    today: Record | None,
    text_of: Text = lambda digest: None,
    *,
    borrowed: bool = False,
) -> tuple[Reason, ...]:
    """What changed since `last`, what a person changed before what follows from it.

    `today` is None while the inputs are not known: then only the static half is compared.
    `borrowed` says that another branch or partition made `last`, where its inputs were equal.
    """
    return tuple(_changes(task, spec, last, today, text_of, borrowed))


def _changes(
    task: Task, spec: Spec, last: Record, today: Record | None, text_of: Text, borrowed: bool
) -> Iterator[Reason]:
    static = table(spec.json["parts"])
    if last.parts.get("scheme", 1) != 1:
        yield Reason("scheme", "Millpond keeps its results in another way now", span=task.span)
    if last.parts["body"] != static["body"]:
        yield from body_changes(task, spec, last, text_of)
    yield from environment_changes(task, spec, last, text_of)
    yield from _settings(task, last.parts["settings"], static["settings"])
    if last.parts["outputs"] != outputs_of(spec.json):
        yield from _outputs(task, last.parts["outputs"], outputs_of(spec.json))
    if today is not None:
        yield from _arguments(task, last, today, borrowed)


def _settings(task: Task, was: Json, now: Json) -> Iterator[Reason]:
    for path, old, new in leaves(was, now):
        span = task.settings.span(_written(path)) or task.settings.span(_written(path[:1]))
        was_said, now_said = (None if value is None else said(value) for value in (old, new))
        what = _setting(path)
        if was_said is None:
            text = f"{what} is {now_said} now"
        elif now_said is None:
            text = f"{what} is not set any more"
        else:
            text = f"{what} changed {moved(was_said, now_said)}"
        yield Reason(".".join(("settings", *path)), text, was_said, now_said, span or task.span)


def _written(path: tuple[str, ...]) -> str:
    """A setting as it is written: `cache.version`, `env.MODE`."""
    return f"cache.{path[0]}" if path and path[0] in ("version", "key") else ".".join(path)


def _setting(path: tuple[str, ...]) -> str:
    match path:
        case ("env", name):
            return f"the environment variable `{name}`"
        case _:
            return f"`{_written(path)}`"


def _outputs(task: Task, was: Json, now: list[Json]) -> Iterator[Reason]:
    spans = {port.name: port.span for port in task.definition.outputs}
    had, has = (
        {said(name): of for name, of in cast("list[tuple[Json, Json]]", rows)}
        for rows in (was or [], now)
    )
    for name in sorted(had.keys() | has.keys()):
        if had.get(name) == has.get(name):
            continue
        verb = "is declared otherwise"
        if name not in had:
            verb = "is new"
        elif name not in has:
            verb = "is gone"
        span = spans.get(name, task.definition.span)
        yield Reason(f"outputs.{name}", f"the output `{name}` {verb}", span=span)


def _arguments(task: Task, last: Record, today: Record, borrowed: bool) -> Iterator[Reason]:
    spans = {port.name: port.span for port in task.definition.inputs}
    had, has = _ports(last), _ports(today)
    for name in sorted(had ^ has):
        verb = "is new" if name in has else "is gone"
        text = f"the input `{name}` {verb}"
        yield Reason(f"arguments.{name}", text, span=task.span, input=name, call=task.span)
    for name in _retyped(last.parts["arguments"], today.parts["arguments"]):
        text = f"`{name}` is declared as another type"
        yield Reason(f"arguments.{name}", text, span=spans.get(name, task.span))
    was, now = (_plain(record.parts["arguments"]) for record in (last, today))
    for path, old, new in leaves(was, now):
        if path[0] not in had & has:
            continue
        text = f"`{'.'.join(path)}` changed {moved(said(old), said(new))}"
        part, span = ".".join(("arguments", *path)), task.span
        yield Reason(part, text, said(old), said(new), span, input=path[0], call=span)
    yield from input_changes(task, last, today, had & has, spans, borrowed)


def _ports(record: Record) -> set[str]:
    """The inputs that a result was made from."""
    return {*table(record.parts["arguments"]), *(port_of(name) for name, _ in record.inputs)}


def _retyped(was: Json, now: Json) -> Iterator[str]:
    """The arguments whose value is the same in another type: `1` as Int and as Float."""
    before, after = table(was), table(now)
    for name in sorted(before.keys() & after.keys()):
        old, new = cast("list[Json]", before[name]), cast("list[Json]", after[name])
        if old[0] != new[0] and old[1] == new[1]:
            yield name


def _plain(arguments: Json) -> Json:
    """Arguments without their types, which the program shows anyway."""
    return {name: cast("list[Json]", pair)[1] for name, pair in table(arguments).items()}
