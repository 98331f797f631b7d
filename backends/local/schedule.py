"""The schedule: what is ready, what waits for a moment, and how much room the machine has left."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count

from .budget import Amount
from .trial import Trial


class Schedule:
    """Hands out the most urgent trial that there is room for.

    Ready trials lie in one heap per amount asked for, so that one that must wait for a large
    piece of the machine does not hide smaller ones, and looking costs what there are amounts.
    """

    def __init__(self, limit: Amount, slots: int) -> None:
        self.limit = limit
        self.slots = slots
        self._taken = Amount()
        self._running = 0
        self._ready: dict[Amount, list[tuple[float, int, Trial]]] = {}
        self._later: list[tuple[float, int, Trial]] = []
        self._numbers = count()

    def __bool__(self) -> bool:
        return bool(self._later) or any(self._ready.values())

    def add(self, trial: Trial) -> None:
        """The trial is ready."""
        heap = self._ready.setdefault(trial.amount, [])
        heapq.heappush(heap, (-trial.urgency, next(self._numbers), trial))

    def add_later(self, trial: Trial, moment: float) -> None:
        """The trial is to be looked at again at a moment of the monotonic clock."""
        heapq.heappush(self._later, (moment, next(self._numbers), trial))

    def due(self, now: float) -> Iterator[Trial]:
        """Takes out what waited until now."""
        while self._later and self._later[0][0] <= now:
            yield heapq.heappop(self._later)[2]

    @property
    def next_moment(self) -> float | None:
        return self._later[0][0] if self._later else None

    def take(self) -> Trial | None:
        """The most urgent ready trial that fits; its room is taken until `free`."""
        if self._running >= self.slots:
            return None
        fitting = [
            heap
            for amount, heap in self._ready.items()
            if heap and self._taken.plus(amount).within(self.limit)
        ]
        if not fitting:
            return None
        trial = heapq.heappop(min(fitting, key=lambda heap: heap[0]))[2]
        self._taken = self._taken.plus(trial.amount)
        self._running += 1
        return trial

    def free(self, trial: Trial) -> None:
        """The trial does not run any more."""
        self._taken = self._taken.minus(trial.amount)
        self._running -= 1

    def drain(self, closed: Callable[[Trial], bool]) -> list[Trial]:
        """Takes out what does not run and is `closed`."""
        found: list[Trial] = []
        for heap in (*self._ready.values(), self._later):
            out = {entry[2] for entry in heap if closed(entry[2])}
            if out:
                found += out
                heap[:] = [entry for entry in heap if entry[2] not in out]
                heapq.heapify(heap)
        return found
