"""Leftovers in a project's `.millpond`: what processes that are gone, or runs of long ago, left.

Nothing here belongs to a result. What has an owner goes once that session's process is gone; what
has none that can be told, once it is a day old.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import removal
from .environments import remove, unused
from .session import BEGUN, Claims
from .survey import listed, weight

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that nobody will miss; `what` says in one word what kind it is."""

    what: str
    path: Path
    size: int


def leftovers(root: Path, claims: Claims, keep: float, now: float) -> list[Leftover]:
    """What may go. `keep` is how long an environment stays that nobody uses, in seconds."""
    found = [*_owned(root), *_aged(root, keep, now)]
    # Told apart only now: whoever has left something in these lists was there before them.
    claims.refresh()
    paths = [
        (what, path)
        for what, path, owner in found
        if (owner not in claims.live if owner else _age(path, now) > _DAY)
        # A run says only when it begins that it uses code.
        and not (what == "code" and claims.live)
    ]
    paths += [("environments", place) for place in unused(root / "environments", now - keep)]
    return [Leftover(what, path, weight(path)) for what, path in paths]


def clear(leftover: Leftover, keep: float, now: float) -> bool:
    """Removes one, unless somebody has come to use it meanwhile."""
    path = leftover.path
    if leftover.what == "environments":
        return remove(path, now - keep)
    removal.remove(path)
    return True


def _owned(root: Path) -> Iterator[tuple[str, Path, str]]:
    """What sessions have begun: with the name of the session, empty where it has none."""
    for what in BEGUN:
        for name in listed(root / what):
            owner, dot, _ = name.partition(".")
            yield what, root / what / name, owner if dot else ""


def _aged(root: Path, keep: float, now: float) -> Iterator[tuple[str, Path, str]]:
    """What has no owner: code that was laid out, and damaged objects that were moved aside."""
    for name in listed(root / "code"):
        if name.startswith("half-") or _age(root / "code" / name, now) > keep:
            yield "code", root / "code" / name, ""
    for inner in listed(root / "objects"):
        for name in listed(root / "objects" / inner):
            if name.endswith(".damaged"):
                yield "damaged", root / "objects" / inner / name, ""
    for name in listed(root / "damaged"):
        if _age(root / "damaged" / name, now) > keep:
            yield "damaged", root / "damaged" / name, ""


def _age(path: Path, now: float) -> float:
    try:
        return now - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0
