"""What is different about one call: the leaves of its key, and what is said of it beside the key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from ...runtime.key import outputs_of
from ...runtime.quantities import show_duration, show_size
from ...runtime.values import show as show_value
from ..ir import meaning
from ..ir.definitions import Port, PythonBody, ShellBody
from ..ir.nodes import Task
from ..ir.settings import Settings
from ..ir.text.leaves import leaves as said_of
from ..ir.text.spell import expression_text
from ..ir.values import Expr, Json, Literal
from ..passes.keys import Spec
from ..passes.pins import entries
from ..source import Span
from ..types.types import is_artifact, show
from .forms import Forms
from .phrase import Name, Phrase, Value, moved
from .values import Category, Change, Place, Version

# What a key is made of is told from the parts of the key.
_IN_KEY = re.compile(r"env(\..*)?|environment\..*|cache\.(version|key)|checks(\..*)?")


def definition_changes(was: Task, now: Task, a: Spec, b: Spec, new: Version) -> Iterator[Change]:
    """What is different about the step: its body, its outputs."""
    old, parts = _object(a.json["parts"]), _object(b.json["parts"])
    place = new.place(now.definition.span)
    if old["body"] != parts["body"]:
        yield from _body(was, now, a, b, new)
    had, has = dict(_ports(a)), dict(_ports(b))
    spans = {port.name: port.span for port in now.definition.outputs}
    types = {port.name: show(port.type) for port in was.definition.outputs}
    step = Name(now.definition.name)
    for name in sorted(had.keys() | has.keys()):
        at = new.place(spans[name]) if name in spans else place
        part = f"outputs.{name}"
        if name not in had:
            phrase: Phrase = ("the step ", step, " has a new output ", Name(name))
            yield Change(Category.SEMANTIC, part, phrase, place=at)
        elif name not in has:
            phrase = ("the step ", step, " has no output ", Name(name), " any more")
            yield Change(Category.SEMANTIC, part, phrase, place=at)
        elif had[name] != has[name]:
            said = show(now.definition.output(name).type)
            phrase = ("the output ", Name(name), " of ", step, " changed")
            if types[name] == said:
                phrase = (
                    "the columns or checks of ",
                    Value(said),
                    ", which ",
                    step,
                    " gives, changed",
                )
            else:
                phrase = (*phrase, *moved(types[name], said))
            yield Change(Category.SEMANTIC, part, phrase, types[name], said, at)


def call_changes(
    was: Task, now: Task, a: Spec, b: Spec, forms: tuple[Forms, Forms], old: Version, new: Version
) -> Iterator[Change]:
    """What is different about a call apart from its step: arguments, environment, settings."""
    parts = tuple(
        _object(_object(spec.json["parts"])[part])
        for spec in (a, b)
        for part in ("environment", "settings")
    )
    at = new.place(now.span)
    for path, one, two in leaves(parts[0], parts[2]):
        yield from _environment(path, one, two, was, now, new)
    for path, one, two in leaves(parts[1], parts[3]):
        word = ".".join(path)
        what: Phrase = ("`cache.", Value(word), "`")
        spot = f"cache.{word}"
        if path[0] == "env":
            what, spot = ("the environment variable ", Name(path[-1])), word
        elif path[0] == "checks":
            what, spot = ("how far checks are made",), "checks"
        place = _said_at(now.settings, spot, new) or at
        yield Change(
            Category.SEMANTIC, f"settings.{word}", (*what, " changed", *_from(one, two)),
            text(one), text(two), place,
        )  # fmt: skip
    yield from _arguments(was, now, forms, old, new)
    if a.uncacheable != b.uncacheable:
        yield _caching(a, b, new.place(now.span))
    if was.refresh != now.refresh:
        phrase: Phrase = (
            ("`reprocess` now asks for it anew",)
            if now.refresh
            else ("`reprocess` asks for it no more",)
        )
        yield Change(Category.SEMANTIC, "refresh", phrase, place=at)
    yield from settings_changes(was.settings, now.settings, new, at)


def _ports(spec: Spec) -> Iterator[tuple[str, Json]]:
    for row in outputs_of(spec.json):
        name, type_ = cast("list[Json]", row)
        yield str(name), type_


def _body(was: Task, now: Task, a: Spec, b: Spec, new: Version) -> Iterator[Change]:
    step, place = Name(now.definition.name), new.place(now.definition.span)
    before, after = _symbols(a), _symbols(b)
    found = False
    # A file that was only renamed changes the labels of what is in it, and nothing else.
    moved_on = {digest for digest in before.values()} & {digest for digest in after.values()}
    for symbol in sorted(before.keys() | after.keys()):
        if before.get(symbol) == after.get(symbol):
            continue
        if (before.get(symbol) or after.get(symbol)) in moved_on and not (
            symbol in before and symbol in after
        ):
            continue
        verb = " changed"
        if symbol not in before:
            verb = " is new"
        elif symbol not in after:
            verb = " is not used any more"
        found = True
        yield Change(
            Category.SEMANTIC, f"body.{symbol}", (Name(symbol), verb),
            place=new.symbols.get(symbol, place),
        )  # fmt: skip
    if found:
        return
    kinds = str(a.json["kind"]), str(b.json["kind"])
    phrase: Phrase = (f"the {kinds[1]} body of ", step, " changed")
    if kinds[0] != kinds[1]:
        phrase = (step, f" runs a {kinds[1]} body instead of a {kinds[0]} one")
    elif isinstance(was.definition.body, ShellBody) and isinstance(now.definition.body, ShellBody):
        old_files, files = (
            {f.path.removeprefix("code/"): f.content for f in body.files}
            for body in (was.definition.body, now.definition.body)
        )
        if was.definition.body.text == now.definition.body.text:
            for path in sorted(old_files.keys() | files.keys()):
                if old_files.get(path) != files.get(path):
                    yield Change(
                        Category.SEMANTIC, f"body.{path}", (Name(path), " changed"), place=place
                    )
            return
    elif isinstance(was.definition.body, PythonBody) and isinstance(
        now.definition.body, PythonBody
    ):
        old_name, name = (
            f"{x.module}:{x.function}" for x in (was.definition.body, now.definition.body)
        )
        if old_name != name:
            phrase = (step, " runs ", Name(name), " instead of ", Name(old_name))
    yield Change(Category.SEMANTIC, "body", phrase, place=place)


def _symbols(spec: Spec) -> Mapping[str, Json]:
    return _object(_object(spec.json["explain"]).get("symbols"))


def _environment(
    path: tuple[str, ...], one: Json, two: Json, was: Task, now: Task, new: Version
) -> Iterator[Change]:
    """A leaf of the environment: of lists of packages those that differ."""
    word = path[0] if path else "environment"
    place = _said_at(now.settings, f"environment.{_WRITTEN.get(word, word)}", new) or new.place(
        now.span
    )
    part = ".".join(("environment", *path))
    if word in ("lock", "requirements", "packages"):
        for name, before, after in _versions(_pins(was, one), _pins(now, two)):
            phrase: Phrase = (Name(name), *_went(before, after))
            yield Change(Category.SEMANTIC, f"{part}.{name}", phrase, before, after, place)
            place = place
        if (
            one is not None
            and two is not None
            and not list(_versions(_pins(was, one), _pins(now, two)))
        ):
            file = now.settings.environment.lockfile or now.settings.environment.requirements
            named = Name(file[0]) if file else Name(word)
            yield Change(Category.SEMANTIC, part, (named, " changed"), place=place)
        return
    what = {"image": "the image", "python": "the version of Python"}.get(
        word, f"the {word} it runs in"
    )
    yield Change(
        Category.SEMANTIC, part, (what, " changed", *_from(one, two)), text(one), text(two), place
    )


_WRITTEN = {"lock": "lockfile"}


def _pins(task: Task, value: Json) -> dict[str, str]:
    """The packages of an environment by name, each with what is said of its version."""
    environment = task.settings.environment
    lines: list[str] = []
    if isinstance(value, list):
        lines = [str(item) for item in value]
    elif value is not None:
        for file in (environment.lockfile, environment.requirements):
            if file is not None:
                lines = list(entries(file[1]))
                break
    found: dict[str, str] = {}
    for line in lines:
        match = re.match(r"[A-Za-z0-9][\w.-]*(\[[^\]]*\])?", line)
        if match is not None:
            found[match[0]] = line[match.end() :].partition(" --hash")[0].strip().removeprefix("==")
    return found


def _versions(
    before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _went(before: str | None, after: str | None) -> Phrase:
    if before is None:
        return (
            (" ", Value(after or ""), " is new in the environment")
            if after
            else (" is new in the environment",)
        )
    if after is None:
        return (" is no more in the environment",)
    return (" changed", *moved(before or "any version", after or "any version"))


def _arguments(
    was: Task, now: Task, forms: tuple[Forms, Forms], old: Version, new: Version
) -> Iterator[Change]:
    before, after = dict(was.arguments), dict(now.arguments)
    ports = {port.name: port for port in now.definition.inputs}
    had = {port.name: port for port in was.definition.inputs}
    said = old.arguments.get(was.span, {}), new.arguments.get(now.span, {})
    for name in (*after, *(n for n in before if n not in after)):
        written = said[1].get(name)
        place = new.place(written.span) if written else new.place(now.span)
        part, of = f"arguments.{name}", Name(name)
        if name not in before:
            phrase: Phrase = ("the input ", of, " is new")
            yield Change(Category.SEMANTIC, part, phrase, None, shown(after[name]), place)
        elif name not in after:
            phrase = ("the input ", of, " is gone")
            yield Change(Category.SEMANTIC, part, phrase, shown(before[name]), None, place)
        else:
            x, y = _as_input(before[name], had[name]), _as_input(after[name], ports[name])
            if forms[0].of(x, was.id) == forms[1].of(y, now.id):
                if _retyped(had[name], ports[name], y):
                    types = show(had[name].type), show(ports[name].type)
                    phrase = (
                        of,
                        " is declared as ",
                        Value(types[1]),
                        " instead of ",
                        Value(types[0]),
                    )
                    yield Change(
                        Category.SEMANTIC, part, phrase, *types, new.place(ports[name].span)
                    )
                continue
            yield _argument(name, x, y, said[0].get(name), written, place, old, new)


def _argument(
    name: str, x: Expr, y: Expr, was, now, place: Place, old: Version, new: Version
) -> Change:  # type: ignore[no-untyped-def]
    part, of = f"arguments.{name}", Name(name)
    files = is_artifact(x.type) or is_artifact(y.type)
    if isinstance(x, Literal) and isinstance(y, Literal) and not files:
        one, two = shown(x), shown(y)
        return Change(Category.SEMANTIC, part, (of, " changed", *moved(one, two)), one, two, place)
    if isinstance(x, Literal) and isinstance(y, Literal):
        one, two = file_named(x, old), file_named(y, new)
        if one == two:
            return Change(
                Category.SEMANTIC, part, ("what ", Name(two), " holds changed"), place=place
            )
        return Change(
            Category.SEMANTIC,
            part,
            (of, " names other files:", *_instead(one, two)),
            one,
            two,
            place,
        )
    one = was.text if was else shown(x)
    two = now.text if now else shown(y)
    if " ".join(one.split()) == " ".join(two.split()):
        return Change(Category.SEMANTIC, part, (of, " is worked out otherwise before"), place=place)
    return Change(Category.SEMANTIC, part, (of, " changed", *moved(one, two)), one, two, place)


def _instead(one: str, two: str) -> Phrase:
    return (" ", Name(two), " instead of ", Name(one))


def file_named(literal: Literal, version: Version) -> str:
    """How a user names the files of a value."""
    match literal.value:
        case {"digest": str(digest)} if digest in version.unknown:
            return version.unknown[digest]
        case {"name": str(name)}:
            return name
        case list(items) if items:
            return ", ".join(file_named(Literal(literal.type, item), version) for item in items)
        case None:
            return "none"
        case _:
            return str(literal.value)


def _as_input(value: Expr, port: Port) -> Expr:
    if isinstance(value, Literal) and not is_artifact(port.type):
        try:
            return meaning.widened(value, port.type)
        except ValueError:
            return value
    return value


def _retyped(was: Port, now: Port, value: Expr) -> bool:
    """Whether a scalar is the same in another type: types of scalars are in the key."""
    return not is_artifact(now.type) and meaning.descriptor_of(was.type) != meaning.descriptor_of(
        now.type
    )


def shown(value: Expr) -> str:
    """An expression in words."""
    if isinstance(value, Literal) and not is_artifact(value.type):
        known = meaning.value_of(value)
        if known is None:
            return "none"
        if isinstance(known, list | dict):
            return text(value.value) or "none"
        return show_value(known)
    return expression_text(value)


def _caching(a: Spec, b: Spec, place: Place) -> Change:
    if b.uncacheable is None:
        phrase: Phrase = ("its results may answer other runs from now on",)
    else:
        phrase = ("its results answer no other run any more: ", Value(b.uncacheable))
    return Change(Category.SEMANTIC, "cache", phrase, a.uncacheable, b.uncacheable, place)


def settings_changes(was: Settings, now: Settings, new: Version, at: Place) -> Iterator[Change]:
    """What is said of a call and is in no key: resources, retries, time limits, secrets."""
    before, after = dict(said_of(was)), dict(said_of(now))
    flat = [dict(_opened(table)) for table in (before, after)]
    for name in sorted(flat[0].keys() | flat[1].keys()):
        if _IN_KEY.fullmatch(name) and name != "environment.launcher":
            continue
        if name in ("effects", "cache.enabled"):
            continue
        one, two = flat[0].get(name), flat[1].get(name)
        if one == two:
            continue
        shown = setting_text(name, one), setting_text(name, two)
        place = _said_at(now, name.removeprefix("target."), new) or at
        yield Change(
            Category.OPERATIONAL, f"settings.{name}",
            (Name(name.removeprefix("target.")), *_set(*shown)), *shown, place,
        )  # fmt: skip


def _opened(table: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The settings with those that are tables of their own leaf by leaf."""
    for name, value in table.items():
        if isinstance(value, dict):
            for inner, item in _opened(value):
                yield f"{name}.{inner}", item
        else:
            yield name, value


