"""What bodies print: caught in one file per worker, and put into the log of the step it is of.

Making a file costs more than a small step does, so only steps that print or take long have a log.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from io import TextIOWrapper
from typing import cast

_LONG_SECONDS = 1.0
_PIECE = 1 << 20


class Capture:
    """Standard output and error of this process, which are one open file from its start on."""

    def __init__(self) -> None:
        self._file = os.dup(1)
        os.set_inheritable(self._file, False)
        # A body that crashes takes what is not written yet with it.
        cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
        self._lock = threading.Lock()
        self._log: str | None = None
        self._began = 0.0
        self._direct = False

    def begin(self, log: str) -> None:
        """What is printed from now on belongs to `log`."""
        with self._lock:
            self._log, self._began, self._direct = log, time.monotonic(), False

    def end(self) -> None:
        """The step is over."""
        sys.stdout.flush()
        sys.stderr.flush()
        with self._lock:
            if self._direct:
                self._point_to(self._file)
            if self._log is not None and os.fstat(self._file).st_size:
                _append(self._file, self._log)
            self._log = None

    def follow(self) -> None:
        """Lets people read along: a step that takes long prints straight into its log.

        For another thread, to be called now and then.
        """
        with self._lock:
            if self._log is None or self._direct:
                return
            if time.monotonic() - self._began < _LONG_SECONDS:
                return
            self._direct = True
            _append(self._file, self._log)
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            self._point_to(log)
            os.close(log)

    def _point_to(self, file: int) -> None:
        os.dup2(file, 1)
        os.dup2(file, 2)


def _append(file: int, log: str) -> None:
    """Moves the content of a file to the end of a log."""
    with open(log, "ab") as end:
        start = 0
        while piece := os.pread(file, _PIECE, start):
            end.write(piece)
            start += len(piece)
    os.ftruncate(file, 0)


def rescue(path: str, log: str) -> None:
    """The same, for a worker that is gone."""
    if os.path.getsize(path):
        file = os.open(path, os.O_RDWR)
        _append(file, log)
        os.close(file)
