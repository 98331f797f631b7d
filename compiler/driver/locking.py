"""Writes `mlp.lock`: what the files of a project use, held against what is pinned and asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ..lock import Lock, Module, Resolved
from .inventory import Used
from .registry import digests_of
from .resolving import ResolvingError, resolve

_T = TypeVar("_T")

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

    def image(self, reference: str) -> bool:
        return self.everything or reference in self.names

    def packages(self, pinned: Resolved) -> tuple[str, ...]:
        """Those of a pinned environment that shall move."""
        found = [distribution(package) for package, _ in pinned.packages]
        wanted = {canonical(name) for name in self.names}
        return tuple(name for name in found if self.everything or name in wanted)

    def unknown(self, used: Used, lock: Lock) -> tuple[str, ...]:
        """The names that are nothing here."""
        known = {*used.images}
        known |= {distribution(p) for e in lock.environments for p, _ in e.packages}
        return tuple(n for n in self.names if n not in known and canonical(n) not in known)


def distribution(package: str) -> str:
    """The name in `name[extra]==1.0 ; marker`."""
    return canonical(package.partition("==")[0].partition("[")[0])


def canonical(name: str) -> str:
    """A name of a distribution as all its spellings have it."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def lock_of(
    used: Used, old: Lock, *, whole: bool, upgrade: Upgrade, digests: Digests = digests_of
) -> Locked:
    """The lock for what is used. What is pinned stays, unless it shall be looked up again; where
    nobody can be asked it stays too. With `whole` nothing else stays: `used` is the whole project.
    """
    lacks: list[Lacks] = []
    asked = [i for i in used.images if i not in old.images or upgrade.image(i)]
    found, lost = digests(asked)
    lacks += [Lacks("image", name, why) for name, why in sorted(lost.items())]
    images = {i: old.images[i] for i in used.images if i in old.images} | found
    environments: dict[tuple[tuple[str, ...], str], Resolved] = {}
    for name, wanted in used.environments.items():
        pinned = old.resolved(*name)
        moving = () if pinned is None else upgrade.packages(pinned)
        if pinned is not None:
            environments[name] = pinned
        if pinned is None or moving:
            try:
                environments[name] = resolve(wanted, old.environments, moving)
            except ResolvingError as problem:
                lacks.append(Lacks("environment", title(*name), str(problem)))
    # What one Python of the team has resolved is not for another one to remove.
    wants = {each for each, _ in used.environments}
    for resolved in old.environments:
        if not whole or (resolved.wants in wants and resolved.wants in used.anywhere):
            environments.setdefault(resolved.name, resolved)
    lock = Lock(
        images=images if whole else {**old.images, **images},
        environments=tuple(environments[name] for name in sorted(environments)),
        modules=used.modules if whole else {**old.modules, **used.modules},
        sources=old.sources,
    )
    notes = [
        f"{name} is not pinned: `{entry}` leads to other files"
        for name, entry in sorted(used.unlockable.items())
    ]
    return Locked(lock, tuple(changes(old, lock)), tuple(lacks), tuple(notes))


def stale(used: Used, old: Lock, *, whole: bool) -> Locked:
    """What the lock lacks and what nobody uses any more, without asking anybody."""

    def nobody(_: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
        return {}, {}

    known = {name: e for name, e in used.environments.items() if old.resolved(*name) is not None}
    found = lock_of(
        replace(used, environments=known), old, whole=whole, upgrade=Upgrade(), digests=nobody
    )
    missing = [
        Lacks("image", name, "is not in it") for name in used.images if name not in old.images
    ]
    missing += [
        Lacks("environment", title(*name), "is not in it")
        for name in used.environments
        if name not in known
    ]
    if old.keys != found.lock.keys:
        missing.append(Lacks("keys", f"scheme {old.keys}", f"is {found.lock.keys} now"))
    return Locked(found.lock, found.changes, tuple(missing), found.notes)


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
