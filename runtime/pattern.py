"""Patterns: which files `*`, `?` and `**` in a path stand for, on a disk and behind URLs alike."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .dataclass import dataclass
from .digest import walk

_WILD = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """`folder` is the longest part of the path without wildcards, `rest` what comes below it.

    `*` stands for any part of one name, `?` for one character, `**` for any folders in between.
    A name that begins with a dot must be written with it. What is matched and is a folder stands
    for all files in it.
    """

    folder: str
    rest: str

    @staticmethod
    def of(path: str) -> Pattern | None:
        """The pattern in a path, None where it names one thing."""
        wild = _WILD.search(path)
        if wild is None:
            return None
        end = path.rfind("/", 0, wild.start()) + 1
        rest = path[end:].rstrip("/")
        return Pattern(path[:end], f"{rest}/*" if rest.split("/")[-1] == "**" else rest)

    @property
    def depth(self) -> int | None:
        """How many folders deep what is matched may lie, None for any."""
        parts = self.rest.split("/")
        return None if "**" in parts else len(parts)

    @property
    def matches(self) -> re.Pattern[str]:
        """Matches a path below `folder`, in full."""
        *above, last = self.rest.split("/")
        folders = (_FOLDERS if part == "**" else f"{_name(part)}/" for part in above)
        return re.compile("".join((*folders, _name(last))), re.DOTALL)

    def files(self) -> Iterator[tuple[Path, str]]:
        """Every file on this machine that is meant, with its path below `folder`.

        Raises `UnfitPathError` as `digest.walk` does.
        """
        yield from self._below(Path(self.folder), "", self.matches)

    def _below(
        self, folder: Path, inner: str, matches: re.Pattern[str]
    ) -> Iterator[tuple[Path, str]]:
        deep = self.depth is None or inner.count("/") + 1 < self.depth
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name, path = inner + entry.name, Path(entry.path)
            if matches.fullmatch(name):
                if path.is_dir():
                    yield from ((file, f"{name}/{below}") for file, below in walk(path))
                elif path.is_file():
                    yield path, name
            elif deep and entry.is_dir(follow_symlinks=False):
                yield from self._below(path, f"{name}/", matches)


_FOLDERS = r"(?:(?!\.)[^/]+/)*"


def _name(part: str) -> str:
    """What one name of the pattern stands for."""
    words = {"*": "[^/]*", "?": "[^/]"}
    text = "".join(words.get(letter) or re.escape(letter) for letter in part)
    return rf"(?!\.){text}" if part[:1] in words else text
