"""What becomes of the targets of a pipeline: their documents, and whether they take it at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...runtime.dataclass import replace
from ..ir.values import Json
from ..reasons.words import leaves
from .phrase import Name, Phrase, Value, counted
from .spelling import became, setting_text
from .values import (
    Category,
    Change,
    Effect,
    Rerun,
    TargetDifference,
    TargetVersion,
    Version,
)


def target_differences(
    a: Version, b: Version, more: Mapping[str, tuple[Rerun, ...]]
) -> Iterator[TargetDifference]:
    """One for each target of either side, in the order of the later one; `more` is what runs again
    on each and not here."""
    for name, now in b.targets.items():
        was = a.targets.get(name)
        found = _new(now) if was is None else _compared(was, now)
        yield replace(found, reruns=more.get(name, ()))
    for name, was in a.targets.items():
        if name not in b.targets:
            phrase: Phrase = ("the target is gone",)
            yield TargetDifference(name, was.kind, Effect.REMOVED, phrase)


def _new(now: TargetVersion) -> TargetDifference:
    if now.refusals:
        phrase: Phrase = ("new, and refuses this pipeline: ", *_refusals(now))
        return TargetDifference(now.name, now.kind, Effect.REFUSES, phrase, refusals=now.refusals)
    return TargetDifference(now.name, now.kind, Effect.ADDED, ("new",))


def _compared(was: TargetVersion, now: TargetVersion) -> TargetDifference:
    if was.refusals and not now.refusals:
        phrase: Phrase = ("takes this pipeline now; it was refused: ", *_refusals(was))
        return TargetDifference(now.name, now.kind, Effect.ACCEPTS, phrase, refusals=was.refusals)
    if now.refusals and not was.refusals:
        phrase = ("refuses this pipeline now: ", *_refusals(now))
        return TargetDifference(now.name, now.kind, Effect.REFUSES, phrase, refusals=now.refusals)
    if now.refusals:
        codes = {code for code, _ in was.refusals}, {code for code, _ in now.refusals}
        if codes[0] == codes[1]:
            phrase = ("is refused as before: ", *_refusals(now))
            return TargetDifference(now.name, now.kind, Effect.SAME, phrase, refusals=now.refusals)
        phrase = ("is refused for other reasons: ", *_refusals(now))
        return TargetDifference(now.name, now.kind, Effect.REFUSES, phrase, refusals=now.refusals)
    old, new = was.documents or {}, now.documents or {}
    differ = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    documents = tuple(path for path in differ if not path.startswith("code/"))
    if was.kind != now.kind:
        phrase = ("is of kind ", Value(now.kind), " instead of ", Value(was.kind))
        return TargetDifference(now.name, now.kind, Effect.DIFFERS, phrase, documents)
    if not differ:
        return TargetDifference(now.name, now.kind, Effect.SAME, ("compiles to the same",))
    return TargetDifference(
        now.name, now.kind, Effect.DIFFERS, _documents(documents, old, new, differ), documents
    )


def _documents(
    documents: tuple[str, ...],
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    differ: list[str],
) -> Phrase:
    if not documents:
        return ("only the code of steps differs",)
    found: list[str | Name | Value] = []
    for number, path in enumerate(documents):
        found += [", ", Name(path)] if number else [Name(path)]
        if path not in old:
            found.append(" is new")
        elif path not in new:
            found.append(" is gone")
    archives = len([path for path in differ if path in new and path.startswith("code/")])
    if archives:
        found.append(f", and the code of {counted(archives, 'step')}")
    return tuple(found)


def _refusals(side: TargetVersion) -> Phrase:
    code, message = side.refusals[0]
    more = len(side.refusals) - 1
    return (code, " ", Value(message), f", and {more} more" if more else "")


def target_changes(a: Version, b: Version) -> Iterator[Change]:
    """What target blocks say otherwise of themselves."""
    for name, now in b.targets.items():
        was = a.targets.get(name)
        if was is None:
            phrase: Phrase = ("new target ", Name(name), ": ", Value(now.kind))
            yield Change(
                Category.ADDITIVE,
                f"targets.{name}",
                phrase,
                now=name,
                place=now.place,
                targets=(name,),
            )
            continue
        for path, one, two in leaves(dict(was.settings), dict(now.settings)):
            yield _setting(name, path, one, two, now)
    for name in a.targets:
        if name not in b.targets:
            phrase = ("the target ", Name(name), " is gone")
            yield Change(Category.OPERATIONAL, f"targets.{name}", phrase, was=name, targets=(name,))


def _setting(name: str, path: tuple[str, ...], one: Json, two: Json, now: TargetVersion) -> Change:
    word = ".".join(path)
    texts = setting_text(word, one), setting_text(word, two)
    phrase: Phrase = (Name(word), *became(*texts))
    return Change(
        Category.OPERATIONAL, f"targets.{name}.{word}", phrase, *texts, now.place, targets=(name,)
    )
