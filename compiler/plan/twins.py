"""Which earlier row of a plan may do the same work as another."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.artifact import Json
from ...runtime.dataclass import dataclass, field
from ...runtime.key import encoded, inputs_of, plain_arguments
from ..ir.values import NodeId

Contents = Mapping[str, bytes]
"""What goes in, by input, as far as it is known."""


def contents_of(spec: Mapping[str, Json], known: Mapping[str, object], given: set[str]) -> Contents:
    """Equal for arguments that make the same key; of those `given`, only the `known` are there.

    Raises `ValueMismatch` where an argument is not of its declared type.
    """
    found = {name: encoded(value) for name, value in plain_arguments(spec, known).items()}
    for name, value in known.items():
        if name not in found:
            pairs: list[Json] = [[at, content] for at, content in inputs_of(spec, {name: value})]
            found[name] = encoded(pairs)
    names = (str(row[0]) for row in _rows(spec))
    found.update((name, b"") for name in names if name not in given)
    return found


def _rows(spec: Mapping[str, Json]) -> list[list[Json]]:
    rows = spec["inputs"]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, list)]


@dataclass(slots=True)
class Alike:
    """Nodes of one definition of which the same inputs are known."""

    nodes: list[tuple[NodeId, Contents]] = field(default_factory=list)
    by: dict[frozenset[str], dict[tuple[bytes, ...], NodeId]] = field(default_factory=dict)

    def add(self, node: NodeId, contents: Contents) -> None:
        self.nodes.append((node, contents))
        for names, first in self.by.items():
            first.setdefault(_part(contents, names), node)

    def first(self, names: frozenset[str], contents: Contents) -> NodeId | None:
        """The first node that has the same in these inputs."""
        if names not in self.by:
            found = self.by[names] = {}
            for node, held in self.nodes:
                found.setdefault(_part(held, names), node)
        return self.by[names].get(_part(contents, names))


@dataclass(slots=True)
class Twins:
    """The nodes that may run, by stem and by which of their inputs are known.

    Two of one stem may be the same work where no input that is known of both tells them apart.
    How many sets of known inputs a stem has is bounded by the places that call it, so a look-up
    takes the same time however many nodes there are.
    """

    stems: dict[str, dict[frozenset[str], Alike]] = field(default_factory=dict)

    def meet(self, node: NodeId, stem: str, contents: Contents) -> NodeId | None:
        """The first that came earlier and may do the same work; from now on, this one is known."""
        groups = self.stems.setdefault(stem, {})
        mine = frozenset(contents)
        found = (alike.first(mine & names, contents) for names, alike in groups.items())
        twin = next((name for name in found if name is not None), None)
        groups.setdefault(mine, Alike()).add(node, contents)
        return twin


def _part(contents: Contents, names: frozenset[str]) -> tuple[bytes, ...]:
    return tuple(contents[name] for name in sorted(names))
