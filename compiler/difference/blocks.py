"""What is different about blocks: lists, conditions, partitions, what they yield, how they run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..ir.graph import Graph
from ..ir.nodes import Branch, Join, Map, Task, blocks
from ..ir.values import Expr, Json, NodeId
from .gates import different_values
from .matching import Matching, stem
from .phrase import Name, Phrase, Value, moved, short
from .sight import Sight
from .spelling import became, spelled
from .values import Category, Change, Place, Version

Block: TypeAlias = "Join | Map | Branch"

_FEW = 3


def block_pairs(old: Version, new: Version, matching: Matching) -> dict[str, str]:
    """The earlier name of each block: the one with the same tasks in it, else of the same name,
    else in the same place among those that are left."""
    before, after = _blocks(old.variant.graph), _blocks(new.variant.graph)
    homes = [_homes(version.variant.graph) for version in (old, new)]
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for now, was in matching.before.items():
        for block, other in zip(homes[1][now], homes[0][was], strict=False):
            votes[block][other] += 1
    found = {block: tally.most_common(1)[0][0] for block, tally in votes.items()}
    taken = set(found.values())
    for name in after:
        if name not in found and name in before and name not in taken:
            found[name] = name
    taken = set(found.values())
    for kind in (Join, Map, Branch):
        # Blocks without tasks in them have nothing to be known by but their order.
        gone = [n for n, block in before.items() if isinstance(block, kind) and n not in taken]
        come = [n for n, block in after.items() if isinstance(block, kind) and n not in found]
        if len(gone) == len(come):
            found.update(zip(come, gone, strict=True))
    return found


def widened(old: Version, new: Version, pairs: Mapping[str, str]) -> frozenset[str]:
    """The partitioned blocks that have other keys now."""
    before, after = _blocks(old.variant.graph), _blocks(new.variant.graph)
    return frozenset(
        name
        for name, block in after.items()
        if isinstance(was := before.get(pairs.get(name, "")), Join)
        and isinstance(block, Join)
        and block.kind == was.kind == "partition"
        and [limb.name for limb in was.limbs] != [limb.name for limb in block.limbs]
    )


def relisted(old: Version, new: Version, pairs: Mapping[str, str]) -> frozenset[str]:
    """The loops over a list that is written otherwise now, and of another length."""
    before, after = _blocks(old.variant.graph), _blocks(new.variant.graph)
    return frozenset(
        name
        for name, block in after.items()
        if (was := before.get(pairs.get(name, ""))) is not None
        and _list(was, old).split() != _list(block, new).split()
        and _length(was) != _length(block)
    )


def _length(block: Block) -> int | None:
    """How many branches there are, None where only a run knows."""
    return len(block.limbs) if isinstance(block, Join) else None


def _list(block: Block, version: Version) -> str:
    written = version.arguments.get(block.span, {}).get("")
    return "" if written is None else written.text


def block_changes(sight: Sight, pairs: Mapping[str, str]) -> Iterator[Change]:
    """Everything about blocks but the tasks and gates in them."""
    before, after = _blocks(sight.old.variant.graph), _blocks(sight.new.variant.graph)
    for name, now in after.items():
        place = sight.new.place(now.span)
        earlier = before.get(pairs.get(name, ""))
        if earlier is not None and name in sight.relisted:
            yield _relisted(name, earlier, now, sight, place)
        match earlier, now:
            case (Join() as was, Join() as block):
                yield from _join(name, was, block, place, told=name in sight.relisted)
                yield from _yields(name, _first(was), _first(block), was, block, sight, place)
            case (Map() as was, Map() as block):
                yield from _map(name, was, block, sight, place)
                yield from _yields(
                    name, was.body.result, block.body.result, was, block, sight, place
                )
            case (Branch() as was, Branch() as block):
                yield from _branch(name, was, block, sight, place)
            case _:
                pass


def _relisted(name: str, was: Block, now: Block, sight: Sight, place: Place) -> Change:
    """Another list, with how many branches it comes to where that is known."""
    texts = _list(was, sight.old), _list(now, sight.new)
    counts = [len(each.limbs) if isinstance(each, Join) else 0 for each in (was, now)]
    phrase: Phrase = (Name(name), " goes through another list")
    if 0 not in counts and counts[0] != counts[1]:
        noun = "branch" if counts[1] == 1 else "branches"
        phrase = (Name(name), f" has {counts[1]} {noun} instead of {counts[0]}")
    category = Category.ADDITIVE if 0 < counts[0] < counts[1] else Category.SEMANTIC
    return Change(category, "list", (*phrase, ":", *moved(*texts)), *texts, place)


def _join(name: str, was: Join, now: Join, place: Place, *, told: bool) -> Iterator[Change]:
    had, has = [limb.name for limb in was.limbs], [limb.name for limb in now.limbs]
    counts = str(len(had)), str(len(has))
    if was.kind == now.kind == "partition":
        more = [key for key in has if key not in set(had)]
        less = [key for key in had if key not in set(has)]
        for keys, category, word in (
            (more, Category.ADDITIVE, "more"),
            (less, Category.SEMANTIC, "fewer"),
        ):
            if keys:
                noun = "partition" if len(keys) == 1 else "partitions"
                phrase: Phrase = (Name(name), f" has {len(keys)} {word} {noun}: ", *_range(keys))
                yield Change(category, "partitions", phrase, *counts, place)
    elif was.kind == now.kind == "for" and len(had) != len(has) and not told:
        noun = "branch" if len(has) == 1 else "branches"
        phrase = (Name(name), f" has {len(has)} {noun} instead of {len(had)}")
        category = Category.ADDITIVE if len(has) > len(had) else Category.SEMANTIC
        yield Change(category, "branches", phrase, *counts, place)
    elif was.kind == now.kind == "for" and was.allowed != now.allowed:
        phrase = (Name(name), f" bears {_failed(now.allowed)} instead of {was.allowed or 'none'}")
        texts = str(was.allowed), str(now.allowed)
        yield Change(Category.OPERATIONAL, "allow_failures", phrase, *texts, place)
    yield from _limit(name, was, now, place)


def _failed(number: int) -> str:
    return "1 failed branch" if number == 1 else f"{number or 'no'} failed branches"


def _range(keys: list[str]) -> Phrase:
    if len(keys) > _FEW:
        return (Value(keys[0]), " to ", Value(keys[-1]))
    found: list[str | Name | Value] = []
    for number, key in enumerate(keys):
        found += [", ", Value(key)] if number else [Value(key)]
    return tuple(found)


def _map(name: str, was: Map, now: Map, sight: Sight, place: Place) -> Iterator[Change]:
    one, two = sight.outlines
    if one.of(was.items, was.id) != two.of(now.items, now.id) and name not in sight.relisted:
        texts = spelled(was.items), spelled(now.items)
        phrase: Phrase = (
            Name(name),
            " goes through ",
            short(texts[1]),
            " instead of ",
            short(texts[0]),
        )
        if texts[0] == texts[1]:
            phrase = (Name(name), " goes through another list")
        yield Change(Category.SEMANTIC, "list", phrase, *texts, place)
    if was.allow_failures != now.allow_failures:
        shares = f"{was.allow_failures:.0%}", f"{now.allow_failures:.0%}"
        phrase = (Name("allow_failures"), " of ", Name(name), " changed", *moved(*shares))
        yield Change(Category.OPERATIONAL, "allow_failures", phrase, *shares, place)
    yield from _limit(name, was, now, place)


def _limit(name: str, was: Join | Map, now: Join | Map, place: Place) -> Iterator[Change]:
    one, two = (None if n.max_parallel is None else str(n.max_parallel) for n in (was, now))
    if one != two:
        phrase: Phrase = (Name("max_parallel"), " of ", Name(name), *became(one, two))
        yield Change(Category.OPERATIONAL, "max_parallel", phrase, one, two, place)


def _branch(name: str, was: Branch, now: Branch, sight: Sight, place: Place) -> Iterator[Change]:
    if len(was.arms) != len(now.arms):
        counts = str(len(was.arms)), str(len(now.arms))
        phrase: Phrase = ("a ", Name("when"), f" has {counts[1]} ways instead of {counts[0]}")
        yield Change(Category.SEMANTIC, "condition", phrase, *counts, place)
        return
    for x, y in zip(was.arms, now.arms, strict=True):
        if x.condition is not None and y.condition is not None:
            one, two = sight.outlines
            if one.of(x.condition, was.id) != two.of(y.condition, now.id):
                texts = different_values(x.condition, y.condition)
                texts = texts or (spelled(x.condition), spelled(y.condition))
                phrase = ("the condition of a ", Name("when"), " changed", *moved(*texts))
                yield Change(Category.SEMANTIC, "condition", phrase, *texts, place)
        yield from _yields(name, x.body.result, y.body.result, was, now, sight, place)


def _first(join: Join) -> Expr | None:
    return join.limbs[0].result if join.limbs else None


def _yields(
    name: str,
    x: Expr | None,
    y: Expr | None,
    was: Block,
    now: Block,
    sight: Sight,
    place: Place,
) -> Iterator[Change]:
    if x is None or y is None:
        return
    one, two = sight.outlines
    if _shape(one.of(x, _inside(was))) != _shape(two.of(y, _inside(now))):
        yield Change(
            Category.SEMANTIC, "yield", ("what ", Name(name), " yields changed"), place=place
        )


def _inside(block: Block) -> NodeId:
    """Where what a block yields is evaluated: it may read the variable of a `for`."""
    return NodeId(f"{block.id}[*].") if isinstance(block, Map) else block.id


def _shape(form: Json) -> Json:
    """A form without the values in it: those are the branch's own, and told with its calls."""
    match form:
        case ["value", _]:
            return "value"
        case list():
            return [_shape(part) for part in form]
        case _:
            return form


def _blocks(graph: Graph) -> dict[str, Block]:
    """One of each name."""
    found: dict[str, Block] = {}
    for node in graph.everything():
        if isinstance(node, Join | Map | Branch):
            found.setdefault(stem(node.id), node)
    return found


def _homes(graph: Graph) -> dict[NodeId, tuple[str, ...]]:
    """The blocks around each task, innermost first."""
    around: dict[NodeId, NodeId] = {}
    for node in graph.everything():
        if isinstance(node, Join):
            for limb in node.limbs:
                around.update(dict.fromkeys(limb.members, node.id))
        for block in blocks(node):
            around.update(dict.fromkeys((inner.id for inner in block.everything), node.id))
    found: dict[NodeId, tuple[str, ...]] = {}
    for node in graph.everything():
        if isinstance(node, Task):
            path: list[str] = []
            at = around.get(node.id)
            while at is not None:
                path.append(stem(at))
                at = around.get(at)
            found[node.id] = tuple(path)
    return found
