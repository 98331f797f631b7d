"""What a recognised mistake is: words, and changes with which the parse can go on."""

from __future__ import annotations

from ....grammar import tables
from ....runtime.dataclass import dataclass
from ...diagnostics.diagnostic import Diagnostic
from ..situation import CLOSERS

SIGNS = {kind: sign for sign, kind in tables.SYMBOLS}
KEYWORDS = frozenset(dict(tables.WORDS).values())
CLOSING = frozenset(CLOSERS.values())


@dataclass(frozen=True, slots=True)
class Change:
    """Read token `token` as one of `kind`, or with `insert` put such a token before it.

    An inserted token has the text of token `like`, or none. A `kind` of None takes it away.
    """

    token: int
    kind: int | None
    insert: bool = False
    like: int | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """What to say, and the changes with which the declaration can be read; none: it cannot."""

    diagnostic: Diagnostic
    changes: tuple[Change, ...] = ()
