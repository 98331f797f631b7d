"""Ctrl-C: noticed at once, acted on where nothing is half done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Interrupt:
    """`asked` once a signal came; then `file` can be read, which wakes whoever waits."""

    file: int
    asked: bool = False


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Catches the signals that ask for an end; in another thread than the main one there are none.

    A second signal means now: it raises `KeyboardInterrupt`.
    """
    file, waking = os.pipe()
    os.set_blocking(waking, False)
    interrupt = Interrupt(file)

    def caught(number: int, frame: FrameType | None) -> None:
        if interrupt.asked:
            raise KeyboardInterrupt
        interrupt.asked = True
        os.write(waking, b"!")

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, caught) for number in SIGNALS} if main else {}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(file)
        os.close(waking)
