"""A worker: a process that runs one step after another, with the user's modules imported once.

It reads jobs from a wire and answers each with a result record or with what went wrong, and with
whether it must not be used again. Its runner holds the other end of a lifeline: when that closes,
the worker ends with all it started.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import cast

from ...runtime.folder import FolderStore
from ...runtime.key import Spec
from ...runtime.store import Store
from .attempt import Job, attempt
from .capture import Capture
from .containers import Container
from .processes import adopt_orphans, end_below, ending, has_children
from .wire import Wire

_FOLLOW_MILLISECONDS = 500

_inside: list[Container] = []


def serve(wire: Wire, store: Store, desk: Path, capture: Capture) -> None:
    """Answers jobs until the runner hangs up."""
    specs: dict[int, Spec] = {}
    outer = dict(os.environ)
    while True:
        try:
            message = wire.receive()
        except EOFError:
            return
        if not isinstance(message, Job):
            number, spec = cast("tuple[int, Spec]", message)
            specs[number] = spec
            continue
        _inside[:] = [message.container] if message.container is not None else []
        answer = attempt(message, specs[message.spec], store, desk, outer, capture)
        _inside.clear()
        # A body that left processes behind took this one out of use: it ends with them.
        wire.send((answer, has_children()))


def _watch(lifeline: int, capture: Capture) -> None:
    """Waits for the runner to let go, then ends this process and everything below it."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    while not poll.poll(_FOLLOW_MILLISECONDS):
        capture.follow()
    with ending:
        # Before its processes: an engine's monitor that is killed cannot tell how it ended.
        for container in _inside:
            container.remove()
        end_below(os.getpid())
        os.killpg(0, signal.SIGKILL)


def main(argv: list[str]) -> int:
    """`argv` names both ends of the wire, the lifeline, the store and the worker's own folder."""
    wire, lifeline = Wire(int(argv[0]), int(argv[1])), int(argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for file in (wire.reading, wire.writing, lifeline):
        os.set_inheritable(file, False)
    adopt_orphans()
    capture = Capture()
    threading.Thread(target=_watch, args=(lifeline, capture), daemon=True).start()
    serve(wire, FolderStore(Path(argv[3])), Path(argv[4]), capture)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
