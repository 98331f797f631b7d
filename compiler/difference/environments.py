"""What is different about the environment of a call: images, Pythons, packages one by one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.pins import entries
from .phrase import Name, Phrase, Value, moved
from .sight import Sight
from .spelling import leaves, table, text
from .values import Category, Change, Place

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(\[[^\]]*\])?")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}")
_WRITTEN = {"lock": "lockfile"}
_SAID = {"image": "the image", "python": "the version of Python"}


def environment_changes(
    was: Task, now: Task, parts: tuple[Json, Json], sight: Sight
) -> Iterator[Change]:
    """The leaves of two environments as the key has them."""
    one, two = (table(part) for part in parts)
    listed = [
        word for word in ("lock", "requirements", "packages") if one.get(word) != two.get(word)
    ]
    at = sight.new.place(now.span)
    if listed:
        word = _WRITTEN.get(listed[-1], listed[-1])
        place = sight.said_at(now.settings, f"environment.{word}") or at
        yield from _packages((was, now), (one, two), listed[-1], place)
    for path, before, after in leaves(parts[0], parts[1]):
        word = path[0] if path else "environment"
        if word in listed:
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
    before, after = (_pins(task, part) for task, part in zip(tasks, parts, strict=True))
    found = False
    for name in sorted(before.keys() | after.keys()):
        one, two = before.get(name), after.get(name)
        if one == two:
            continue
        found = True
        if one is None:
            phrase: Phrase = (Name(name), " ", Value(two or ""), " is new in the environment")
        elif two is None:
            phrase = (Name(name), " is not in the environment any more")
        else:
            phrase = (Name(name), " changed", *moved(one or "any version", two or "any version"))
        yield Change(Category.SEMANTIC, f"environment.packages.{name}", phrase, one, two, place)
    if not found:
        environment = tasks[1].settings.environment
        file = environment.lockfile or environment.requirements
        what: Phrase = (
            (Name(file[0]), " changed") if file else ("the packages of the environment changed",)
        )
        yield Change(Category.SEMANTIC, f"environment.{word}", what, place=place)


def _pins(task: Task, part: Mapping[str, Json]) -> dict[str, str]:
    """The packages of an environment by name, each with what is said of its version."""
    environment = task.settings.environment
    packages = part.get("packages")
    if isinstance(packages, list):
        return dict(map(_pin, map(str, packages)))
    file = environment.lockfile or environment.requirements
    if file is None:
        return {}
    path, content = file
    if path.endswith((".toml", ".lock")):
        return _locked(content)
    return dict(_pin(line) for line in entries(content) if _NAME.match(line))


def _pin(line: str) -> tuple[str, str]:
    match = _NAME.match(line)
    end = 0 if match is None else match.end()
    return line[:end], line[end:].partition(" --hash")[0].strip().removeprefix("==")


def _locked(content: str) -> dict[str, str]:
    """The packages of `pylock.toml` or `uv.lock`."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError:
        return {}
    rows = data.get("packages", data.get("package", []))
    return {
        str(row["name"]): str(row.get("version", ""))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and "name" in row
    }
