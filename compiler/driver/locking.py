"""Writes `mlp.lock`: what the files of a project use, held against what is pinned and asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ...runtime.artifact import Artifact
from ...runtime.key import SCHEME
from ...runtime.source import fingerprint
from ..lock import Lock, Module, Resolved
from ..sections import EDITION
from .inventory import Used
from .registry import digests_of
from .resolving import ResolvingError, resolve

_T = TypeVar("_T")

Fingerprint = Callable[[str], Artifact]
Digests = Callable[[Iterable[str]], tuple[dict[str, str], dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Change:
    """Something pinned, moved or left out. `was` and `now` are what it stands for, None for
    nothing; `notes` say it part by part."""

    kind: str
    name: str
    was: str | None
    now: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacks:
    """Something that cannot be pinned, and why."""

    kind: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lock is to be now, and how it comes to that. `lacks` are failures, `notes` say what
    cannot be pinned at all."""

    lock: Lock
    changes: tuple[Change, ...] = ()
    lacks: tuple[Lacks, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is to be looked up again though it is pinned: names of images and packages, or all."""

    names: tuple[str, ...] = ()
    everything: bool = False

    def names_one(self, name: str) -> bool:
        """Of images and URLs."""
        return self.everything or name in self.names

    def packages(self, pinned: Resolved) -> tuple[str, ...]:
        """Those of a pinned environment that shall move."""
        found = [distribution(package) for package, _ in pinned.packages]
        wanted = {canonical(name) for name in self.names}
        return tuple(name for name in found if self.everything or name in wanted)

    def unknown(self, used: Used, lock: Lock) -> tuple[str, ...]:
        """The names that are nothing here."""
        known = {*used.images, *used.sources}
        known |= {distribution(p) for e in lock.environments for p, _ in e.packages}
        return tuple(n for n in self.names if n not in known and canonical(n) not in known)


def distribution(package: str) -> str:
    """The name in `name[extra]==1.0 ; marker`."""
    return canonical(package.partition("==")[0].partition("[")[0])


def canonical(name: str) -> str:
    """A name of a distribution as all its spellings have it."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def lock_of(
    used: Used,
    old: Lock,
    *,
    whole: bool,
    upgrade: Upgrade,
    digests: Digests = digests_of,
    look: Fingerprint = fingerprint,
) -> Locked:
    """The lock for what is used. What is pinned stays, unless it shall be looked up again; where
    nobody can be asked it stays too. With `whole` nothing else stays: `used` is the whole project.
    """
    kept = _kept(used, old, whole=whole)
    images, lost = digests(
        image for image in used.images if image not in old.images or upgrade.names_one(image)
    )
    lacks = [Lacks("image", name, why) for name, why in sorted(lost.items())]
    environments = {each.name: each for each in kept.environments}
    for name, wanted in used.environments.items():
        pinned = old.resolved(*name)
        moving = () if pinned is None else upgrade.packages(pinned)
        if pinned is None or moving:
            try:
                environments[name] = resolve(wanted, old.environments, moving)
            except ResolvingError as problem:
                lacks.append(Lacks("environment", title(*name), str(problem)))
    sources: dict[str, str] = {}
    for url in used.sources:
        if url not in old.sources or upgrade.names_one(url):
            try:
                sources[url] = look(url).digest
            except OSError as problem:
                why = "nothing is there" if isinstance(problem, FileNotFoundError) else str(problem)
                lacks.append(Lacks("source", url, why))
    lock = replace(
        kept,
        images={**kept.images, **images},
        environments=tuple(environments[name] for name in sorted(environments)),
        sources={**kept.sources, **sources},
        keys=SCHEME,
        edition=EDITION,
    )
    return Locked(lock, tuple(changes(old, lock)), tuple(lacks), _notes(used))


def stale(used: Used, old: Lock, *, whole: bool) -> Locked:
    """What the lock lacks and what nobody uses any more, without asking anybody."""
    kept = _kept(used, old, whole=whole)
    missing = [("image", image) for image in used.images if image not in old.images]
    missing += [
        ("environment", title(*name)) for name in used.environments if old.resolved(*name) is None
    ]
    missing += [("source", url) for url in used.sources if url not in old.sources]
    lacks = [Lacks(kind, name, "is not in it") for kind, name in missing]
    for what, was, now in (("keys", old.keys, SCHEME), ("edition", old.edition, EDITION)):
        if was != now:
            lacks.append(Lacks(what, str(was), f"is {now} now"))
    return Locked(kept, tuple(changes(old, kept)), tuple(lacks), _notes(used))


def _kept(used: Used, old: Lock, *, whole: bool) -> Lock:
    """What of the lock is still used; with less than the `whole` project in view, all of it.

    What another Python of the team has resolved is not for this one to remove.
    """
    if not whole:
        return replace(old, modules={**old.modules, **used.modules})
    return replace(
        old,
        images={name: old.images[name] for name in used.images if name in old.images},
        environments=tuple(
            each
            for each in old.environments
            if each.name in used.environments or each.wants in used.anywhere
        ),
        modules=used.modules,
        sources={url: old.sources[url] for url in used.sources if url in old.sources},
    )


def _notes(used: Used) -> tuple[str, ...]:
    return tuple(
        f"{name} is not pinned: `{entry}` leads to other files"
        for name, entry in sorted(used.unlockable.items())
    )


def changes(old: Lock, new: Lock) -> list[Change]:
    """What is different, in the order of the file."""
    found = [Change("image", *each) for each in _moved(old.images, new.images)]
    was = {title(*e.name): e for e in old.environments}
    now = {title(*e.name): e for e in new.environments}
    for name, one, two in _moved(was, now):
        before = {} if one is None else _versions(one)
        after = {} if two is None else _versions(two)
        moves = [_said(*each) for each in _moved(before, after)]
        found.append(
            Change(
                "environment",
                name,
                None if one is None else _count(one),
                None if two is None else _count(two),
                tuple(moves) if one is not None and two is not None else (),
            )
        )
    versions: tuple[dict[str, str], dict[str, str]] = (
        {name: _module(m) for name, m in old.modules.items()},
        {name: _module(m) for name, m in new.modules.items()},
    )
    found += [Change("module", *each) for each in _moved(*versions)]
    found += [Change("source", *each) for each in _moved(old.sources, new.sources)]
    return found


def title(wants: tuple[str, ...], python: str) -> str:
    """A list of requirements as people may recognize it."""
    few = ", ".join(wants[:3]) + (f" and {len(wants) - 3} more" if len(wants) > 3 else "")
    return f"{few} (Python {python})"


def _moved(was: Mapping[str, _T], now: Mapping[str, _T]) -> list[tuple[str, _T | None, _T | None]]:
    names = sorted({*was, *now})
    return [(n, was.get(n), now.get(n)) for n in names if was.get(n) != now.get(n)]


def _versions(resolved: Resolved) -> dict[str, str]:
    return {
        package.partition("==")[0]: package.partition("==")[2] for package, _ in resolved.packages
    }


def _said(name: str, was: str | None, now: str | None) -> str:
    if was is None or now is None:
        return f"{name} {now}" if was is None else f"no {name} any more"
    return f"{name} {was} -> {now}"


def _count(resolved: Resolved) -> str:
    count = len(resolved.packages)
    return "1 package" if count == 1 else f"{count} packages"


def _module(module: Module) -> str:
    return f"{module.version} {module.digest}"
