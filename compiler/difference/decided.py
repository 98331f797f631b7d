"""Gates and conditions that parameters alone decide, compared with the parameters open.

Other values than those that are compared decide otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...runtime.dataclass import dataclass
from ...runtime.key import digest_json
from ..ir.graph import Graph
from ..ir.nodes import Branch, Gate, Task, walk
from ..ir.values import Expr, Json, NodeId, ParameterRef, references
from .forms import Forms, Likeness
from .gates import Asked, paired
from .phrase import Name, Phrase, short
from .spelling import spelled
from .values import Category, Change, Version

_DAY = "run.day"


@dataclass(frozen=True, slots=True)
class _Side:
    """A version with its parameters open. `reached` are the tasks that are compared anyway."""

    version: Version
    graph: Graph
    forms: Forms
    likeness: Likeness
    reached: frozenset[NodeId]

    def form(self, node: Gate | Branch) -> Json:
        if isinstance(node, Gate):
            return self.forms.of(node.condition, node.id)
        return [None if c is None else self.forms.of(c, node.id) for c in _conditions(node)]

    def aside(self, branch: Branch) -> list[list[str]]:
        """The marks of the tasks in each arm that the compared values do not reach."""
        return [
            sorted(
                self.likeness.marks[node.id]
                for node in walk(arm.body.everything)
                if isinstance(node, Task) and node.id not in self.reached
            )
            for arm in branch.arms
        ]


def decided_nodes(graph: Graph) -> Iterator[Gate | Branch]:
    """The gates, and the blocks with a condition, that parameters alone decide."""
    for node in graph.everything():
        if (isinstance(node, Gate) and _by_parameters(node.condition, graph)) or (
            isinstance(node, Branch) and _first(node, graph) is not None
        ):
            yield node


def decided_gates(version: Version, parameters: Mapping[str, str]) -> dict[NodeId, Asked]:
    """What the gates that parameters alone decide ask for."""
    if version.variant.open is None:
        return {}
    side = _side(version, parameters)
    return {
        node.id: Asked(node.condition, side.form(node))
        for node in decided_nodes(side.graph)
        if isinstance(node, Gate)
    }


def condition_changes(a: Version, b: Version, parameters: Mapping[str, str]) -> Iterator[Change]:
    """Of blocks with a condition; of gates `gate_changes` tells. Only where either version has any
    that parameters decide."""
    if a.variant.open is None and b.variant.open is None:
        return
    old, new = _side(a, parameters), _side(b, {})
    before, after = (
        [node for node in decided_nodes(side.graph) if isinstance(node, Branch)]
        for side in (old, new)
    )
    forms = [old.form(each) for each in before], [new.form(each) for each in after]
    same = [(i, j) for i, x in enumerate(forms[0]) for j, y in enumerate(forms[1]) if x == y]
    texts = [_text(node, old) for node in before], [_text(node, new) for node in after]
    for one, two in paired(*texts, same):
        was = None if one is None else before[one]
        now = None if two is None else after[two]
        if was is None and now is not None:
            phrase: Phrase = ("new ", _named(now, new))
            place = new.version.place(now.span)
            yield Change(Category.SEMANTIC, "condition", phrase, None, _text(now, new), place)
        elif was is not None and now is None:
            phrase = ("the ", _named(was, old), " is gone")
            yield Change(Category.SEMANTIC, "condition", phrase, _text(was, old))
        elif was is not None and now is not None:
            yield from _branch(was, now, old, new)


def _side(version: Version, parameters: Mapping[str, str]) -> _Side:
    variant = version.variant.open or version.variant
    likeness = Likeness(variant, version.unknown, parameters)
    return _Side(
        version,
        variant.graph,
        Forms(variant, lambda name: likeness.marks[name], parameters),
        likeness,
        frozenset(n.id for n in version.variant.graph.everything() if isinstance(n, Task)),
    )


def _branch(was: Branch, now: Branch, old: _Side, new: _Side) -> Iterator[Change]:
    place = new.version.place(now.span)
    if digest_json(old.form(was)) != digest_json(new.form(now)):
        texts = _text(was, old), _text(now, new)
        phrase: Phrase = ("the ", _named(was, old), " is now ", _named(now, new))
        yield Change(Category.SEMANTIC, "condition", phrase, *texts, place)
    if old.aside(was) != new.aside(now):
        phrase = ("what stands in ", _named(now, new), " changed")
        yield Change(Category.SEMANTIC, "arm", phrase, place=place)


def _named(branch: Branch, side: _Side) -> Name:
    return Name(f"when {short(_text(branch, side)).text}")


def _text(branch: Branch, side: _Side) -> str:
    first = _first(branch, side.graph)
    return "" if first is None else spelled(first)


def _first(branch: Branch, graph: Graph) -> Expr | None:
    """The first condition that parameters decide."""
    return next((c for c in _conditions(branch) if _by_parameters(c, graph)), None)


def _by_parameters(expression: Expr | None, graph: Graph) -> bool:
    names = {parameter.name for parameter in graph.parameters} | {_DAY}
    read = [] if expression is None else [*references(expression)]
    return bool(read) and all(isinstance(r, ParameterRef) and r.name in names for r in read)


def _conditions(branch: Branch) -> list[Expr | None]:
    return [arm.condition for arm in branch.arms]
