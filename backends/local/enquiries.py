"""Enquiries: what the shared store is asked while the engine goes on with other things."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from ...runtime.record import Record
from .trial import Trial

_MOST_THREADS = 4

Found = tuple[Trial, "Record | None"]


class Enquiries:
    """Trials whose results may be there already, each until it has its answer.

    `file` can be read once there are answers. What comes while everybody is asking is asked
    together, by who is done first.
    """

    def __init__(self, ask: Callable[[Sequence[Trial]], Mapping[str, Record]]) -> None:
        self.file, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._ask = ask
        self._lock = threading.Lock()
        self._waiting: list[Trial] = []
        self._answers: list[Found] = []
        self._problem: BaseException | None = None
        self._under_way = 0
        self._threads = 0
        self._closed = False

    def __bool__(self) -> bool:
        """Whether anybody waits for an answer."""
        return self._under_way > 0

    def begin(self, trials: Iterable[Trial]) -> None:
        """Asks for the results of trials."""
        with self._lock:
            new = list(trials)
            self._waiting += new
            self._under_way += len(new)
            if new and self._threads < _MOST_THREADS:
                self._threads += 1
                threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                trials, self._waiting = self._waiting, []
                if not trials or self._closed:
                    self._threads -= 1
                    return
            found: Mapping[str, Record] = {}
            problem: BaseException | None = None
            try:
                found = self._ask(trials)
            except BaseException as raised:
                problem = raised
            with self._lock:
                self._problem = self._problem or problem
                self._answers += [(trial, found.get(trial.answer)) for trial in trials]
                if not self._closed:
                    with suppress(BlockingIOError):
                        os.write(self._bell, b"x")

    def answered(self) -> list[Found]:
        """Takes the answers that are there. Raises what the store raised."""
        with suppress(BlockingIOError):
            os.read(self.file, 1 << 16)
        with self._lock:
            answers, self._answers = self._answers, []
            self._under_way -= len(answers)
            if self._problem is not None:
                raise self._problem
        return answers

    def close(self) -> None:
        """Nobody waits any more; what is under way is let go."""
        with self._lock:
            self._closed = True
            os.close(self.file)
            os.close(self._bell)
