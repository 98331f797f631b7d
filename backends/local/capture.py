"""What bodies print: caught in one file per worker, and put into the log of the step it is of.

Making a file costs more than a small step does, so only steps that print or take long have a log.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import cast

PRINTED = "printed"
TOLD = "told"
"""What a worker's processes print, and how much of that is in a log already: files of its desk."""

_LONG_SECONDS = 1.0
_PIECE = 1 << 20


class Capture:
    """Standard output and error of this process and of all below it, which are one open file, at
    whose end everybody writes."""

    def __init__(self, desk: Path) -> None:
        self._note = desk / TOLD
        self._file = os.dup(1)
        os.set_inheritable(self._file, False)
        # A body that crashes takes what is not written yet with it.
        cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
        self._log: str | None = None
        self._began = 0.0
        self._told = 0

    def begin(self, log: str) -> None:
        """What is printed from now on belongs to `log`."""
        self._log, self._began, self._told = log, time.monotonic(), 0

    def follow(self) -> None:
        """Lets people read along: the log of a step that takes long grows while it runs."""
        if time.monotonic() - self._began >= _LONG_SECONDS:
            self._tell()

    def end(self) -> None:
        """The step is over, and nothing that it started writes any more."""
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            if os.fstat(self._file).st_size:
                self._tell()
        finally:
            os.ftruncate(self._file, 0)
            self._note.unlink(missing_ok=True)
            self._log = None

    def _tell(self) -> None:
        if self._log is not None and (new := _append(self._file, self._told, self._log)):
            self._told += new
            self._note.write_text(str(self._told), encoding="ascii")


def _append(file: int, start: int, log: str) -> int:
    """Copies a file from some place on to the end of a log; how many bytes."""
    copied = 0
    with open(log, "ab") as end:
        while piece := os.pread(file, _PIECE, start + copied):
            end.write(piece)
            copied += len(piece)
    return copied


def rescue(desk: Path, log: str) -> None:
    """The end of a step whose worker is gone."""
    told = 0
    with suppress(FileNotFoundError, ValueError):
        told = int((desk / TOLD).read_text(encoding="ascii"))
    with suppress(FileNotFoundError), open(desk / PRINTED, "rb") as printed:
        if os.fstat(printed.fileno()).st_size > told:
            _append(printed.fileno(), told, log)
