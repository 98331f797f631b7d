"""What decides which nodes run: gates, approvals, blocks, and the order in which nodes stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from ..ir.graph import Graph
from ..ir.nodes import Approval, Branch, Gate, Join, Map, Task, blocks
from ..ir.text.spell import expression_text
from ..ir.values import Expr, Json, Literal, NodeId
from .forms import Forms, Likeness
from .leaves import setting_text, text
from .matching import Matching, stem
from .phrase import Name, Phrase, Value, counted, listed, moved, short
from .values import Category, Change, Place, Version

_CLOSE = 0.6
"""From this likeness on, of the texts of two gates, one is the other one changed."""


def flow_changes(
    a: Likeness, b: Likeness, old: Version, new: Version, matching: Matching,
    forms: tuple[Forms, Forms],
) -> Iterator[Change]:  # fmt: skip
    """Everything about a graph that is neither a task nor an output."""
    graphs = old.variant.graph, new.variant.graph
    yield from _gates(graphs, forms, new)
    yield from _approvals(graphs, forms, new)
    yield from _tasks(a, b, matching, new)
    yield from _blocks(graphs, forms, matching, new)


def _gates(
    graphs: tuple[Graph, Graph], forms: tuple[Forms, Forms], new: Version
) -> Iterator[Change]:
    before, after = (_first([n for n in g.everything() if isinstance(n, Gate)]) for g in graphs)
    pairs = _paired([gate.text for gate in before], [gate.text for gate in after])
    for one, two in pairs:
        was = before[one] if one is not None else None
        now = after[two] if two is not None else None
        if was is None and now is not None:
            phrase: Phrase = ("new gate ", _gate(now))
            yield Change(Category.SEMANTIC, "gate", phrase, None, now.text, new.place(now.span))
        elif was is not None and now is None:
            yield Change(Category.SEMANTIC, "gate", ("the gate ", _gate(was), " is gone"), was.text)
        elif was is not None and now is not None:
            yield from _gate_changes(was, now, forms, new.place(now.span))


def _gate(gate: Gate) -> Name:
    return Name(f"expect {short(gate.text).text}")


def _gate_changes(
    was: Gate, now: Gate, forms: tuple[Forms, Forms], place: Place
) -> Iterator[Change]:
    if was.text != now.text:
        phrase: Phrase = (
            "the gate changed",
            *moved(f"`expect {was.text}`", f"`expect {now.text}`"),
        )
        phrase = ("the gate ", _gate(was), " is now ", _gate(now))
        yield Change(Category.SEMANTIC, "gate", phrase, was.text, now.text, place)
    elif forms[0].of(was.condition, was.id) != forms[1].of(now.condition, now.id):
        values = _values(was.condition, now.condition)
        phrase = ("what ", _gate(now), " compares changed")
        if values is not None:
            phrase = ("what ", _gate(now), " compares with changed", *moved(*values))
        yield Change(Category.SEMANTIC, "gate", phrase, *(values or (None, None)), place)
    if was.policy != now.policy:
        phrase = ("at ", _gate(now), " a run will ", Value(now.policy), ", not ", Value(was.policy))
        yield Change(Category.SEMANTIC, "gate.policy", phrase, was.policy, now.policy, place)
    if _message(was.message) != _message(now.message):
        phrase = ("the words of ", _gate(now), " changed")
        yield Change(
            Category.OPERATIONAL,
            "gate.message",
            phrase,
            _message(was.message),
            _message(now.message),
            place,
        )


def _message(message: Expr | None) -> str | None:
    if message is None:
        return None
    return str(message.value) if isinstance(message, Literal) else expression_text(message)


def _values(was: Expr, now: Expr) -> tuple[str, str] | None:
    """The one value in which two expressions differ."""
    if isinstance(was, Literal) and isinstance(now, Literal):
        return text(was.value) or "none", text(now.value) or "none"
    old, fresh = getattr(was, "operands", ()), getattr(now, "operands", ())
    differ = [pair for pair in zip(old, fresh, strict=False) if pair[0] != pair[1]]
    if len(old) != len(fresh) or len(differ) != 1:
        return None
    return _values(*differ[0])


def _approvals(
    graphs: tuple[Graph, Graph], forms: tuple[Forms, Forms], new: Version
) -> Iterator[Change]:
    before, after = (_first([n for n in g.everything() if isinstance(n, Approval)]) for g in graphs)
    texts = [[_message(each.message) or "" for each in side] for side in (before, after)]
    for one, two in _paired(*texts):
        was = before[one] if one is not None else None
        now = after[two] if two is not None else None
        if was is None and now is not None:
            phrase: Phrase = ("new approval ", Name(short(_message(now.message) or "").text))
            yield Change(Category.SEMANTIC, "approval", phrase, place=new.place(now.span))
        elif was is not None and now is None:
            phrase = ("the approval ", Name(short(_message(was.message) or "").text), " is gone")
            yield Change(Category.SEMANTIC, "approval", phrase)
        elif was is not None and now is not None:
            place = new.place(now.span)
            if _message(was.message) != _message(now.message):
                phrase = (
                    "the words of an approval changed",
                    *moved(_message(was.message) or "", _message(now.message) or ""),
                )
                yield Change(Category.OPERATIONAL, "approval.message", phrase, place=place)
            for word in ("by", "timeout"):
                x, y = (setting_text(word, _json(getattr(each, word))) for each in (was, now))
                if x != y:
                    phrase = (
                        Name(word),
                        " of an approval changed",
                        *moved(x or "none", y or "none"),
                    )
                    yield Change(Category.OPERATIONAL, f"approval.{word}", phrase, x, y, place)


def _json(value: object) -> Json:
    return list(value) if isinstance(value, tuple) else value  # type: ignore[return-value]


def _tasks(a: Likeness, b: Likeness, matching: Matching, new: Version) -> Iterator[Change]:
    """Calls that are new or gone, and those that wait for others than before."""
    had, has = {stem(n) for n in a.tasks}, {stem(n) for n in b.tasks}
    kept = {stem(now): stem(was) for now, was in matching.before.items()}
    done: set[str] = set()
    for name, task in b.tasks.items():
        if stem(name) not in kept and stem(name) not in done:
            done.add(stem(name))
            phrase: Phrase = ("new: ", Name(stem(name)), _a_call(stem(name), task))
            yield Change(
                Category.ADDITIVE,
                "node",
                phrase,
                now=stem(name),
                place=new.place(task.span),
                nodes=(stem(name),),
            )
    for name in dict.fromkeys(map(stem, a.tasks)):
        if name not in kept.values():
            task = next(t for n, t in a.tasks.items() if stem(n) == name)
            phrase = (Name(name), " is gone")
            yield Change(Category.SEMANTIC, "node", phrase, was=name)
    assert (had and has) or True
    told: set[str] = set()
    for now, was in matching.before.items():
        if stem(now) in told:
            continue
        before = {kept_name for n in a.tasks[was].after for kept_name in _stands(n, matching)}
        after = {stem(n) for n in b.tasks[now].after}
        if before != after and (before | after) <= {*has, *had}:
            told.add(stem(now))
            more, less = sorted(after - before), sorted(before - after)
            phrase = (Name(stem(now)),)
            if more:
                phrase = (*phrase, " now waits for ", *listed(more))
            if less:
                phrase = (*phrase, " and" if more else "", " no longer waits for ", *listed(less))
            yield Change(
                Category.OPERATIONAL,
                "after",
                phrase,
                place=new.place(b.tasks[now].span),
                nodes=(stem(now),),
            )


def _a_call(name: str, task: Task) -> str | Name:
    step = task.definition.name
    return "" if step == name.rpartition(".")[2] else f", which runs the step {step}"


def _stands(name: NodeId, matching: Matching) -> Iterator[str]:
    yield matching.renamed.get(stem(name), stem(name))


def _blocks(
    graphs: tuple[Graph, Graph], forms: tuple[Forms, Forms], matching: Matching, new: Version
) -> Iterator[Change]:
    before, after = (_by_stem(graph) for graph in graphs)
    pairs = _block_pairs(before, after, graphs, matching)
    for name, block in after.items():
        was = before.get(pairs.get(name, ""))
        if was is None or type(was) is not type(block):
            continue
        place = new.place(block.span)
        match was, block:
            case Join(), Join():
                yield from _join(name, was, block, place)
            case Map(), Map():
                if forms[0].of(was.items, was.id) != forms[1].of(block.items, block.id):
                    texts = expression_text(was.items), expression_text(block.items)
                    phrase: Phrase = (Name(name), " goes through another list")
                    if texts[0] != texts[1]:
                        phrase = (
                            Name(name),
                            " goes through ",
                            short(texts[1]),
                            " instead of ",
                            short(texts[0]),
                        )
                    yield Change(Category.SEMANTIC, "list", phrase, *texts, place)
                yield from _share(name, was.allow_failures, block.allow_failures, place)
                yield from _parallel(name, was.max_parallel, block.max_parallel, place)
            case Branch(), Branch():
                yield from _branch(name, was, block, forms, place)
            case _:
                pass


def _join(name: str, was: Join, now: Join, place: Place) -> Iterator[Change]:
    if was.kind == now.kind == "partition":
        had, has = [limb.name for limb in was.limbs], [limb.name for limb in now.limbs]
        more = [key for key in has if key not in set(had)]
        less = [key for key in had if key not in set(has)]
        for keys, category, word in (
            (more, Category.ADDITIVE, "more"),
            (less, Category.SEMANTIC, "fewer"),
        ):
            if keys:
                number = "1 partition" if len(keys) == 1 else f"{len(keys)} partitions"
                count, noun = number.split(" ")
                phrase: Phrase = (Name(name), f" has {count} {word} {noun}: ", *_range(keys))
                yield Change(category, "partitions", phrase, str(len(had)), str(len(has)), place)
    elif len(was.limbs) != len(now.limbs) and now.kind == "for":
        more_ = len(now.limbs) > len(was.limbs)
        phrase = (
            Name(name),
            f" has {counted(len(now.limbs), 'branch')[:-1]}"
            if False
            else f" has {_branches(len(now.limbs))} instead of {len(was.limbs)}",
        )
        category = Category.ADDITIVE if more_ else Category.SEMANTIC
        yield Change(category, "branches", phrase, str(len(was.limbs)), str(len(now.limbs)), place)
    if now.kind == "for":
        if len(was.limbs) == len(now.limbs) and was.allowed != now.allowed:
            phrase = (
                Name(name),
                f" goes on with {now.allowed} failed branches instead of {was.allowed}",
            )
            yield Change(
                Category.OPERATIONAL,
                "allow_failures",
                phrase,
                str(was.allowed),
                str(now.allowed),
                place,
            )
    yield from _parallel(name, was.max_parallel, now.max_parallel, place)


def _branches(number: int) -> str:
    return "1 branch" if number == 1 else f"{number} branches"


def _range(keys: list[str]) -> Phrase:
    if len(keys) <= 3:
        found: list[str | Name | Value] = []
        for number, key in enumerate(keys):
            found += [", ", Value(key)] if number else [Value(key)]
        return tuple(found)
    return (Value(keys[0]), " to ", Value(keys[-1]))


def _share(name: str, was: float, now: float, place: Place) -> Iterator[Change]:
    if was != now:
        phrase: Phrase = (
            Name("allow_failures"),
            " of ",
            Name(name),
            *moved(f" changed from {was:.0%}", f"{now:.0%}"),
        )
        phrase = (
            Name("allow_failures"),
            " of ",
            Name(name),
            f" changed from {was:.0%} to {now:.0%}",
        )
        yield Change(Category.OPERATIONAL, "allow_failures", phrase, str(was), str(now), place)


def _parallel(name: str, was: int | None, now: int | None, place: Place) -> Iterator[Change]:
    if was != now:
        one, two = ("no limit" if limit is None else str(limit) for limit in (was, now))
        phrase: Phrase = (Name("max_parallel"), " of ", Name(name), f" changed from {one} to {two}")
        yield Change(Category.OPERATIONAL, "max_parallel", phrase, one, two, place)


def _branch(
    name: str, was: Branch, now: Branch, forms: tuple[Forms, Forms], place: Place
) -> Iterator[Change]:
    old = [None if arm.condition is None else arm.condition for arm in was.arms]
    fresh = [None if arm.condition is None else arm.condition for arm in now.arms]
    if len(old) != len(fresh):
        phrase: Phrase = ("the ", Name(name), f" has {len(fresh)} ways instead of {len(old)}")
        yield Change(Category.SEMANTIC, "condition", phrase, str(len(old)), str(len(fresh)), place)
        return
    for x, y in zip(old, fresh, strict=True):
        if x is None or y is None:
            continue
        if forms[0].of(x, was.id) != forms[1].of(y, now.id):
            values = _values(x, y)
            texts = values or (expression_text(x), expression_text(y))
            phrase = ("the condition of a ", Name("when"), " changed", *moved(*texts))
            yield Change(Category.SEMANTIC, "condition", phrase, *texts, place)


def _by_stem(graph: Graph) -> dict[str, Join | Map | Branch]:
    found: dict[str, Join | Map | Branch] = {}
    for node in graph.everything():
        if isinstance(node, Join | Map | Branch):
            found.setdefault(stem(node.id), node)
    return found


def _block_pairs(
    before: Mapping[str, Join | Map | Branch],
    after: Mapping[str, Join | Map | Branch],
    graphs: tuple[Graph, Graph],
    matching: Matching,
) -> dict[str, str]:
    """The earlier name of each block: of the same name, or with the same tasks in it."""
    homes = [_homes(graph) for graph in graphs]
    votes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for now, was in matching.before.items():
        for block, other in zip(homes[1].get(now, ()), homes[0].get(was, ()), strict=False):
            votes[block][other] += 1
    found = {block: max(sorted(tally), key=tally.__getitem__) for block, tally in votes.items()}
    taken = set(found.values())
    for name in after:
        if name not in found and name in before and name not in taken:
            found[name] = name
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
            at: NodeId | None = around.get(node.id)
            while at is not None:
                path.append(stem(at))
                at = around.get(at)
            found[node.id] = tuple(path)
    return found


def _first(nodes: list) -> list:  # type: ignore[type-arg]
    """One of each name, whatever branch it stands in."""
    found: dict[str, object] = {}
    for node in nodes:
        found.setdefault(stem(node.id), node)
    return list(found.values())


def _paired(before: list[str], after: list[str]) -> list[tuple[int | None, int | None]]:
    """Equal texts are one, then those that are most alike; the rest stands alone."""
    left, right = list(range(len(before))), list(range(len(after)))
    pairs: list[tuple[int | None, int | None]] = []
    for two in list(right):
        one = next((n for n in left if before[n] == after[two]), None)
        if one is not None:
            pairs.append((one, two))
            left.remove(one)
            right.remove(two)
    likeness = sorted(
        (-SequenceMatcher(None, before[one], after[two]).ratio(), one, two)
        for one in left
        for two in right
    )
    for ratio, one, two in likeness:
        if -ratio >= _CLOSE and one in left and two in right:
            pairs.append((one, two))
            left.remove(one)
            right.remove(two)
    return [*pairs, *((one, None) for one in left), *((None, two) for two in right)]
