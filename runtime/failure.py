"""How a body's own fault is told: a message, and what belongs below it."""

from __future__ import annotations


class BodyError(Exception):
    """A body failed through its own fault; `trace` is the user's part of the traceback."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace
