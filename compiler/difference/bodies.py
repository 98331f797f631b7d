"""What is different about a step as declared: its body, and what it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

from ...runtime.key import outputs_of
from ..ir.definitions import ContainerBody, PythonBody, ShellBody
from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.keys import Spec
from ..reasons.words import first_difference, table
from ..types.types import show
from .phrase import Name, Phrase, Value, moved, short
from .sight import Sight
from .spelling import spelled
from .values import Category, Change, Place, Rename


def definition_changes(
    was: Task, now: Task, specs: tuple[Spec, Spec], sight: Sight
) -> Iterator[Change]:
    """The leaves of the key that all calls of the step share."""
    place = sight.new.place(now.definition.span)
    one, two = (table(spec.json["parts"])["body"] for spec in specs)
    if one != two:
        yield from _body(was, now, specs, sight, place)
    yield from _outputs(was, now, specs, sight, place)


def moved_code(was: Task, now: Task) -> Iterator[Rename]:
    """Other names for the module or the function of a body that is the same."""
    old, new = was.definition.body, now.definition.body
    if isinstance(old, PythonBody) and isinstance(new, PythonBody) and old.digest == new.digest:
        if old.module != new.module:
            yield Rename("module", old.module, new.module)
        if old.function != new.function:
            yield Rename("function", old.function, new.function)


def _outputs(
    was: Task, now: Task, specs: tuple[Spec, Spec], sight: Sight, place: Place
) -> Iterator[Change]:
    had, has = (dict(_ports(spec)) for spec in specs)
    spans = {port.name: port.span for port in now.definition.outputs}
    step = Name(now.definition.name)
    for name in sorted(had.keys() | has.keys()):
        at = sight.new.place(spans[name]) if name in spans else place
        part = f"outputs.{name}"
        if name not in had:
            phrase: Phrase = ("the step ", step, " has a new output ", Name(name))
            yield Change(Category.SEMANTIC, part, phrase, place=at)
        elif name not in has:
            phrase = ("the step ", step, " has no output ", Name(name), " any more")
            yield Change(Category.SEMANTIC, part, phrase, place=at)
        elif had[name] != has[name]:
            old, new = (show(task.definition.output(name).type) for task in (was, now))
            phrase = ("the output ", Name(name), " of ", step, " changed", *moved(old, new))
            if old == new:
                phrase = (
                    "the columns or checks of ",
                    Value(new),
                    ", which ",
                    step,
                    " gives, changed",
                )
            yield Change(Category.SEMANTIC, part, phrase, old, new, at)


def _ports(spec: Spec) -> Iterator[tuple[str, Json]]:
    for row in outputs_of(spec.json):
        name, type_ = cast("list[Json]", row)
        yield str(name), type_


def _body(
    was: Task, now: Task, specs: tuple[Spec, Spec], sight: Sight, place: Place
) -> Iterator[Change]:
    step = Name(now.definition.name)
    kinds = [str(spec.json["kind"]) for spec in specs]
    old, new = was.definition.body, now.definition.body
    phrases: list[tuple[str, Phrase, Place]] = []
    match old, new:
        case (ShellBody(), ShellBody()):
            phrases = list(_script(old, new, step, place, sight))
        case (ContainerBody(), ContainerBody()):
            phrases = list(_container(old, new, step, place))
        case _ if kinds[0] == kinds[1]:
            phrases = list(_symbols(specs, sight, place))
        case _:
            phrase: Phrase = (step, f" runs a {kinds[1]} body instead of a {kinds[0]} body")
            phrases = [("body", phrase, place)]
    if not phrases:
        phrases = [("body", (f"the {kinds[1]} body of ", step, " changed"), place)]
    for part, phrase, at in phrases:
        yield Change(Category.SEMANTIC, part, phrase, place=at)


def _symbols(
    specs: tuple[Spec, Spec], sight: Sight, place: Place
) -> Iterator[tuple[str, Phrase, Place]]:
    """The functions, constants and cells that changed. In a module that has another name every
    symbol has another label: what was called the same there is the same."""
    before, after = (_labels(spec) for spec in specs)
    gone = {_name(label): label for label in before if label not in after}
    come = {_name(label): label for label in after if label not in before}
    both = {come[name]: gone[name] for name in come.keys() & gone.keys()}
    for label in sorted((before.keys() | after.keys()) - {*both.values()}):
        one, two = before.get(both.get(label, label)), after.get(label)
        if one != two:
            verb = " changed" if one and two else " is new" if two else " is not used any more"
            yield f"body.{label}", (Name(label), verb), sight.new.symbols.get(label, place)


def _name(label: str) -> str:
    return label.rpartition(":")[2]


def _labels(spec: Spec) -> dict[str, str]:
    found = table(table(spec.json["explain"]).get("symbols"))
    return {label: str(digest) for label, digest in found.items()}


def _script(
    was: ShellBody, now: ShellBody, step: Name, place: Place, sight: Sight
) -> Iterator[tuple[str, Phrase, Place]]:
    if was.text != now.text:
        phrase: Phrase = ("the shell body of ", step, " changed")
        gone, come = first_difference(was.text, now.text)
        if gone is not None and come is not None:
            phrase = (*phrase, *moved(gone, come))
        elif come is not None:
            phrase = (*phrase, ": ", short(come), " is new")
        elif gone is not None:
            phrase = (*phrase, ": ", short(gone), " is gone")
        yield "body", phrase, place if come is None else sight.line(place, come)
    before, after = ({f.path.removeprefix("code/"): f.content for f in b.files} for b in (was, now))
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield f"body.{path}", (Name(path), " changed"), place


def _container(
    was: ContainerBody, now: ContainerBody, step: Name, place: Place
) -> Iterator[tuple[str, Phrase, Place]]:
    if was.image != now.image:
        yield "body.image", ("the image of ", step, " changed", *moved(was.image, now.image)), place
    old, new = ([*map(spelled, body.command)] for body in (was, now))
    if old != new:
        gone, come = (
            short(" ".join(Counter(one) - Counter(other)))
            for one, other in ((old, new), (new, old))
        )
        phrase: Phrase = ("the command of ", step, " has ", come, " instead of ", gone)
        if not gone.text and not come.text:
            phrase = ("the command of ", step, " is in another order")
        elif not gone.text:
            phrase = ("the command of ", step, " has ", come, " now")
        elif not come.text:
            phrase = ("the command of ", step, " has no ", gone, " any more")
        yield "body.command", phrase, place
