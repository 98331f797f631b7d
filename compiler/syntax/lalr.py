"""The parser's loop: drives the grammar's tables over tokens and builds the tree as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...grammar import tables
from ...runtime.dataclass import dataclass, field
from .tokens import END
from .tree import PLANS, Context

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
# The rules that keep their only part as it is.
PASSES = [plan == 0 and length == 1 for plan, length in zip(PLANS, LENGTHS, strict=True)]
# The items of a list stand side by side: another one makes nothing deeper.
DEEPENS = [int(name != "*") for name, _, _ in tables.RULES]


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
    values: list[Any] = field(default_factory=list)  # what each builder made: see tree.context
    firsts: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states = [tables.STARTS[self.start]]

    @property
    def result(self) -> Any:
        """What the whole text became; only after `take` took the end."""
        return self.values[0]

    def take(self, kinds: Sequence[int], first: int, last: int) -> int:
        """Take the tokens numbered `[first, last)`; the number of the first that does not fit.

        That is `last` if all fit. Where one does not, reductions may have been done for it.
        """
        states, values, firsts, depths = self.states, self.values, self.firsts, self.depths
        actions, gotos, plans = ACTIONS, GOTOS, PLANS
        finish = tables.ENDS[self.start]
        for token in range(first, last):
            kind = kinds[token]
            while True:
                state = states[-1]
                row = actions[state]
                action = row if isinstance(row, int) else row.get(kind)
                if action is None:
                    return token
                if action >= 0:
                    if len(states) > MAX_STACK:
                        raise TooDeepError(token)
                    states.append(action)
                    values.append(token)
                    firsts.append(token)
                    depths.append(0)
                    break
                rule = ~action
                if PASSES[rule]:
                    states[-1] = _climbed(states[-2], state, kind)
                else:
                    length, plan = LENGTHS[rule], plans[rule]
                    base = len(values) - length
                    begin = firsts[base] if length else token
                    depth = depths[base] if length == 1 else max(depths[base:], default=0)
                    if isinstance(plan, int):
                        value = values[base + plan]
                    else:
                        builder, places = plan
                        parts = [None if place < 0 else values[base + place] for place in places]
                        value = builder(self.context, begin, token - 1, *parts)
                        depth += DEEPENS[rule]
                        if depth > MAX_DEPTH:
                            raise TooDeepError(begin)
                    del states[base + 1 :], values[base:], firsts[base:], depths[base:]
                    values.append(value)
                    firsts.append(begin)
                    depths.append(depth)
                    states.append(gotos[states[-1]][MAKES[rule]])
                if kind == END and states[-1] == finish:
                    break
        return last


_CLIMBED: dict[tuple[int, int, int], int] = {}


def _climbed(below: int, state: int, kind: int) -> int:
    """Where a value goes from `state` while it only passes through rules, such as those of the
    ladder from atom to expression, before a token of this kind."""
    key = (below, state, kind)
    top = _CLIMBED.get(key)
    if top is None:
        top = state
        while True:
            row = ACTIONS[top]
            action = row if isinstance(row, int) else row.get(kind)
            if action is None or action >= 0 or not PASSES[~action]:
                break
            top = GOTOS[below][MAKES[~action]]
        _CLIMBED[key] = top
    return top
