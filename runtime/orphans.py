"""Orphans: processes that work in a scratch folder although those who would end them are gone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# What becomes another program at this moment shows neither words nor variables.
_LOOKS = 2
_PAUSE = 0.02


def end_in(folders: Sequence[Path]) -> None:
    """Kills every process of the folders but this one: those of bodies, whose home is in there and
    is inherited by all that they start, and those of workers, who have it as an argument."""
    marks = [os.fsencode(folder) for folder in folders]
    killed = {os.getpid()}
    looks = _LOOKS
    while looks:
        alive = [pid for pid in _processes() if pid not in killed and _is_of(pid, marks)]
        for pid in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed.update(alive)
        looks = _LOOKS if alive else looks - 1
        if looks:
            time.sleep(_PAUSE)


def _processes() -> list[int]:
    with suppress(FileNotFoundError):  # a system without it
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return []


def _is_of(pid: int, marks: Sequence[bytes]) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        said = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    homes = [word[len(b"HOME=") :] for word in said if word.startswith(b"HOME=")]
    return any(
        mark in words or any(home == mark or home.startswith(mark + b"/") for home in homes)
        for mark in marks
    )
