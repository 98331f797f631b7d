"""Which top-level statements of a module do something when it is imported, beyond binding names.

What is not known to be harmless counts as an effect: a wrong "harmless" would let an old result
answer for new code, a wrong "effect" only makes a step run once more.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from enum import Enum

from .bindings import Bindings
from .fills import Filling, Found, Owner
from .moments import Moments
from .quiet import Quiet
from .toplevel import Follow, Toplevel


class Kind(Enum):
    """What importing a module does at one of its statements."""

    FREE = "binds names, wherever it stands"
    LOOKING = "binds names to what other modules give out at this point"
    ORDERED = "binds names to what it reads at this point"
    FILLING = "changes tables that it names, and nothing else"
    EFFECT = "may change what other code sees"


class Judge:
    """Judges the statements of modules, each of which is taken in once."""

    def __init__(self) -> None:
        self._of: dict[Toplevel, Quiet] = {}
        self._filling: dict[Toplevel, Quiet] = {}
        self._found = Found()

    def take(self, body: Sequence[ast.stmt], bound: Sequence[Bindings], follow: Follow) -> Toplevel:
        """A module: `bound` is what each statement of `body` binds; `follow` leads to others."""
        top = Toplevel(body, bound, follow)
        self._of[top] = Quiet(top, self._of)
        self._filling[top] = Filling(self._of[top], self._filling, self._found)
        return top

    def kinds(self, top: Toplevel) -> tuple[Kind, ...]:
        """The kind of each statement of a module that was taken in."""
        moments = Moments(top)
        return tuple(self._kind(top, position, moments) for position in range(len(top.body)))

    def fills(self, top: Toplevel, position: int) -> frozenset[Owner]:
        """The tables that a statement changes, where it changes nothing else."""
        filling = self._filling[top]
        assert isinstance(filling, Filling)
        return filling.owners(top.body[position]) or frozenset()

    def _kind(self, top: Toplevel, position: int, moments: Moments) -> Kind:
        statement = top.body[position]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return Kind.FREE
        if moments.misses(statement, position):
            return Kind.EFFECT
        if self._of[top].statement(statement):
            return _reading(top, position, moments)
        filling = self._filling[top]
        assert isinstance(filling, Filling)
        owners = filling.owners(statement)
        if owners is None:
            return Kind.EFFECT
        return Kind.FILLING if owners else Kind.ORDERED


def _reading(top: Toplevel, position: int, moments: Moments) -> Kind:
    statement = top.body[position]
    if any(len(top.binders[name]) > 1 for name in top.bound[position].names):
        return Kind.ORDERED
    if moments.reads(statement):
        return Kind.ORDERED
    return Kind.LOOKING if moments.looks(statement) else Kind.FREE
