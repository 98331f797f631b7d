"""What a comparison of two variants sees: both versions, and what expressions come to on each."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import dataclass
from ..ir.settings import Settings
from .forms import Forms
from .matching import Matching
from .values import Place, Version


@dataclass(frozen=True, slots=True)
class Sight:
    """`forms` are equal for expressions that come to the same once their nodes do, `outlines` also
    where only more or fewer branches or partitions are gathered.

    `constants` are those that have another value now, `widened` the partitioned blocks that have
    other keys.
    """

    old: Version
    new: Version
    matching: Matching
    forms: tuple[Forms, Forms]
    outlines: tuple[Forms, Forms]
    constants: Mapping[str, Place]
    widened: frozenset[str]

    def said_at(self, settings: Settings, name: str) -> Place | None:
        """Where a setting was written: it, or what holds it."""
        while name:
            span = settings.span(name)
            if span is not None:
                return self.new.place(span)
            name = name.rpartition(".")[0]
        return None
