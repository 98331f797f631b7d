"""`mlp.toml` as a text with places: its tables, and where in it an entry stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..runtime.dataclass import dataclass
from .diagnostics.diagnostic import Diagnostic, error
from .source import Position, Source, Span

MANIFEST = "mlp.toml"

# Texts: they are compiled where something is wrong, which is seldom.
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_ENTRY = (
    rf"^[ \t]*(?:\[\[?[ \t]*(?P<table>{_DOTTED})"
    rf"|(?P<key>{_DOTTED})[ \t]*=[ \t]*(?P<value>[^\n]*))"
)
_COMMENT = r"\s*#[^\"']*$"
_AT = r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest under the name that messages use for it. One that is no TOML, or cannot be read,
    has no data, and `broken` says why."""

    source: Source
    data: dict[str, object]
    broken: Diagnostic | None = None

    def wrong(
        self,
        code: str,
        path: Iterable[str],
        text: str,
        *,
        notes: Iterable[str] = (),
        help: Iterable[str] = (),
    ) -> Diagnostic:
        """A mistake in the entry at a path of names; one that is not there would stand in what
        shares most of the path."""
        return error(code, text, self._place(tuple(path)), notes=notes, help=help)

    def _place(self, path: tuple[str, ...]) -> Span:
        most, place = 0, self.source.span(0, 0)
        for names, start, end in _entries(self.source.text):
            same = 0
            while same < min(len(names), len(path)) and names[same] == path[same]:
                same += 1
            if same > most:
                most, place = same, self.source.span(start, end)
        return place


def read_manifest(place: Path, name: str) -> Manifest:
    """Reads the file at a place, under a name."""
    import tomllib

    try:
        text = place.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        return Manifest(
            Source(name, ""), {}, error("MLP0001", f"cannot read `{name}`: {why}", None)
        )
    source = Source(name, text)
    try:
        return Manifest(source, tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        return Manifest(source, {}, _no_toml(source, str(problem)))


def name_beside(place: Path, folder: Path, file: str) -> str:
    """What to call the file at a place, where the user wrote `file` for one in the folder."""
    return os.path.normpath(os.path.join(os.path.dirname(file), os.path.relpath(place, folder)))


def _no_toml(source: Source, why: str) -> Diagnostic:
    at = re.search(_AT, why)
    why = why if at is None else why[: at.start()]
    start = len(source.text.rstrip())
    if at is not None and at["line"] is not None:
        start = source.offset(Position(int(at["line"]), int(at["column"])))
    label = f"{why[:1].lower()}{why[1:]}"
    message = f"cannot read `{source.name}`: it is no TOML"
    return error("MLP0001", message, source.span(start, start), label)


def _entries(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Headers and keys in order: all their names, those of the table first, and their place."""
    table: tuple[str, ...] = ()
    for found in re.finditer(_ENTRY, text, re.MULTILINE):
        if found["table"] is not None:
            table = _names(found["table"])
            yield table, found.start("table"), found.end("table")
        else:
            value = re.sub(_COMMENT, "", found["value"].rstrip())
            yield (
                (*table, *_names(found["key"])),
                found.start("key"),
                (found.start("value") + len(value)),
            )


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, dotted))
