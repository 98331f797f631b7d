"""Ending a process with everything below it, in whatever groups and sessions it hides."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

_SET_CHILD_SUBREAPER = 36

ending = threading.Lock()
"""Held by the thread that ends children: it would also end, and wait for, those of another."""


def adopt_orphans() -> None:
    """From now on whatever outlives its parent below this process becomes a child of it."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def below(pid: int) -> list[int]:
    """Every process that `pid` started, and that those started; nearest first."""
    found: list[int] = []
    open_ = [pid]
    while open_:
        children = _children(open_.pop(0))
        found += children
        open_ += children
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def has_children() -> bool:
    """Whether this process has a child, alive or not yet waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_children() -> None:
    """Kills everything below this process and waits for it."""
    if not has_children():
        return
    end_below(os.getpid())
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def end_below(pid: int) -> None:
    """Kills everything below a process, also what is started meanwhile."""
    killed: set[int] = set()
    while alive := [child for child in below(pid) if child not in killed]:
        for child in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        killed.update(alive)


def end_all(pid: int) -> None:
    """Kills a leader of a process group, its group, and everything below it."""
    end_below(pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_in(folder: Path) -> None:
    """Kills every process whose home is in a folder: what a worker had started that was killed
    itself, and so could not end it. A body has a home of its own, and all it starts inherits it."""
    mark = b"HOME=" + os.fsencode(folder)
    killed: set[int] = set()
    while alive := [pid for pid in _processes() if pid not in killed and _says(pid, mark)]:
        for pid in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed.update(alive)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _says(pid: int, mark: bytes) -> bool:
    """Whether a process that still works was started with a variable that begins like this."""
    try:
        said = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return any(word.startswith(mark) for word in said.split(b"\0"))
