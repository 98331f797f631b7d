"""A sentinel: where a keeper cannot end what is below it, a process that nobody sees does.

The keeper ends everything when the runner is gone, and the runner when the keeper is. Somebody who
ends process after process of the tree may end them all, or stop a keeper: then what a body has
started is left. The sentinel stands outside of that tree.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

from ...runtime.orphans import end_in

_PATIENCE_MILLISECONDS = 30_000
_IN_ORDER = b"."


def posted(lifeline: int, desk: Path, private: tuple[int, ...]) -> int:
    """Starts the sentinel of the worker that this process is to keep; what `relieved` needs.

    It closes the `private` files. To be called before this process adopts orphans.
    """
    keeper = os.getpid()
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            if os.fork() == 0:
                os.setsid()
                for file in (writing, *private):
                    os.close(file)
                _watch(keeper, reading, lifeline, desk)
        finally:
            os._exit(0)
    os.waitpid(between, 0)
    os.close(reading)
    return writing


def relieved(sentinel: int) -> None:
    """Nothing is left to be ended."""
    with suppress(BrokenPipeError):  # it was killed
        os.write(sentinel, _IN_ORDER)


def _watch(keeper: int, reading: int, lifeline: int, desk: Path) -> None:
    """Returns once nothing is left of a worker; `reading` ends with the keeper."""
    waiting = select.poll()
    for file in (reading, lifeline):
        waiting.register(file, select.POLLIN)
    if reading not in dict(waiting.poll()):
        # The runner is gone or has let go. A keeper that was stopped has not seen it.
        with suppress(ProcessLookupError, PermissionError):
            os.kill(keeper, signal.SIGCONT)
        waiting.unregister(lifeline)
        waiting.poll(_PATIENCE_MILLISECONDS)
    os.set_blocking(reading, False)
    with suppress(BlockingIOError):
        if os.read(reading, 1) == _IN_ORDER:
            return
    end_in([desk])
