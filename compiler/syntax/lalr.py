"""The parser's loop: drives the grammar's tables over tokens and builds the tree as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...grammar import tables
from .build import PLANS, Context
from .tokens import END

MAX_DEPTH = 200
MAX_STACK = 2000

_ROWS = [dict(row) for row in tables.ACTIONS]
_GOTO_ROWS = [dict(row) for row in tables.GOTOS]
ACTIONS: list[dict[int, int] | int] = [
    _ROWS[state] if state >= 0 else state for state in tables.STATES
]
GOTOS = [_GOTO_ROWS[row] for row in tables.GOTO_STATES]
LENGTHS = [len(symbols) for _, _, symbols in tables.RULES]
MAKES = [symbol for _, symbol, _ in tables.RULES]


class TooDeepError(Exception):
    """The tree would be nested deeper than those who read it can follow; `token` is where."""

    def __init__(self, token: int) -> None:
        super().__init__(token)
        self.token = token


@dataclass(slots=True)
class Machine:
    """A parse under way: the states, and per symbol its value, first token and depth."""

    context: Context
    start: str
    states: list[int] = field(init=False)
    values: list[Any] = field(default_factory=list)  # what each builder made: see build.context
    firsts: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states = [tables.STARTS[self.start]]

    @property
    def result(self) -> Any:  # noqa: ANN401
        """What the whole text became; only after `feed` took the end."""
        return self.values[0]

    def feed(self, kind: int, token: int) -> bool:
        """Take one token, or say that it does not fit (some reductions may be done by then).

        `token` is its number; the tokens taken so far are those numbered before it.
        """
        states, values, firsts, depths = self.states, self.values, self.firsts, self.depths
        finish = tables.ENDS[self.start]
        while True:
            row = ACTIONS[states[-1]]
            action = row if isinstance(row, int) else row.get(kind)
            if action is None:
                return False
            if action >= 0:
                if len(states) > MAX_STACK:
                    raise TooDeepError(token)
                states.append(action)
                values.append(token)
                firsts.append(token)
                depths.append(0)
                return True
            rule = ~action
            length = LENGTHS[rule]
            plan = PLANS[rule]
            if length == 1 and plan == 0:
                states[-1] = GOTOS[states[-2]][MAKES[rule]]
            else:
                base = len(values) - length
                parts = values[base:]
                first = firsts[base] if length else token
                depth = max(depths[base:], default=0)
                if isinstance(plan, int):
                    value = parts[plan]
                else:
                    builder, places = plan
                    value = builder(
                        self.context,
                        first,
                        token - 1,
                        *[None if place < 0 else parts[place] for place in places],
                    )
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise TooDeepError(first)
                del states[base + 1 :], values[base:], firsts[base:], depths[base:]
                values.append(value)
                firsts.append(first)
                depths.append(depth)
                states.append(GOTOS[states[-1]][MAKES[rule]])
            if kind == END and states[-1] == finish:
                return True
