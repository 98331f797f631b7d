"""What is different about the environment of a call: images, Pythons, packages one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.listed import (
    AS_IT_IS,
    WORDS,
    Listed,
    Moved,
    differing,
    file_of,
    listed,
    moved_packages,
    needs_of,
)
from ..reasons.words import leaves, table
from .phrase import Name, Phrase, Value, moved
from .phrase import listed as names
from .sight import Sight
from .spelling import text
from .values import Category, Change, Place

_DIGEST = re.compile(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}")
_WRITTEN = {"lock": "lockfile"}
_SAID = {"image": "the image", "python": "the version of Python"}


def environment_changes(
    was: Task, now: Task, parts: tuple[Json, Json], sight: Sight
) -> Iterator[Change]:
    """The leaves of two environments as the key has them."""
    one, two = (table(part) for part in parts)
    words = differing(one, two)
    at = sight.new.place(now.span)
    if words:
        word = _WRITTEN.get(words[-1], words[-1])
        place = sight.said_at(now.settings, f"environment.{word}") or at
        yield from _packages((was, now), (one, two), words[-1], place)
    for path, before, after in leaves(parts[0], parts[1]):
        word = path[0] if path else "environment"
        if word in WORDS:
            continue
        texts = _shown(was, word, before), _shown(now, word, after)
        phrase: Phrase = (_SAID.get(word, f"the {word}"), " of the environment changed")
        if word in _SAID:
            phrase = (_SAID[word], " changed")
        place = sight.said_at(now.settings, f"environment.{word}") or at
        yield Change(
            Category.SEMANTIC, ".".join(("environment", *path)),
            (*phrase, *moved(texts[0] or "nothing", texts[1] or "nothing")), *texts, place,
        )  # fmt: skip


def _shown(task: Task, word: str, value: Json) -> str | None:
    """An image as it is written, of its digest only as much as tells it from others."""
    written = task.settings.environment.image if word == "image" else None
    return _DIGEST.sub(r"\1…", written or text(value) or "") or None


def _packages(
    tasks: tuple[Task, Task],
    parts: tuple[Mapping[str, Json], Mapping[str, Json]],
    word: str,
    place: Place,
) -> Iterator[Change]:
    """The packages that differ, one by one; the list as a whole where none can be told."""
    before, after = (_listed(task, part) for task, part in zip(tasks, parts, strict=True))
    found = tuple(moved_packages(before, after)) if before and after else ()
    for package in found:
        part = f"environment.packages.{package.name}"
        yield Change(
            Category.SEMANTIC, part, _told(package), package.was, package.now, place
        )  # fmt: skip
    if not found:
        file = file_of(tasks[1].settings.environment)
        what: Phrase = (
            (Name(file[0]), " changed") if file else ("the packages of the environment changed",)
        )
        yield Change(Category.SEMANTIC, f"environment.{word}", what, place=place)


def _listed(task: Task, part: Mapping[str, Json]) -> Listed | None:
    file = file_of(task.settings.environment)
    return listed(part, needs_of(task.definition.body), lambda _: None if file is None else file[1])


def _told(package: Moved) -> Phrase:
    """What became of a package, and how the body comes to it."""
    name, was, now = Name(package.name), package.was, package.now
    if was is None:
        phrase: Phrase = (name, " ", Value(now or ""), " is new in the environment")
    elif now is None:
        phrase = (name, " is not in the environment any more")
    elif was == now:
        version = () if now == AS_IT_IS else (" ", Value(now))
        phrase = ("the content of ", name, *version, " changed")
    else:
        phrase = (name, " changed", *moved(was or "any version", now or "any version"))
    if package.along:
        verb = "with" if was is None else "nor is" if len(package.along) == 1 else "nor are"
        phrase = (*phrase, f", {verb} ", *names(package.along))
        phrase = (*phrase, f" that it need{'s' if was is None else 'ed'}")
    if package.way:
        *between, root = package.way
        through: Phrase = (" through ", *names(between[::-1])) if between else ()
        phrase = (*phrase, ", which ", Name(root), " needs", *through)
    return phrase