def _set(one: str | None, two: str | None) -> Phrase:
    if one is None:
        return (" is now ", Value(two or "none"))
    if two is None:
        return (" is not set any more; it was ", Value(one))
    return (" changed", *moved(one, two))


def setting_text(name: str, value: Json) -> str | None:
    """A setting as a user writes it: `16GB`, `45m`."""
    last = name.rpartition(".")[2]
    match last, value:
        case _, None:
            return None
        case (("memory" | "disk" | "shm"), int(size)):
            return show_size(size)
        case (("timeout" | "ttl"), int() | float()):
            return _seconds(value)
        case "backoff", [str(kind), int() | float() as first, *rest]:
            most = (
                f", max = {_seconds(rest[0])}" if rest and isinstance(rest[0], int | float) else ""
            )
            return f"{kind}({_seconds(first)}{most})"
        case _, list(items):
            return ", ".join(str(text(item)) for item in items)
        case _:
            return text(value)


def _seconds(value: float) -> str:
    from datetime import timedelta

    return show_duration(timedelta(seconds=value))


def _said_at(settings: Settings, name: str, new: Version) -> Place | None:
    """Where a setting was written: it, or what holds it."""
    while name:
        span: Span | None = settings.span(name)
        if span is not None:
            return new.place(span)
        name = name.rpartition(".")[0]
    return None


def leaves(
    was: Json, now: Json, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    """The places where two JSON values differ, deepest first named."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(was.keys() | now.keys()):
            yield from leaves(was.get(name), now.get(name), (*path, name))
    elif was != now:
        yield path, was, now


def text(value: Json) -> str | None:
    """A JSON value as text."""
    import json

    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _from(one: Json, two: Json) -> Phrase:
    before, after = text(one), text(two)
    return moved(before or "nothing", after or "nothing")


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
