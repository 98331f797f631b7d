"""What is different about a call: its arguments, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...runtime.descriptors import ValueMismatch
from ...runtime.texts import show as show_value
from ..ir import meaning
from ..ir.definitions import Port
from ..ir.nodes import Task
from ..ir.settings import Settings
from ..ir.text.leaves import leaves as settings_leaves
from ..ir.values import Expr, Json, Literal
from ..passes.keys import Spec
from ..reasons.words import leaves, table
from ..types.types import is_artifact, show
from .environments import environment_changes
from .phrase import Name, Phrase, Value, moved
from .sight import Sight
from .spelling import became, setting_text, spelled, text
from .values import Category, Change, Place, Version, Written

# What a key is made of is told from the parts of the key, and what makes a step run always as such.
_TOLD = re.compile(
    r"env(\..*)?|environment\.(?!launcher).*|cache\.(version|key|enabled)|checks(\..*)?|effects"
)
_WORD = re.compile(r"[A-Za-z_]\w*")


def call_changes(was: Task, now: Task, specs: tuple[Spec, Spec], sight: Sight) -> Iterator[Change]:
    """The leaves of the key that belong to one call, and what is in no key."""
    at = sight.new.place(now.span)
    parts = [table(spec.json["parts"]) for spec in specs]
    environments = parts[0]["environment"], parts[1]["environment"]
    said = [task.settings.environment for task in (was, now)]
    if specs[0].json["kind"] == specs[1].json["kind"] or said[0] != said[1]:
        # Another kind of body has another environment where nothing is said of it.
        yield from environment_changes(was, now, environments, sight)
    yield from _key_settings(now, (parts[0]["settings"], parts[1]["settings"]), sight, at)
    yield from _arguments(was, now, sight)
    yield from _caching(was, now, specs, sight, at)
    yield from settings_changes(was.settings, now.settings, sight, at)


def _key_settings(now: Task, sides: tuple[Json, Json], sight: Sight, at: Place) -> Iterator[Change]:
    """`env`, `cache.version`, `cache.key`, `checks`."""
    for path, one, two in leaves(*sides):
        word = ".".join(path)
        match path:
            case ("env", name):
                what: Phrase = ("the environment variable ", Name(name))
            case ("checks", *_):
                what = ("how far checks are made",)
            case _:
                what, word = (Name(f"cache.{word}"),), f"cache.{word}"
        texts = text(one), text(two)
        yield Change(
            Category.SEMANTIC, f"settings.{word}", (*what, *became(*texts)), *texts,
            sight.said_at(now.settings, word) or at,
        )  # fmt: skip


def _caching(
    was: Task, now: Task, specs: tuple[Spec, Spec], sight: Sight, at: Place
) -> Iterator[Change]:
    one, two = (spec.uncacheable for spec in specs)
    if (one is None) != (two is None):
        word = "effects" if now.settings.effects else "cache"
        phrase: Phrase = ("its results may answer other runs from now on",)
        if two is not None:
            phrase = ("it runs in every run from now on: ", Value(two))
        place = sight.said_at(now.settings, word) or at
        yield Change(Category.SEMANTIC, "cache", phrase, one, two, place)
    if was.refresh != now.refresh:
        phrase = ("`reprocess` asks for it anew",)
        if was.refresh:
            phrase = ("`reprocess` does not ask for it any more",)
        yield Change(Category.SEMANTIC, "refresh", phrase, place=at)


def settings_changes(was: Settings, now: Settings, sight: Sight, at: Place) -> Iterator[Change]:
    """What is said of a call and is in no key: resources, retries, time limits, secrets."""
    if was == now:
        return
    before, after = (dict(_opened(dict(settings_leaves(side)))) for side in (was, now))
    for name in sorted(before.keys() | after.keys()):
        texts = setting_text(name, before.get(name)), setting_text(name, after.get(name))
        if texts[0] == texts[1] or _TOLD.fullmatch(name):
            continue
        shown = name.removeprefix("target.")
        phrase: Phrase = (Name(shown), *became(*texts))
        place = sight.said_at(now, shown) or at
        yield Change(Category.OPERATIONAL, f"settings.{name}", phrase, *texts, place)


def _opened(said: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Settings, those that are tables of their own leaf by leaf."""
    for name, value in said.items():
        if isinstance(value, dict):
            for inner, item in _opened(value):
                yield f"{name}.{inner}", item
        else:
            yield name, value


