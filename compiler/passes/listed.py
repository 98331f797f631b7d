"""The packages of an environment one by one, as its part of a key has them, and which differ."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from ...runtime.dataclass import dataclass
from ..ir.definitions import Body, NotebookBody, PythonBody
from ..ir.settings import Environment
from ..ir.values import Json
from .pins import entries

WORDS = ("lock", "requirements", "packages")
"""What a part may say of packages; at most one of them."""


def differing(was: Mapping[str, Json], now: Mapping[str, Json]) -> list[str]:
    """Which of the words about packages differ. No packages and an empty list of them are the same
    to people, so that is told only where nothing else is to tell."""
    found = [word for word in WORDS if was.get(word) != now.get(word)]
    nothing = all(not part.get(word) for part in (was, now) for word in found)
    others = any(was.get(w) != now.get(w) for w in was.keys() | now.keys() if w not in WORDS)
    return [] if nothing and others else found


_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_CONTENT = re.compile(r"[+.][0-9a-f]{16}$")
AS_IT_IS = "as it is here"
"""What stands for the version of a module that has none."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Packages by name, each with what is said of its version: "" where any will do.

    `needs` says of those that code does not import itself which other one needs them.
    """

    versions: Mapping[str, str]
    needs: Mapping[str, str]

    def way(self, name: str) -> tuple[str, ...]:
        """The packages by which code comes to one, nearest first; none where it comes by itself."""
        found: list[str] = []
        while (name := self.needs.get(name, "")) and name not in found:
            found.append(name)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Moved:
    """A package that differs; `was` or `now` is None where it is not there. Both are the same of
    one that no index has, and whose content changed.

    `way` leads to it as in `Listed`; `along` are those that come or go only because it needs them.
    """

    name: str
    was: str | None
    now: str | None
    way: tuple[str, ...]
    along: tuple[str, ...]


def listed(
    part: Mapping[str, Json], needs: Mapping[str, str], text_of: Callable[[str], str | None]
) -> Listed | None:
    """The packages of such a part; None where nobody has the text of its list any more."""
    digest = part.get("lock", part.get("requirements"))
    if digest is None:
        packages = part.get("packages")
        pins = map(str, packages) if isinstance(packages, list) else ()
        return Listed(dict(map(_pin, pins)), needs)
    text = text_of(str(digest))
    return None if text is None else Listed(_named_in(text), {})


def file_of(environment: Environment) -> tuple[str, str] | None:
    """The file that lists its packages, with the text."""
    return environment.lockfile or environment.requirements


def needs_of(body: Body) -> dict[str, str]:
    """Which packages others need that a body imports."""
    return dict(body.needs) if isinstance(body, PythonBody | NotebookBody) else {}


def moved_packages(before: Listed, after: Listed) -> Iterator[Moved]:
    """The packages that differ, sorted; what comes or goes with another one is told with it."""
    was, now = before.versions, after.versions
    come, gone = now.keys() - was.keys(), was.keys() - now.keys()
    heads: dict[str, list[str]] = {}
    for names, side in ((come, after), (gone, before)):
        for name in sorted(names):
            head = name
            for other in side.way(name):
                if other not in names:
                    break
                head = other
            heads.setdefault(head, []).append(name)
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        if old == new or (name in come | gone and name not in heads):
            continue
        way = (before if new is None else after).way(name)
        along = tuple(other for other in heads.get(name, ()) if other != name)
        yield Moved(name, _version(old), _version(new), way, along)


def _version(pin: str | None) -> str | None:
    """A version as people know it, without what stands for the content of a local package."""
    if pin is None or _CONTENT.search(pin) is None:
        return pin
    return _CONTENT.sub("", pin) or AS_IT_IS


def _named_in(text: str) -> dict[str, str]:
    """The packages that a list of requirements or a lock names."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return dict(_pin(line) for line in entries(text) if _NAME.match(line))
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
