"""Pairs the files of two sides: of one name, or one that got another name."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

from .front import Usage

_ALIKE = 0.5
"""From this likeness on, a file is another one under a new name."""

Pair = tuple[str | None, str | None]
"""What a file was and what it is, None where it is not there."""


def pairs_of(
    before: Sequence[str], after: Sequence[str], old: Path, new: Path, asked: Sequence[str]
) -> tuple[Pair, ...]:
    """Files of the same name, then those that have another name; what is left is new or gone."""
    for word in asked:
        if not any(_is_asked(path, [word]) for path in (*before, *after)):
            raise Usage(f"neither side has a file `{word}`{_nearest(word, (*after, *before))}")
    gone = [path for path in before if path not in set(after)]
    come = [path for path in after if path not in set(before)]
    pairs: list[Pair] = [(p, p) for p in after if p in set(before)]
    for now in come:
        was = _closest(now, gone, old, new)
        if was is not None:
            gone.remove(was)
        pairs.append((was, now))
    pairs += [(was, None) for was in gone]
    if asked:
        pairs = [p for p in pairs if any(path is not None and _is_asked(path, asked) for path in p)]
    return tuple(sorted(pairs, key=lambda pair: pair[1] or pair[0] or ""))


def _closest(now: str, gone: Sequence[str], old: Path, new: Path) -> str | None:
    """The file that this one was, going by its text."""
    text = _lines(new / now)
    best, found = _ALIKE, None
    for was in gone:
        ratio = SequenceMatcher(None, _lines(old / was), text, autojunk=False).ratio()
        if ratio > best:
            best, found = ratio, was
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _nearest(word: str, names: Sequence[str]) -> str:
    close = get_close_matches(word, names, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _is_asked(path: str, asked: Sequence[str]) -> bool:
    return any(word == "." or path == word or path.startswith(f"{word}/") for word in asked)
