"""What changed in the environment of a body: its image, its Python, its packages one by one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from ...runtime.record import Record
from ..ir.nodes import Task
from ..ir.settings import Environment
from ..ir.values import Json
from ..passes.keys import Spec
from ..passes.pins import entries
from ..source import Span
from .reason import Reason
from .words import Text, leaves, moved, said, table

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
MANIFEST = "mlp.toml"
ANY = "any version"
_FILES = {"lock": "lockfile", "requirements": "requirements"}


def environment_changes(task: Task, spec: Spec, last: Record, text_of: Text) -> Iterator[Reason]:
    """The leaves of two environments; none where they are the same."""
    was, now = table(last.parts["environment"]), table(table(spec.json["parts"])["environment"])
    listed = [
        word for word in ("lock", "requirements", "packages") if was.get(word) != now.get(word)
    ]
    for path, old, new in leaves({**was}, {**now}):
        word = path[0]
        if word not in listed:
            yield _setting(task, path, old, new)
    if listed:
        yield from _packages(task, was, now, text_of)


def _setting(task: Task, path: tuple[str, ...], old: Json, new: Json) -> Reason:
    word = path[0]
    part, span = ".".join(("environment", *path)), _span(task, word)
    file, quote = _manifest(task, word)
    if word == "image":
        # A digest says nothing to anybody; the name that is written may.
        shown = (task.settings.environment.image or "").partition("@")[0] or None
        if new is None:
            return Reason(part, "it does not run in an image any more", span=span)
        text = f"the image `{shown}` it runs in changed"
        if old is None:
            text = f"it runs in the image `{shown}` now"
        return Reason(part, text, None, shown, span, file, quote)
    if word == "python":
        text = f"Python changed {moved(said(old), said(new))}"
        if old is None or new is None:
            text = f"it runs in Python {said(new)} now" if old is None else "it runs no Python now"
        return Reason(part, text, _plain(old), _plain(new), span, file, quote)
    text = f"the {word} it runs in changed"
    return Reason(part, text, _plain(old), _plain(new), span)


def _manifest(task: Task, word: str) -> tuple[str | None, str | None]:
    """The manifest and the key in it, where it says in what all steps run."""
    environment, name = task.settings.environment, _FILES.get(word, word)
    if task.settings.span(f"environment.{name}") or not getattr(environment, name, None):
        return None, None
    return MANIFEST, name


def _plain(value: Json) -> str | None:
    return None if value is None else said(value)


def _span(task: Task, word: str) -> Span:
    return task.settings.span(f"environment.{_FILES.get(word, word)}") or task.span


def _packages(
    task: Task, was: dict[str, Json], now: dict[str, Json], text_of: Text
) -> Iterator[Reason]:
    """The packages that differ; the list as a whole where none can be told."""
    environment = task.settings.environment
    before, after = _pinned(was, text_of), _pinned_now(environment, now)
    word = next((word for word in ("lock", "requirements", "packages") if word in now), "packages")
    span, file = _span(task, word), _file(environment)
    found = False
    for name in sorted(before.keys() | after.keys()) if before and after else ():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        found = True
        part = f"environment.packages.{name}"
        if old is None:
            text = f"`{name}` is new in the environment: {new or ANY}"
        elif new is None:
            text = f"`{name}` is not in the environment any more"
        else:
            text = f"`{name}` changed {moved(old or ANY, new or ANY)}"
        at, quote = (file, name) if file and new is not None else _manifest(task, word)
        yield Reason(part, text, old, new, span, at, quote)
    if not found:
        text = "the packages it runs with changed" if file is None else f"`{file}` changed"
        part = f"environment.{word}"
        old_list, new_list = was.get("packages"), now.get("packages")
        yield Reason(part, text, _plain(old_list), _plain(new_list), span, file=file)


def _file(environment: Environment) -> str | None:
    named = environment.lockfile or environment.requirements
    return None if named is None else named[0]


def _pinned(part: dict[str, Json], text_of: Text) -> dict[str, str]:
    """The packages of an environment that was; none where nobody knows them any more."""
    packages = part.get("packages")
    if isinstance(packages, list):
        return dict(_pin(said(package)) for package in packages)
    content = text_of(said(part.get("lock", part.get("requirements"))))
    return {} if content is None else pins_of(content)


def _pinned_now(environment: Environment, part: dict[str, Json]) -> dict[str, str]:
    packages = part.get("packages")
    if isinstance(packages, list):
        return dict(_pin(said(package)) for package in packages)
    named = environment.lockfile or environment.requirements
    return {} if named is None else pins_of(named[1])


def pins_of(content: str) -> dict[str, str]:
    """The packages that a list of requirements or a lock names, each with what is said of its
    version."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError:
        return dict(_pin(line) for line in entries(content) if _NAME.match(line))
    rows = data.get("packages", data.get("package", []))
    return {
        str(row["name"]): str(row.get("version", ""))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and "name" in row
    }


def _pin(line: str) -> tuple[str, str]:
    match = _NAME.match(line)
    end = 0 if match is None else match.end()
    return line[:end], line[end:].partition(" --hash")[0].strip().removeprefix("==")
