"""Revisions of a git repository, laid out in a folder without running anything of theirs.

Blobs are read as they are stored: no checkout, hence no hooks, filters or attributes. Links are
made last, and only where they stay inside.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ...runtime.dataclass import dataclass
from .front import Usage

_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FILE, _LINK = ("100644", "100755", "100664"), "120000"
_POINTER = b"version https://git-lfs.github.com/spec/"
_LONGEST_LINK = 4_096
_BLOCK = 1 << 20

# What the configuration of a repository may make git run, switched off.
_QUIET = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a revision; `path` is relative to the top, with `/`."""

    mode: str
    blob: str
    path: str


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What of a revision lies in the folder now; `pointers` stand for files that are kept elsewhere
    (Git LFS), `refused` are entries that may not be made."""

    files: frozenset[str]
    pointers: frozenset[str]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree with its history; `top` is its folder, links followed."""

    top: Path

    def commit(self, revision: str) -> str | None:
        """The commit that a revision names, None where there is none."""
        if not revision or revision.startswith("-") or "\0" in revision:
            return None
        word = f"{revision}^{{commit}}"
        found = _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", word)
        lines = [] if found is None else found.decode("ascii", "replace").split()
        return lines[-1] if lines and _OBJECT.fullmatch(lines[-1]) else None

    def fork(self, one: str, other: str) -> str | None:
        """The commit where two lines of history part, None where they have nothing in common."""
        found = _git(self.top, "merge-base", one, other)
        lines = [] if found is None else found.decode("ascii", "replace").split()
        return lines[0] if lines and _OBJECT.fullmatch(lines[0]) else None

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """All files of a commit. Raises `Usage` where they cannot be listed."""
        found = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", commit)
        if found is None:
            raise Usage(f"git cannot list the files of {commit[:12]}")
        rows = []
        for row in found.split(b"\0"):
            head, _, path = row.partition(b"\t")
            words = head.decode("ascii", "replace").split()
            if len(words) == 3:
                rows.append(Entry(words[0], words[2], os.fsdecode(path)))
        return tuple(rows)

    def tracked(self) -> frozenset[str]:
        """The files of the work tree that git knows."""
        found = _git(self.top, "ls-files", "-z", "--cached", "--full-name", "--", ":/")
        return frozenset(os.fsdecode(path) for path in (found or b"").split(b"\0") if path)

    def sources(self) -> frozenset[str]:
        """The `.mlp` files of the work tree that git knows or would take."""
        words = ("--cached", "--others", "--exclude-standard", "--full-name")
        found = _git(self.top, "ls-files", "-z", *words, "--", ":/")
        paths = (os.fsdecode(path) for path in (found or b"").split(b"\0") if path)
        return frozenset(path for path in paths if path.endswith(".mlp"))

    def lay_out(
        self, entries: Iterable[Entry], folder: Path, wanted: Callable[[str], bool]
    ) -> LaidOut:
        """Writes the wanted files of a revision below a folder that is empty."""
        files: set[str] = set()
        pointers: set[str] = set()
        refused: list[str] = []
        links: list[tuple[str, bytes]] = []
        chosen = [entry for entry in entries if wanted(entry.path)]
        safe = [entry for entry in chosen if _is_safe(entry)]
        refused += [entry.path for entry in chosen if not _is_safe(entry)]
        for entry, size, stream in self._blobs(safe):
            if entry.mode == _LINK:
                links.append((entry.path, stream.read(min(size, _LONGEST_LINK))))
                continue
            place = _made(folder, entry.path)
            if place is None:
                refused.append(entry.path)
            elif _write(place, stream, size, executable=entry.mode == "100755"):
                files.add(entry.path)
            else:
                pointers.add(entry.path)
        for path, goal in links:
            if _link(folder, path, goal):
                files.add(path)
            else:
                refused.append(path)
        _unlink_leaving(folder, [path for path, _ in links], files, refused)
        return LaidOut(frozenset(files), frozenset(pointers), tuple(sorted(refused)))

    def _blobs(self, entries: list[Entry]) -> Iterator[tuple[Entry, int, _Blob]]:
        """The content of each entry in turn, as it is stored."""
        if not entries:
            return
        process = subprocess.Popen(
            _words(self.top, ("cat-file", "--batch")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for entry in entries:
                process.stdin.write(f"{entry.blob}\n".encode())
                process.stdin.flush()
                head = process.stdout.readline().decode("ascii", "replace").split()
                if len(head) != 3 or head[1] != "blob":
                    raise Usage(f"git has not got the content of `{entry.path}`; fetch it first")
                blob = _Blob(process.stdout, int(head[2]))
                yield entry, int(head[2]), blob
                blob.finish()
        finally:
            process.stdin.close()
            process.kill()
            process.wait()
            process.stdout.close()


class _Blob:
    """One object in the stream of them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, most: int) -> bytes:
        data = self._stream.read(min(most, self._left))
        self._left -= len(data)
        return data

    def finish(self) -> None:
        """Goes to the end, past the line break that follows it."""
        while self._left and self.read(_BLOCK):
            pass
        self._stream.read(1)


def repository_at(folder: Path) -> Repository | None:
    """The repository around a folder, None where there is none. Raises `Usage` without git."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    if found is None:
        return None
    return Repository(Path(os.fsdecode(found.removesuffix(b"\n"))).resolve())


def _git(folder: Path, *words: str) -> bytes | None:
    """What git prints, None where it fails."""
    if shutil.which("git") is None:
        raise Usage("comparing revisions needs git, which is not installed here")
    done = subprocess.run(
        _words(folder, words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=_environment(),
    )
    return done.stdout if done.returncode == 0 else None


def _words(folder: Path, words: Iterable[str]) -> list[str]:
    settings = [part for setting in _QUIET for part in ("-c", setting)]
    return ["git", "-C", str(folder), "--no-pager", *settings, *words]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "0",
    }


def _is_safe(entry: Entry) -> bool:
    """Whether an entry is a file or link whose path stays below the top."""
    parts = entry.path.split("/")
    plain = all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)
    return plain and entry.mode in (*_FILE, _LINK) and "\0" not in entry.path


def _made(folder: Path, path: str) -> Path | None:
    """Where a file goes, its folders made; None where something else is in the way."""
    place = folder / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return None
    return None if place.exists() or place.is_symlink() else place


def _write(place: Path, blob: _Blob, size: int, *, executable: bool) -> bool:
    """Writes a file, unless it only points to one that is kept elsewhere."""
    first = blob.read(_BLOCK)
    if size < 1_024 and first.startswith(_POINTER):
        return False
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(place, flags, 0o755 if executable else 0o644), "wb") as file:
        while first:
            file.write(first)
            first = blob.read(_BLOCK)
    return True


def _link(folder: Path, path: str, goal: bytes) -> bool:
    """Makes a link that stays inside, going by its words."""
    target = os.fsdecode(goal)
    if not target or "\0" in target or os.path.isabs(target):
        return False
    inside = os.path.normpath(PurePosixPath(path).parent / target)
    if inside == ".." or inside.startswith("../"):
        return False
    place = _made(folder, path)
    if place is None or place.parent.resolve() != folder.resolve() / PurePosixPath(path).parent:
        return False
    place.symlink_to(target)
    return True


def _unlink_leaving(folder: Path, links: list[str], files: set[str], refused: list[str]) -> None:
    """Takes away links that leave by way of other links."""
    top = folder.resolve()
    leaving = True
    while leaving:
        leaving = False
        for path in links:
            place = folder / path
            if place.is_symlink() and not _stays(place, top):
                place.unlink()
                files.discard(path)
                refused.append(path)
                leaving = True


def _stays(place: Path, top: Path) -> bool:
    try:
        return place.resolve().is_relative_to(top)
    except (OSError, RuntimeError):
        return False
