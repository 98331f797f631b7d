"""Partitioned values: one expression for each key, and where among them a place stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...runtime.dataclass import dataclass
from ..ir.partition import Period
from ..ir.values import Expr


@dataclass(frozen=True, slots=True)
class Key:
    """One partition: what its nodes are called, what its variable holds, and its period if any."""

    name: str
    variable: Mapping[str, Expr]
    period: Period | None = None


class Series:
    """The value of a partitioned block for each key, in order. `results` and `past` grow while the
    block is lowered; `past` has all that was bound at each key."""

    def __init__(self, kind: str, zone: str, keys: Sequence[Key]) -> None:
        self.kind = kind
        self.zone = zone
        self.keys = keys
        self.periods = [key.period for key in keys if key.period is not None]
        self.places = {key.name: place for place, key in enumerate(keys)}
        self.results: list[Expr | None] = []
        self.past: list[dict[str, Expr]] = []

    def at(self, number: int) -> int | None:
        """The position of the period of this number, None outside the range."""
        first = self.periods[0].number if self.periods else 0
        return number - first if 0 <= number - first < len(self.periods) else None

    def up_to(self, number: int, window: int) -> range:
        """The positions of so many periods up to the one of this number, as far as they are in the
        range."""
        first = self.periods[0].number if self.periods else 0
        end = min(number - first + 1, len(self.periods))
        return range(min(max(0, number - first + 1 - window), max(0, end)), max(0, end))


@dataclass(frozen=True, slots=True)
class Standing:
    """A place inside a partitioned block, at one of its keys."""

    series: Series
    place: int

    @property
    def key(self) -> Key:
        return self.series.keys[self.place]
