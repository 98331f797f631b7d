"""What is different about gates and approvals, which decide how far a run comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias, TypeVar

from ...runtime.dataclass import dataclass
from ..ir.nodes import Approval, Gate
from ..ir.values import Apply, Expr, Json, Literal, NodeId
from .matching import stem
from .phrase import Name, Phrase, Value, moved, short
from .sight import Sight
from .spelling import became, setting_text, spelled, text
from .values import Category, Change, Version

N = TypeVar("N", Gate, Approval)

_CLOSE = 0.6
"""From this likeness on, of the texts of two gates, one is the other one changed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a gate asks for, before parameters had values, and the form of it."""

    condition: Expr
    form: Json


Decided: TypeAlias = "tuple[Mapping[NodeId, Asked], Mapping[NodeId, Asked]]"
"""The gates of both versions that parameters alone decide."""


def gate_changes(sight: Sight, decided: Decided) -> Iterator[Change]:
    """Gates that are new, gone, or let other runs pass."""
    before, after = _each(Gate, sight)
    same = [
        (one, two)
        for one, was in enumerate(before)
        for two, now in enumerate(after)
        if _is_same(was, now, sight, decided)
    ]
    same.sort(key=lambda pair: before[pair[0]].text != after[pair[1]].text)
    for one, two in paired([g.text for g in before], [g.text for g in after], same):
        if one is None and two is not None:
            now = after[two]
            phrase: Phrase = ("new gate ", _named(now))
            yield Change(
                Category.SEMANTIC, "gate", phrase, None, now.text, sight.new.place(now.span)
            )
        elif one is not None and two is None:
            was = before[one]
            yield Change(
                Category.SEMANTIC, "gate", ("the gate ", _named(was), " is gone"), was.text
            )
        elif one is not None and two is not None:
            was, now = before[one], after[two]
            if not _is_same(was, now, sight, decided) and not _only_more(was, now, sight, decided):
                yield _asked(was, now, sight, decided)
            yield from _around(was, now, sight)


def _opened(was: Gate, now: Gate, decided: Decided) -> tuple[Asked, Asked] | None:
    one, two = decided[0].get(was.id), decided[1].get(now.id)
    return None if one is None or two is None else (one, two)


def _is_same(was: Gate, now: Gate, sight: Sight, decided: Decided) -> bool:
    """Whether two gates ask for the same, whatever values parameters have."""
    opened = _opened(was, now, decided)
    if opened is not None:
        return opened[0].form == opened[1].form
    one, two = sight.forms
    return one.of(was.condition, was.id) == two.of(now.condition, now.id)


def _asked(was: Gate, now: Gate, sight: Sight, decided: Decided) -> Change:
    """A gate that is written otherwise, or compares with something else."""
    place = sight.new.place(now.span)
    if was.text != now.text:
        phrase: Phrase = ("the gate ", _named(was), " is now ", _named(now))
        return Change(Category.SEMANTIC, "gate", phrase, was.text, now.text, place)
    opened = _opened(was, now, decided)
    pair = (was, now) if opened is None else opened
    values = different_values(pair[0].condition, pair[1].condition)
    phrase = ("what ", _named(now), " compares changed", *(moved(*values) if values else ()))
    x, y = values or (None, None)
    return Change(Category.SEMANTIC, "gate", phrase, x, y, place)


def _only_more(was: Gate, now: Gate, sight: Sight, decided: Decided) -> bool:
    """Whether only more or fewer branches or partitions are looked at, in the same words."""
    if was.text != now.text or _opened(was, now, decided) is not None:
        return False
    one, two = sight.outlines
    return one.of(was.condition, was.id) == two.of(now.condition, now.id)


def _named(gate: Gate) -> Name:
    return Name(f"expect {short(gate.text).text}")


def _around(was: Gate, now: Gate, sight: Sight) -> Iterator[Change]:
    """What a gate does where it does not hold, and says."""
    place = sight.new.place(now.span)
    if was.policy != now.policy:
        phrase: Phrase = (
            "at ",
            _named(now),
            " a run will ",
            Value(now.policy),
            ", not ",
            Value(was.policy),
        )
        yield Change(Category.SEMANTIC, "gate.policy", phrase, was.policy, now.policy, place)
    if not _same(was.message, now.message, was, now, sight):
        texts = _words(was.message), _words(now.message)
        phrase = ("the words of ", _named(now), " changed")
        yield Change(Category.OPERATIONAL, "gate.message", phrase, *texts, place)


def _same(x: Expr | None, y: Expr | None, was: N, now: N, sight: Sight) -> bool:
    """Whether the same is said, as it is written or as it comes out."""
    if x is None or y is None:
        return x is y
    one, two = sight.outlines
    written = _written(was, sight.old)
    if written is not None and written == _written(now, sight.new):
        return True
    return one.of(x, was.id) == two.of(y, now.id)


def _written(node: Gate | Approval, version: Version) -> str | None:
    written = version.arguments.get(node.span, {}).get("")
    return None if written is None else written.text


def _words(message: Expr | None) -> str | None:
    if message is None:
        return None
    return str(message.value) if isinstance(message, Literal) else spelled(message)


def different_values(was: Expr, now: Expr) -> tuple[str, str] | None:
    """The one value in which two expressions differ, None where more does."""
    if isinstance(was, Literal) and isinstance(now, Literal):
        return text(was.value) or "none", text(now.value) or "none"
    if not isinstance(was, Apply) or not isinstance(now, Apply) or was.operator != now.operator:
        return None
    pairs = list(zip(was.operands, now.operands, strict=False))
    differ = [pair for pair in pairs if pair[0] != pair[1]]
    if len(was.operands) != len(now.operands) or len(differ) != 1:
        return None
    return different_values(*differ[0])


def approval_changes(sight: Sight) -> Iterator[Change]:
    """Approvals that are new, gone, or ask others."""
    before, after = _each(Approval, sight)
    texts = [
        [_question(each, version) for each in side]
        for side, version in ((before, sight.old), (after, sight.new))
    ]
    for one, two in paired(texts[0], texts[1]):
        if one is None and two is not None:
            phrase: Phrase = ("new approval ", Name(short(texts[1][two]).text))
            place = sight.new.place(after[two].span)
            yield Change(Category.SEMANTIC, "approval", phrase, None, texts[1][two], place)
        elif one is not None and two is None:
            phrase = ("the approval ", Name(short(texts[0][one]).text), " is gone")
            yield Change(Category.SEMANTIC, "approval", phrase, texts[0][one])
        elif one is not None and two is not None:
            yield from _approval(before[one], after[two], sight)


def _question(approval: Approval, version: Version) -> str:
    """What is asked, as it is written."""
    written = _written(approval, version)
    return written.strip('f"') if written else _words(approval.message) or ""


def _approval(was: Approval, now: Approval, sight: Sight) -> Iterator[Change]:
    place = sight.new.place(now.span)
    if not _same(was.message, now.message, was, now, sight):
        texts = _words(was.message), _words(now.message)
        phrase: Phrase = ("the words of an approval", *became(*texts))
        yield Change(Category.OPERATIONAL, "approval.message", phrase, *texts, place)
    sides: list[tuple[str, Json, Json]] = [
        ("by", [*was.by] or None, [*now.by] or None),
        ("timeout", was.timeout, now.timeout),
    ]
    for word, one, two in sides:
        if one != two:
            texts = setting_text(word, one), setting_text(word, two)
            phrase = (Name(word), " of an approval", *became(*texts))
            yield Change(Category.OPERATIONAL, f"approval.{word}", phrase, *texts, place)


def _each(kind: type[N], sight: Sight) -> tuple[list[N], list[N]]:
    """One of each name in both versions: a copy that stands in both, where there is one."""
    sides = [
        {node.id: node for node in version.variant.graph.everything() if isinstance(node, kind)}
        for version in (sight.old, sight.new)
    ]

    def chosen(side: dict[NodeId, N], other: dict[NodeId, N]) -> list[N]:
        found: dict[str, N] = {}
        for node in side.values():
            known = found.setdefault(stem(node.id), node)
            if known.id not in other and node.id in other:
                found[stem(node.id)] = node
        return list(found.values())

    before, after = sides
    return chosen(before, after), chosen(after, before)


def paired(
    before: Sequence[str], after: Sequence[str], same: Sequence[tuple[int, int]] = ()
) -> list[tuple[int | None, int | None]]:
    """Those that are the `same`, equal texts, then those that are most alike; the rest alone."""
    left, right = dict.fromkeys(range(len(before))), dict.fromkeys(range(len(after)))
    pairs: list[tuple[int | None, int | None]] = []
    equal = [(one, two) for two in right for one in left if before[one] == after[two]]
    alike = sorted(
        (-SequenceMatcher(None, before[one], after[two]).ratio(), one, two)
        for one in left
        for two in right
    )
    close = [(one, two) for ratio, one, two in alike if -ratio >= _CLOSE]
    for one, two in (*same, *equal, *close):
        if one in left and two in right:
            del left[one], right[two]
            pairs.append((one, two))
    return [*pairs, *((one, None) for one in left), *((None, two) for two in right)]
