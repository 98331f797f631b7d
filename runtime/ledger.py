"""The ledger of a folder store: a line for every result, from which an index can be made anew.

Lines are appended by whoever holds the index's write lock, and carry a checksum each. A last line
that is torn, as by a kill or a full disk, was never written: the next takes its place.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .dataclass import dataclass

RESULT, INSTEAD, PIN, UNPIN = "result", "instead", "pin", "unpin"
"""A result that answers a key where none does; one that does in any case; one kept from gc, or no
longer."""

_HEAD = "store"
_SUM = 16
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """`content` are a record's bytes, or the reason for a pin, which has no `key`."""

    kind: str
    key: str
    id: str
    made: float
    content: bytes

    def encoded(self) -> bytes:
        return _sealed([self.kind, self.made, self.key, self.id], self.content)


class Origin(NamedTuple):
    """What made a store: the format of the index, the key scheme, the version of Millpond."""

    format: int
    scheme: int
    by: str


def _sealed(head: list[object], content: bytes) -> bytes:
    said = json.dumps(head).encode() + b"\t" + content
    return _sum(said) + b"\t" + said + b"\n"


def _sum(said: bytes) -> bytes:
    return hashlib.sha256(said).hexdigest()[:_SUM].encode()


def append(path: Path, origin: Origin, lines: Iterable[Line]) -> None:
    """Adds lines at the end, and says who does where there is no ledger yet."""
    content = b"".join(line.encoded() for line in lines)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        end = _whole(file)
        if end == 0:
            content = _header(origin) + content
        os.lseek(file, end, os.SEEK_SET)
        while content:
            content = content[os.write(file, content) :]
    finally:
        os.close(file)


def _whole(file: int) -> int:
    """Where the last line ends that is not torn; what follows is cut off."""
    size = end = os.fstat(file).st_size
    tail = b""
    while end and b"\n" not in tail:
        start = max(0, end - (1 if end == size else _PIECE))
        tail, end = os.pread(file, end - start, start), start
    whole = end + tail.rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(file, whole)
    return whole


def _header(origin: Origin) -> bytes:
    return _sealed([_HEAD, *origin], b"")


def write(path: Path, origin: Origin, lines: Iterable[Line]) -> None:
    """Puts another ledger in the place of the one that is there, whole or not at all."""
    half = path.with_name(f"{path.name}.half")
    with open(half, "wb") as file:
        file.write(_header(origin))
        file.writelines(line.encoded() for line in lines)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read(path: Path) -> Iterator[Line | Origin | None]:
    """Every line in order; None for each that is damaged, and for what is no file at all. Nothing
    where there is no ledger."""
    if not path.is_file():
        if path.exists():
            yield None
        return
    with open(path, "rb") as file:
        for raw in file:
            if raw.endswith(b"\n"):
                yield _read(raw[:-1])


def _read(line: bytes) -> Line | Origin | None:
    total, rest = line[: _SUM + 1], line[_SUM + 1 :]
    if _sum(rest) + b"\t" != total:
        return None
    text, _, content = rest.partition(b"\t")
    head = json.loads(text)
    if head[0] == _HEAD:
        return Origin(*head[1:])
    kind, made, key, id = head
    return Line(kind, key, id, made, content)
