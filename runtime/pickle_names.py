"""Whether bytes that a step wrote may be pickled objects that name the project's code."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path

# Compressed, so that nothing can be read in them: zlib, gzip, bzip2, lzma, xz, lz4, zstd.
_CLOSED = (
    *(b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b", b"BZh", b"\x5d\x00\x00"),
    *(b"\xfd7zXZ", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"),
)
# From protocol 2 on, and archives of pickled files, as PyTorch writes them.
_OPEN = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


def names_code(place: Path, modules: Sequence[str]) -> bool:
    """Whether a file, or one of a folder, may name one of `modules` as the home of an object."""
    files = place.rglob("*") if place.is_dir() else [place]
    return any(_names(file, modules) for file in files if file.is_file())


def _names(file: Path, modules: Sequence[str]) -> bool:
    with open(file, "rb") as stream:
        head = stream.read(8)
        if head.startswith(_CLOSED):
            return True
        if not head.startswith(_OPEN):
            return False
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(each) >= 0 for each in _spellings(modules))


def _spellings(modules: Sequence[str]) -> Iterator[bytes]:
    """How pickled objects spell the name of a module: as a text of a known length, or as a line."""
    for module in modules:
        name = module.encode("utf-8")
        if len(name) < 256:
            yield b"\x8c" + bytes((len(name),)) + name
        yield b"X" + len(name).to_bytes(4, "little") + name
        yield b"c" + name + b"\n"
