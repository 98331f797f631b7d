"""Which top-level statements of a module do something when it is imported, beyond binding names.

What is not known to be harmless counts as an effect: a wrong "harmless" would let an old result
answer for new code, a wrong "effect" only makes a step run once more.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from enum import Enum

from .bindings import Bindings
from .moments import Moments
from .quiet import Quiet
from .toplevel import Follow, Toplevel


class Kind(Enum):
    """What importing a module does at one of its statements."""

    FREE = "binds names, wherever it stands"
    LOOKING = "binds names to what other modules give out at this point"
    ORDERED = "binds names to what it reads at this point"
    EFFECT = "may change what other code sees"


class Judge:
    """Judges the statements of modules, each of which is taken in once."""

    def __init__(self) -> None:
        self._of: dict[Toplevel, Quiet] = {}

    def take(self, body: Sequence[ast.stmt], bound: Sequence[Bindings], follow: Follow) -> Toplevel:
        """A module: `bound` is what each statement of `body` binds; `follow` leads to others."""
        top = Toplevel(body, bound, follow)
        self._of[top] = Quiet(top, self._of)
        return top

    def kinds(self, top: Toplevel) -> tuple[Kind, ...]:
        """The kind of each statement of a module that was taken in."""
        quiet, moments = self._of[top], Moments(top)
        return tuple(_kind(top, position, quiet, moments) for position in range(len(top.body)))


def _kind(top: Toplevel, position: int, quiet: Quiet, moments: Moments) -> Kind:
    statement = top.body[position]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return Kind.FREE
    if not quiet.statement(statement) or moments.misses(statement, position):
        return Kind.EFFECT
    if any(len(top.binders[name]) > 1 for name in top.bound[position].names):
        return Kind.ORDERED
    if moments.reads(statement):
        return Kind.ORDERED
    return Kind.LOOKING if moments.looks(statement) else Kind.FREE