def _arguments(was: Task, now: Task, sight: Sight) -> Iterator[Change]:
    before, after = dict(was.arguments), dict(now.arguments)
    had, has = ({port.name: port for port in task.definition.inputs} for task in (was, now))
    said = sight.old.arguments.get(was.span, {}), sight.new.arguments.get(now.span, {})
    for name in (*after, *(n for n in before if n not in after)):
        written = said[1].get(name)
        place = sight.new.place(written.span if written else now.span)
        part, of = f"arguments.{name}", Name(name)
        if name not in before:
            phrase: Phrase = ("the input ", of, " is new")
            yield Change(Category.SEMANTIC, part, phrase, None, shown(after[name]), place)
            continue
        if name not in after:
            phrase = ("the input ", of, " is gone")
            yield Change(Category.SEMANTIC, part, phrase, shown(before[name]), None, place)
            continue
        x, y = _as_input(before[name], had[name]), _as_input(after[name], has[name])
        if sight.forms[0].of(x, was.id) != sight.forms[1].of(y, now.id):
            yield from _argument((was, now), name, x, y, (said[0].get(name), written), sight)
        elif _retyped(had[name], has[name]):
            types = show(had[name].type), show(has[name].type)
            phrase = (of, " is declared as ", Value(types[1]), " instead of ", Value(types[0]))
            place = sight.new.place(has[name].span)
            yield Change(Category.SEMANTIC, part, phrase, *types, place)


def _argument(
    tasks: tuple[Task, Task],
    name: str,
    x: Expr,
    y: Expr,
    written: tuple[Written | None, Written | None],
    sight: Sight,
) -> Iterator[Change]:
    """An argument that is not what it was; one that is written as before is so for a reason that
    is told elsewhere, where that is the number of branches or partitions."""
    was, now = tasks
    part, of = f"arguments.{name}", Name(name)
    here = written[1]
    same = _line(written[0]) == _line(here)
    place = sight.new.place(here.span if here else now.span)
    if here is None and same:
        place = sight.new.place(now.definition.input(name).span)
        of = Name(f"{now.definition.name}.{name}")
    if isinstance(x, Literal) and isinstance(y, Literal):
        files = is_artifact(x.type) or is_artifact(y.type)
        if same and not files and _is_first(x, y, now, sight):
            return
        one, two = (
            (file_named(x, sight.old), file_named(y, sight.new)) if files else (shown(x), shown(y))
        )
        phrase: Phrase = (of, " changed", *moved(one, two))
        if here is None and same:
            phrase = ("the default of ", of, " changed", *moved(one, two))
        if files:
            phrase = (of, " names ", Name(two), " instead of ", Name(one))
            if one == two:
                phrase = ("what ", Name(two), " holds changed")
        cause = _constant(here, sight) if same else None
        if cause is not None:
            phrase, place = (*phrase, ", as ", Name(cause), " says"), sight.constants[cause]
        yield Change(Category.SEMANTIC, part, phrase, one, two, place)
        return
    if same:
        outlines = sight.outlines
        if outlines[0].of(x, was.id) == outlines[1].of(y, now.id) or _is_first(x, y, now, sight):
            return
        if sight.is_inside(now.id, sight.relisted):
            return
        cause_ = sight.cause(here.text if here else "")
        if cause_ is not None:
            yield cause_
            return
        phrase = (of, " is worked out in another way")
        yield Change(Category.SEMANTIC, part, phrase, place=place)
        return
    one = written[0].text if written[0] else shown(x)
    two = here.text if here else shown(y)
    yield Change(Category.SEMANTIC, part, (of, " changed", *moved(one, two)), one, two, place)


def _is_first(x: Expr, y: Expr, now: Task, sight: Sight) -> bool:
    """Whether what is read before a range begins is missing on one side, as the range is longer."""
    gone = [isinstance(e, Literal) and e.value is None for e in (x, y)]
    return gone[0] != gone[1] and sight.is_inside(now.id, sight.widened)


def _line(written: Written | None) -> str | None:
    return None if written is None else " ".join(written.text.split())


def _constant(written: Written | None, sight: Sight) -> str | None:
    """The constant with another value that an argument mentions."""
    words = [] if written is None else _WORD.findall(written.text)
    return next((word for word in words if word in sight.constants), None)


def file_named(literal: Literal, version: Version) -> str:
    """How a user names the files of a value."""
    match literal.value:
        case {"digest": str(digest)} if digest in version.unknown:
            return version.unknown[digest]
        case {"source": str(source)} if source in version.named:
            return version.named[source]
        case {"name": str(name)}:
            return name
        case list(items) if items:
            return ", ".join(file_named(Literal(literal.type, item), version) for item in items)
        case None:
            return "none"
        case value:
            return text(value) or "none"


def shown(value: Expr) -> str:
    """An expression in words."""
    if not isinstance(value, Literal) or is_artifact(value.type):
        return spelled(value)
    known = meaning.value_of(value)
    if known is None or isinstance(known, list | dict):
        return text(value.value) or "none"
    return show_value(known)


def _as_input(value: Expr, port: Port) -> Expr:
    """A literal as one of the type of the input: `1` as a Float."""
    if not isinstance(value, Literal) or is_artifact(port.type):
        return value
    try:
        return meaning.widened(value, port.type)
    except ValueMismatch:
        return value


def _retyped(was: Port, now: Port) -> bool:
    """Whether a scalar is of another type: types of scalars are in the key, those of files not."""
    old, new = meaning.descriptor_of(was.type), meaning.descriptor_of(now.type)
    return old != new and not is_artifact(now.type)
