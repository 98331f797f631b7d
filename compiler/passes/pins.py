"""What a list of requirements pins for good, and what it leaves to the day of installing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from ..ir.settings import Environment

# Locks that name every package with its hash, whatever their text looks like to us.
_COMPLETE = re.compile(r"uv\.lock|pylock(\.[^.]+)?\.toml")
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*={2,3}\s*[^\s;,*]+\s*(;.*)?")
_HASHED = re.compile(r"(--hash[ =]|#)sha(256|384|512)[:=][0-9a-f]{64,}|git\+\S+@[0-9a-f]{40}\b")
# Options that decide which versions are taken; all others say how packages are reached.
_CHOICES = ("--pre", "--prefer-binary", "--only-binary", "--no-binary")
_ELSEWHERE = ("-r", "-c", "-e", "--requirement", "--constraint", "--editable")


def is_complete(path: str) -> bool:
    """Whether a lock of this name is one of the formats that leave nothing open."""
    return _COMPLETE.fullmatch(PurePath(path).name) is not None


def entries(text: str) -> Iterator[str]:
    """The entries and options of a requirements file, without comments, each on one line."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        entry = re.sub(r"(^|\s)#.*", "", line).strip()
        if entry:
            yield entry


def left_open(environment: Environment) -> str | None:
    """The first entry that may come out as another version tomorrow, with where it stands."""
    for file in (environment.lockfile, environment.requirements):
        if file is None:
            continue
        path, text = file
        if is_complete(path):
            return None
        found = next((entry for entry in entries(text) if _is_open(entry)), None)
        return None if found is None else f"`{found}` in {PurePath(path).name}"
    found = next((package for package in environment.packages if _is_open(package)), None)
    return None if found is None else f"`{found}` in `packages`"


def wants(environment: Environment) -> tuple[str, ...]:
    """What is to be resolved for an environment, in order; nothing where it is resolved already or
    leads to other files, whose content is not ours to see."""
    if environment.lockfile is not None:
        return ()
    listed = environment.packages
    if environment.requirements is not None:
        found = entries(environment.requirements[1])
        listed = tuple(entry for entry in found if not _is_way(entry))
    return () if any(map(_leads_elsewhere, listed)) else tuple(sorted(set(listed)))


def leads_elsewhere(environment: Environment) -> str | None:
    """The first entry that leads to other files."""
    if environment.lockfile is not None:
        return None
    listed = environment.requirements
    found = entries(listed[1]) if listed is not None else environment.packages
    return next((entry for entry in found if _leads_elsewhere(entry)), None)


def _is_way(entry: str) -> bool:
    return entry.startswith("-") and not entry.startswith((*_CHOICES, *_ELSEWHERE))


def _leads_elsewhere(entry: str) -> bool:
    if entry.startswith("-"):
        return entry.startswith(_ELSEWHERE)
    return entry.startswith((".", "/", "file:")) or " @ file:" in entry


def ways(text: str) -> tuple[str, ...]:
    """The options of a requirements file that say how packages are reached."""
    return tuple(entry for entry in entries(text) if _is_way(entry))


def _is_open(entry: str) -> bool:
    if entry.startswith("-"):
        return entry.startswith(_ELSEWHERE)
    named = entry.partition(" --hash")[0]
    return _PINNED.fullmatch(named.strip()) is None and _HASHED.search(entry) is None
