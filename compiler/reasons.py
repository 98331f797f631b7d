"""Reasons: the leaves in which a stored result's key differs from today's, in the user's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

from ..runtime.dataclass import dataclass
from ..runtime.key import outputs_of
from ..runtime.record import Record
from .ir.nodes import Task
from .ir.values import Json
from .passes.keys import Spec
from .source import Span


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node is not a hit; `part` is the leaf of the key that changed."""

    part: str
    text: str
    was: str | None = None
    now: str | None = None
    span: Span | None = None


def changes(task: Task, spec: Spec, last: Record, today: Record | None) -> tuple[Reason, ...]:
    """What changed since `last`, the newest result of this node.

    `today` is None while the inputs are not known: then only the static half is compared.
    """
    return tuple(_changes(task, spec, last, today))


def _changes(task: Task, spec: Spec, last: Record, today: Record | None) -> Iterator[Reason]:
    static = _object(spec.json["parts"])
    if last.parts["body"] != static["body"]:
        yield from _body(task, spec, last)
    for part in ("environment", "settings"):
        for path, was, now in _leaves(last.parts[part], static[part]):
            name = ".".join((part, *path))
            yield Reason(name, f"{_said(part, path)} changed", was, now, task.span)
    if last.parts["outputs"] != outputs_of(spec.json):
        yield Reason("outputs", "its outputs are declared otherwise", span=task.definition.span)
    if today is None:
        return
    spans = {port.name: port.span for port in task.definition.inputs}
    had, has = _ports(last), _ports(today)
    for name in sorted(had ^ has):
        verb = "is new" if name in has else "is gone"
        yield Reason(f"arguments.{name}", f"the input `{name}` {verb}", span=task.span)
    for name in _retyped(last.parts["arguments"], today.parts["arguments"]):
        text = f"`{name}` is declared as another type"
        yield Reason(f"arguments.{name}", text, span=spans.get(name, task.span))
    for path, was, now in _leaves(
        _plain(last.parts["arguments"]), _plain(today.parts["arguments"])
    ):
        if path[0] not in had & has:
            continue
        text = f"`{path[0]}` changed from {was} to {now}"
        yield Reason(".".join(("arguments", *path)), text, was, now, task.span)
    before, after = dict(last.inputs), dict(today.inputs)
    for name in sorted(before.keys() | after.keys()):
        port = _port(name)
        if before.get(name) != after.get(name) and port in had & has:
            text = f"what comes in as `{name}` changed"
            yield Reason(f"inputs.{name}", text, span=spans.get(port, task.span))


def _ports(record: Record) -> set[str]:
    """The inputs that a result was made from."""
    return {*_object(record.parts["arguments"]), *(_port(name) for name, _ in record.inputs)}


def _port(name: str) -> str:
    """The input that `rows[0]` or `parts.train` is a part of."""
    return name.partition("[")[0].partition(".")[0]


def _body(task: Task, spec: Spec, last: Record) -> Iterator[Reason]:
    """Python bodies name the symbols that changed; other bodies are one leaf."""
    explained = _object(last.provenance.get("explain"))
    before = _object(explained.get("symbols"))
    after = _object(_object(spec.json["explain"]).get("symbols"))
    found = False
    for symbol in sorted(before.keys() | after.keys()):
        if before.get(symbol) == after.get(symbol):
            continue
        verb = "changed"
        if symbol not in before:
            verb = "is new"
        elif symbol not in after:
            verb = "is not used any more"
        found = True
        yield Reason(f"body.{symbol}", f"`{symbol}` {verb}", span=task.definition.span)
    if not found:
        text = f"the {spec.json['kind']} body of `{task.definition.name}` changed"
        yield Reason("body", text, span=task.definition.span)


def _leaves(
    was: Json, now: Json, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """The places where two JSON values differ, deepest first named, with both sides as text."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(was.keys() | now.keys()):
            yield from _leaves(was.get(name), now.get(name), (*path, name))
    elif was != now:
        yield path, _text(was), _text(now)


def _retyped(was: Json, now: Json) -> Iterator[str]:
    """The arguments whose value is the same in another type: `1` as Int and as Float."""
    before, after = _object(was), _object(now)
    for name in sorted(before.keys() & after.keys()):
        old, new = cast("list[Json]", before[name]), cast("list[Json]", after[name])
        if old[0] != new[0] and old[1] == new[1]:
            yield name


def _plain(arguments: Json) -> Json:
    """Arguments without their types, which the program shows anyway."""
    return {name: cast("list[Json]", pair)[1] for name, pair in _object(arguments).items()}


def _said(part: str, path: tuple[str, ...]) -> str:
    match part, path:
        case "settings", ("env", name):
            return f"the environment variable `{name}`"
        case "settings", (name, *_):
            return f"`cache.{name}`"
        case _:
            return f"the {path[0] if path else part} it runs in"


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "nothing" if value is None else json.dumps(value, sort_keys=True)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
