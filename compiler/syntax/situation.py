"""Where a parse stopped: what would have fitted, which constructs are open, what stands around."""

from __future__ import annotations

from ...grammar import tables
from ...runtime.dataclass import dataclass, field
from ..source import Span
from .lalr import ACTIONS, GOTOS, LENGTHS, MAKES, Machine
from .tokens import END, KIND, Tokens

CLOSERS = {KIND["LPAR"]: KIND["RPAR"], KIND["LSQB"]: KIND["RSQB"], KIND["LBRACE"]: KIND["RBRACE"]}
_CLOSING = frozenset(CLOSERS.values())


def _entered_by() -> dict[int, int]:
    """The terminal that leads to each state entered by a shift."""
    return {
        action: kind
        for row in ACTIONS
        if isinstance(row, dict)
        for kind, action in row.items()
        if action >= 0
    }


_ENTERED_BY = _entered_by()


@dataclass(frozen=True, slots=True)
class Open:
    """A terminal of a construct that is still being read."""

    kind: int
    token: int


@dataclass(slots=True)
class Situation:
    """Token `at` does not fit; those before it did. `opens` runs from the innermost outwards."""

    tokens: Tokens
    machine: Machine
    at: int
    opens: list[Open] = field(init=False)

    def __post_init__(self) -> None:
        self.opens = []
        closed = 0
        entries = zip(reversed(self.machine.states), reversed(self.machine.firsts), strict=False)
        for state, first in entries:
            kind = _ENTERED_BY.get(state)
            if kind in _CLOSING:
                closed += 1
            elif kind in CLOSERS and closed:
                closed -= 1
            elif kind is not None:
                self.opens.append(Open(kind, first))

    # ---- tokens around the place ------------------------------------------------------------

    @property
    def kind(self) -> int:
        return self.tokens.kinds[self.at]

    @property
    def text(self) -> str:
        return self.tokens.text(self.at)

    @property
    def span(self) -> Span:
        """The token that does not fit; at the end of the text, the place behind the last one."""
        if self.kind == END and self.at > 0:
            return self.tokens.span(self.at - 1).at_end()
        return self.tokens.span(self.at)

    def kind_at(self, offset: int) -> int:
        """The kind of the token `offset` places on; END outside the text."""
        token = self.at + offset
        return self.tokens.kinds[token] if 0 <= token < len(self.tokens.kinds) else END

    def text_at(self, offset: int) -> str:
        token = self.at + offset
        return self.tokens.text(token) if 0 <= token < len(self.tokens.kinds) else ""

    def starts_line(self, token: int) -> bool:
        """Whether nothing but blanks stands before a token on its line."""
        text, start = self.tokens.source.text, self.tokens.starts[token]
        return not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t\ufeff")

    def same_line(self, token: int, other: int) -> bool:
        text, starts, ends = self.tokens.source.text, self.tokens.starts, self.tokens.ends
        return "\n" not in text[ends[token] : starts[other]]

    def indent(self, token: int) -> int:
        """How far the line of a token is indented."""
        text, start = self.tokens.source.text, self.tokens.starts[token]
        line = text[text.rfind("\n", 0, start) + 1 : start]
        return len(line) - len(line.lstrip(" \t"))

    # ---- what would fit ---------------------------------------------------------------------

    def fits(self, *names: str) -> bool:
        """Whether these terminals, in this order, could have stood here."""
        return accepts(self.machine.states, [KIND[name] for name in names])

    def would_fit(self, *kinds: int) -> bool:
        return accepts(self.machine.states, kinds)

    @property
    def accepted(self) -> frozenset[str]:
        """The names of all terminals that could have stood here."""
        return frozenset(
            name for name, kind in KIND.items() if accepts(self.machine.states, (kind,))
        )

    # ---- what is open -----------------------------------------------------------------------

    @property
    def bracket(self) -> Open | None:
        """The innermost bracket that is still open."""
        return next((o for o in self.opens if o.kind in CLOSERS), None)

    @property
    def brackets(self) -> list[Open]:
        return [o for o in self.opens if o.kind in CLOSERS]

    def inside(self, *names: str) -> Open | None:
        """The innermost open terminal of these kinds."""
        kinds = {KIND[name] for name in names}
        return next((o for o in self.opens if o.kind in kinds), None)


def accepts(states: list[int], kinds: list[int] | tuple[int, ...]) -> bool:
    """Whether a parse in these states could take these tokens next; nothing is built."""
    stack = list(states)
    for kind in kinds:
        while True:
            row = ACTIONS[stack[-1]]
            action = row if isinstance(row, int) else row.get(kind)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                break
            rule = ~action
            if length := LENGTHS[rule]:
                del stack[-length:]
            stack.append(GOTOS[stack[-1]][MAKES[rule]])
            if kind == END and stack[-1] in tables.ENDS.values():
                return True
    return True
