"""What stands around a place: blocks, names of other places, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.dataclass import dataclass, field
from ..source import Span
from ..syntax import ast
from ..types.types import Partitioning


@dataclass(frozen=True, slots=True)
class Later:
    """A name bound further down, or in a block: its keyword and place, and what its braces hold.

    `index` counts the statements of the list that it stands in. `statement` is None for the
    variable of a block.
    """

    span: Span
    statement: ast.Bind | None
    index: int
    block: tuple[str, Span] | None = None
    body: Span | None = None


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A `partition` block around a place. `variable` is its `as` name."""

    partition: Partitioning
    grain: Span
    variable: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """A block around a place: its word (`for`, `on failure`), its keyword and its braces.

    `is_dead` says that a constant keeps it from being reached.
    """

    word: str
    keyword: Span
    body: Span
    partition: Partitioned | None = None
    outer: Around | None = None
    is_dead: bool = False


@dataclass(slots=True)
class Order:
    """Which bindings wait for which: one bit for each, so that thousands cost nothing."""

    bits: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)

    def needed(self, names: Iterable[str]) -> int:
        """The bits of all bindings that come before what reads `names`."""
        found = 0
        for name in names:
            if name in self.bits:
                found |= self.bits[name] | self.waits[name]
        return found

    def add(self, name: str, needed: int) -> None:
        """Enters a binding that waits for `needed`."""
        if name not in self.bits:
            self.bits[name] = 1 << len(self.bits)
            self.waits[name] = needed
