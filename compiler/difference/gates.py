"""What is different about gates and approvals, which decide how far a run comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from ..ir.nodes import Approval, Gate
from ..ir.values import Apply, Expr, Json, Literal, NodeId
from .matching import stem
from .phrase import Name, Phrase, Value, moved, short
from .sight import Sight
from .spelling import became, setting_text, spelled, text
from .values import Category, Change, Place, Version

N = TypeVar("N", Gate, Approval)

_CLOSE = 0.6
"""From this likeness on, of the texts of two gates, one is the other one changed."""


def gate_changes(sight: Sight) -> Iterator[Change]:
    """Gates that are new, gone, or let other runs pass."""
    before, after = _each(Gate, sight)
    same = [
        (one, two)
        for one, was in enumerate(before)
        for two, now in enumerate(after)
        if _forms(was, now, sight)[0] == _forms(was, now, sight)[1]
    ]
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
            yield from _gate(before[one], after[two], sight, sight.new.place(after[two].span))


def _forms(was: Gate, now: Gate, sight: Sight) -> tuple[Json, Json]:
    return sight.forms[0].of(was.condition, was.id), sight.forms[1].of(now.condition, now.id)


def _named(gate: Gate) -> Name:
    return Name(f"expect {short(gate.text).text}")


def _gate(was: Gate, now: Gate, sight: Sight, place: Place) -> Iterator[Change]:
    one, two = _forms(was, now, sight)
    if one != two and was.text != now.text:
        phrase: Phrase = ("the gate ", _named(was), " is now ", _named(now))
        yield Change(Category.SEMANTIC, "gate", phrase, was.text, now.text, place)
    elif one != two and not _only_more(was, now, sight):
        values = different_values(was.condition, now.condition)
        phrase = ("what ", _named(now), " compares changed", *(moved(*values) if values else ()))
        x, y = values or (None, None)
        yield Change(Category.SEMANTIC, "gate", phrase, x, y, place)
    if was.policy != now.policy:
        phrase = (
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


def _only_more(was: Gate, now: Gate, sight: Sight) -> bool:
    """Whether only more or fewer branches or partitions are looked at."""
    one, two = sight.outlines
    return one.of(was.condition, was.id) == two.of(now.condition, now.id)


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
        [_asked(each, version) for each in side]
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


def _asked(approval: Approval, version: Version) -> str:
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
