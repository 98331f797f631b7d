"""The passes in their order, with the reason beside each that must follow another."""

from __future__ import annotations

from . import dead, fold, merge
from .run import Pass

DEFAULT: tuple[Pass, ...] = (
    Pass("fold", fold.fold),
    # must follow fold: only a folded condition shows that a gate can never stop anything
    Pass("dead", dead.dead),
    # must follow dead: equal steps must also wait for the same gates
    Pass("merge", merge.merge),
)
