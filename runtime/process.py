"""A body in a process group of its own: started, watched, and ended with everything it started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_GRACE_SECONDS = 2.0
MASK = b"***"
SHORTEST_MASKED = 8


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: `code` is negative for a signal, as in `subprocess`."""

    code: int
    timed_out: bool
    out_of_memory: bool
    seconds: float


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    log: BinaryIO,
    *,
    timeout: float | None = None,
    secrets: Sequence[str] = (),
) -> Ended:
    """Run a command to its end; its output goes to `log` with the secrets masked.

    When it ends, or its time is up, whatever it left running ends too. Raises `OSError` where it
    cannot be started.
    """
    began, kills = time.monotonic(), oom_kills()
    masked = [text.encode() for text in secrets if len(text) >= SHORTEST_MASKED]
    process = subprocess.Popen(
        list(argv),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    copier = threading.Thread(target=_copy, args=(process.stdout, log, masked), daemon=True)
    copier.start()
    timed_out = False
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        end(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    finally:
        end(process.pid, signal.SIGKILL)
        process.wait()
        copier.join(_GRACE_SECONDS)
    starved = process.returncode != 0 and oom_kills() > kills
    return Ended(process.returncode, timed_out, starved, time.monotonic() - began)


def end(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group, which may be gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _copy(source: BinaryIO, log: BinaryIO, masked: Sequence[bytes]) -> None:
    for line in source:
        log.write(mask(line, masked))
        log.flush()


def mask(text: bytes, secrets: Sequence[bytes]) -> bytes:
    """The text with every secret made unreadable, longer ones first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


_COUNTERS = (
    ("/sys/fs/cgroup/memory.events", "oom_kill"),
    ("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill"),
)


def oom_kills() -> int:
    """How often the kernel has killed in this container for want of memory, by its cgroup."""
    for path, name in _COUNTERS:
        try:
            lines = Path(path).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            word, _, count = line.partition(" ")
            if word == name:
                return int(count)
    return 0
