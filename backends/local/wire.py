"""A wire: whole messages over a pair of pipes between the runner and one worker."""

from __future__ import annotations

import os
import pickle
import select
import struct
from dataclasses import dataclass

_HEAD = struct.Struct("!Q")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Wire:
    """One end. Both ends are ours and of one version: pickles are safe here."""

    reading: int
    writing: int

    def send(self, *messages: object) -> None:
        """Writes messages. Raises `OSError` where the other end is gone."""
        pieces: list[bytes] = []
        for message in messages:
            content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
            pieces += (_HEAD.pack(len(content)), content)
        rest = memoryview(b"".join(pieces))
        while rest:
            rest = rest[os.write(self.writing, rest) :]

    def has_message(self, milliseconds: int = 0) -> bool:
        """Whether something can be read by then, the end of the other side included."""
        poll = select.poll()
        poll.register(self.reading, select.POLLIN)
        return bool(poll.poll(milliseconds))

    def receive(self) -> object:
        """Waits for one message. Raises `EOFError` where the other end is gone."""
        (size,) = _HEAD.unpack(self._bytes(_HEAD.size))
        return pickle.loads(self._bytes(size))

    def _bytes(self, size: int) -> bytes:
        piece = os.read(self.reading, min(size, _PIECE))
        if len(piece) == size:
            return piece
        pieces = [piece]
        while size := size - len(piece):
            if not piece:
                raise EOFError
            piece = os.read(self.reading, min(size, _PIECE))
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        os.close(self.reading)
        os.close(self.writing)


def wires() -> tuple[Wire, Wire]:
    """Both ends of a new wire."""
    here, writing = os.pipe()
    reading, there = os.pipe()
    return Wire(here, there), Wire(reading, writing)
