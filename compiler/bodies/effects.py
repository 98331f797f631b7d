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
from .hints import Evaluation, Local, bare
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

    def __init__(self, local: Local) -> None:
        self._of: dict[Toplevel, Quiet] = {}
        self._filling: dict[Toplevel, Quiet] = {}
        self._found = Found()
        self._moments: dict[Toplevel, Moments] = {}
        self._evaluation = Evaluation(self._of, local)

    def take(self, body: Sequence[ast.stmt], bound: Sequence[Bindings], follow: Follow) -> Toplevel:
        """A module: `bound` is what each statement of `body` binds; `follow` leads to others."""
        top = Toplevel(body, bound, follow)
        self._of[top] = Quiet(top, self._of)
        self._filling[top] = Filling(self._of[top], self._filling, self._found)
        self._moments[top] = Moments(top)
        return top

    def kinds(self, top: Toplevel) -> tuple[Kind, ...]:
        """The kind of each statement of a module that was taken in."""
        return tuple(self.kind(top, position, each) for position, each in enumerate(top.body))

    def kind(self, top: Toplevel, position: int, statement: ast.stmt) -> Kind:
        """The kind of a statement, if `statement` is what stands there."""
        moments = self._moments[top]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return Kind.FREE
        if moments.misses(statement, position):
            return Kind.EFFECT
        if self._of[top].statement(statement):
            return _reading(top, position, statement, moments)
        filling = self._filling[top]
        assert isinstance(filling, Filling)
        owners = filling.owners(statement)
        if owners is None:
            return Kind.EFFECT
        return Kind.FILLING if owners else Kind.ORDERED

    def bare(self, top: Toplevel, position: int) -> ast.stmt | None:
        """A statement without its annotations, if it has some and they change nothing."""
        if top.deferred or self._evaluation.changes_nothing(top, position):
            return bare(top.body[position])
        return None

    def fills(self, top: Toplevel, position: int) -> frozenset[Owner]:
        """The tables that a statement changes, where it changes nothing else."""
        filling = self._filling[top]
        assert isinstance(filling, Filling)
        return filling.owners(top.body[position]) or frozenset()


def _reading(top: Toplevel, position: int, statement: ast.stmt, moments: Moments) -> Kind:
    if any(len(top.binders[name]) > 1 for name in top.bound[position].names):
        return Kind.ORDERED
    if moments.reads(statement):
        return Kind.ORDERED
    return Kind.LOOKING if moments.looks(statement) else Kind.FREE
