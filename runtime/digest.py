"""Digests of files and folders: sha256 of the bytes, and of the manifest of a folder."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, MutableMapping
from itertools import count
from pathlib import Path
from typing import TypedDict, cast

from .artifact import Json
from .dataclass import dataclass
from .key import canonical
from .values import parse_json

HEX = re.compile("[0-9a-f]{64}")
"""What names an object."""

_BLOCK = 1 << 20
# A change within the same tick of the file system's clock leaves the time stamp as it was.
_TICK_NS = 20_000_000
_COARSE_TICK_NS = 2_000_000_000
_LARGE = 1 << 20


class UnfitPathError(Exception):
    """A path that cannot be an artifact; the message says why."""


class Entry(TypedDict):
    """One file of a folder; `path` is relative, with `/`."""

    path: str
    digest: str
    size: int
    executable: bool


def digest_file(path: str | os.PathLike[str]) -> str:
    """sha256 of a file's bytes, in hex."""
    state = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def digest_tree(
    folder: str | os.PathLike[str], memo: Memo | None = None
) -> tuple[str, list[Entry]]:
    """The digest of a folder's manifest, and the manifest; empty folders do not count.

    Raises `UnfitPathError` for links that leave the folder or go in circles, and for what is
    neither file nor folder.
    """
    return digest_files(walk(Path(folder)), memo)


def digest_files(
    files: Iterable[tuple[Path, str]], memo: Memo | None = None
) -> tuple[str, list[Entry]]:
    """What `digest_tree` says of a folder that holds these files, each at a relative path."""
    manifest: list[Entry] = []
    for path, inner in files:
        status = path.stat()
        manifest.append(
            {
                "path": inner,
                "digest": _digest(path, status.st_size, memo),
                "size": status.st_size,
                "executable": bool(status.st_mode & stat.S_IXUSR),
            }
        )
    manifest.sort(key=lambda entry: entry["path"])
    return hashlib.sha256(manifest_bytes(manifest)).hexdigest(), manifest


def manifest_bytes(manifest: list[Entry]) -> bytes:
    """The bytes whose digest names the folder."""
    return canonical(cast("list[Json]", manifest))


def entries(content: bytes) -> list[Entry]:
    """The files that the bytes of a manifest speak of. Raises `ValueError` for bytes that are none,
    or speak of files outside of the folder: whoever may write to a shared store could say so."""
    manifest = cast("list[Entry]", parse_json(content))
    try:
        sound = all(
            HEX.fullmatch(entry["digest"]) and _stays_within(entry["path"]) for entry in manifest
        )
    except (KeyError, TypeError) as problem:
        raise ValueError(f"not a manifest: {problem}") from None
    if not sound:
        raise ValueError("a manifest of files that lie elsewhere")
    return manifest


def _stays_within(path: str) -> bool:
    """Whether a path leads down into a folder and nowhere else."""
    return "\0" not in path and all(word not in ("", ".", "..") for word in path.split("/"))


def digest_path(path: Path, memo: Memo | None = None) -> tuple[str, int]:
    """(`file:HEX` or `tree:HEX`, bytes) of a file or folder."""
    if path.is_dir():
        digest, manifest = digest_tree(path, memo)
        return f"tree:{digest}", sum(entry["size"] for entry in manifest)
    size = path.stat().st_size
    return f"file:{_digest(path, size, memo)}", size


# What is laid out again elsewhere, below a path of some length, must still have a path there.
_LONGEST_PATH = 2000
_DEEPEST = 200
# Links from folder to folder can lead to more files than any disk holds.
_MOST_LINKS = 10_000


def walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder with its relative path; inner links are followed.

    Raises `UnfitPathError` for what no other machine could be given in the same way.
    """
    root = folder.resolve()
    yield from _walk(root, root, "", (root,), count(1))


def _walk(
    root: Path, folder: Path, inner: str, above: tuple[Path, ...], links: Iterator[int]
) -> Iterator[tuple[Path, str]]:
    for found in os.scandir(folder):
        name = inner + found.name
        try:
            length = len(name.encode())
        except UnicodeEncodeError:
            raise UnfitPathError(f"the name {name!r} is not UTF-8") from None
        if length > _LONGEST_PATH or len(above) > _DEEPEST:
            raise UnfitPathError(f"`{name[:40]}...` lies too deep, at a path of {length} bytes")
        path = Path(found.path)
        linked = found.is_symlink()
        if linked:
            path = _led_to(path, name)
            if not path.is_relative_to(root):
                raise UnfitPathError(f"the link `{name}` leaves its folder")
        if path.is_dir():
            if path in above:
                raise UnfitPathError(f"the link `{name}` goes in a circle")
            if linked and next(links) > _MOST_LINKS:
                raise UnfitPathError(f"its links lead to more than {_MOST_LINKS:,} folders")
            yield from _walk(root, path, f"{name}/", (*above, path), links)
        elif path.is_file():
            yield path, name
        else:
            raise UnfitPathError(f"`{name}` is neither a file nor a folder")


def _led_to(link: Path, name: str) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # of its own kind before Python 3.13
        raise UnfitPathError(f"the link `{name}` goes in a circle") from None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file's status tells about its content. `mtime_ns` is the later of the times at which
    its content and its status changed: one that was set by hand hides nothing."""

    size: int
    mtime_ns: int
    inode: int

    @staticmethod
    def of(path: str | os.PathLike[str]) -> Stamp:
        status = os.stat(path)
        return Stamp(status.st_size, max(status.st_mtime_ns, status.st_ctime_ns), status.st_ino)

    def settled(self, now_ns: int) -> bool:
        """Whether a later change would have to show in the time stamp."""
        coarse = self.mtime_ns % 1_000_000_000 == 0
        return now_ns - self.mtime_ns > (_COARSE_TICK_NS if coarse else _TICK_NS)


Memo = MutableMapping[str, tuple[Stamp, str]]


def _digest(path: Path, size: int, memo: Memo | None) -> str:
    """The digest of a file; a small one is read as fast as it is looked up."""
    if memo is None or size < _LARGE:
        return digest_file(path)
    return digest_file_once(path, memo)


def digest_file_once(path: Path, memo: Memo) -> str:
    """`digest_file`, saved where the file's status proves that a remembered digest stands."""
    name = os.path.abspath(path)
    before = Stamp.of(name)
    known = memo.get(name)
    if known is not None and known[0] == before:
        return known[1]
    now = time.time_ns()
    digest = digest_file(name)
    if before.settled(now) and Stamp.of(name) == before:
        memo[name] = (before, digest)
    return digest
