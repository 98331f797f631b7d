"""A worker: a process that runs one step after another, with the user's modules imported once.

It reads jobs from a socket and answers each with a result record, or with what went wrong. Its
runner holds the other end of a lifeline: when that closes, the worker ends with all it started.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from ...runtime import process
from ...runtime.opening import open_store
from ...runtime.store import Store
from .attempt import Job, attempt


def serve(connection: Connection, store: Store) -> None:
    """Answers jobs until the runner hangs up."""
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        assert isinstance(job, Job)
        connection.send(attempt(job, store))


def _watch(lifeline: int) -> None:
    """Waits for the runner to let go, then ends this process and everything below it."""
    while os.read(lifeline, 1):
        pass
    for child in _children():
        process.end(child, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def _children() -> list[int]:
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


def main(argv: list[str]) -> int:
    """`argv` names the socket, the lifeline and the store."""
    jobs, lifeline, store = int(argv[0]), int(argv[1]), argv[2]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(jobs, False)
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_watch, args=(lifeline,), daemon=True).start()
    serve(Connection(jobs), open_store(store))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
