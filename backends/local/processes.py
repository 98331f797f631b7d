"""Ending a process with everything below it, in whatever groups and sessions it hides."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
_RESOURCES = tuple(
    value for name, value in sorted(vars(resource).items()) if name.startswith("RLIMIT_")
)

_prctl: Callable[..., object] | None = getattr(ctypes.CDLL(None), "prctl", None)


def _tell_kernel(what: int, value: int) -> None:
    if _prctl is not None:
        _prctl(what, value, 0, 0, 0)


def adopt_orphans() -> None:
    """From now on whatever outlives its parent below this process becomes a child of it."""
    _tell_kernel(_SET_CHILD_SUBREAPER, 1)


def forked(call: Callable[[], int], orphaned: signal.Signals = signal.SIGKILL) -> int:
    """The id of a copy of this process that calls something and ends with the code it gives.

    It gets a signal when this process ends, however it does. What it starts does not.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or both would write what waits
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _tell_kernel(_SET_PARENT_DEATH_SIGNAL, orphaned)
        if os.getppid() == parent:
            code = call()
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # a body may have closed it, or put another one in its place
                stream.flush()
        os._exit(code)


def let_go_on(child: int) -> None:
    """Wakes a child that somebody has stopped, as a body may do with those who wait for it."""
    if os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOHANG) is not None:
        os.kill(child, signal.SIGCONT)


Limits = tuple[tuple[int, int], ...]


def limits() -> Limits:
    """What this process may use; a body that lowers it for others means all that come after it."""
    return tuple(map(resource.getrlimit, _RESOURCES))


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


def end_children(but: int = 0) -> None:
    """Kills everything below this process and waits for it; one child may be spared."""
    while has_children():
        children = [child for child in _children(os.getpid()) if child != but]
        if not children:
            return
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            end_below(child)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


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
