"""A session: a process that uses a folder store now, and what it counts on finding there.

Everything that a live session claims is a root of garbage collection. A claim is made before the
look at the store that relies on it, under a lock shared by all sessions; the collector takes the
same lock for itself whenever it decides. So it knows of a claim, or was done before the look. No
clock is asked: a session lives as long as somebody holds the lock on its file.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from tempfile import mkstemp

from .orphans import end_in
from .removal import remove
from .store import StoreUnreachableError

KEY, OBJECT, SOURCE = "key", "object", "source"
"""What can be claimed: the result of a key, an object by its digest, the note of a source."""

SCRATCH = "scratch"
BEGUN = ("tmp", SCRATCH)
"""Folders of what is under way; names in there begin with that of their session and a dot."""

_FOLDER = "sessions"
_LOCK = "lock"
_PATIENCE = 30.0
_PAUSE = 0.002
_NOTHING = nullcontext()


class Session:
    """One process's presence in a store. Safe to use from several threads.

    `name` stands in the names of its temporary files and scratch folders.
    """

    def __init__(self, root: Path) -> None:
        self._thread = threading.Lock()
        self._claimed: set[str] = set()
        self._path, self._file = _entered(root / _FOLDER)
        self._guard = _guard(root)

    @property
    def name(self) -> str:
        return self._path.name

    def claim(self, kind: str, name: str) -> None:
        """Claims something that the caller makes, or has looked at already."""
        with self.claiming(kind, (name,)):
            pass

    def claiming(self, kind: str, names: Iterable[str]) -> AbstractContextManager[None]:
        """Claims names; within, no collection decides or takes any of them away."""
        lines = [line for name in names if (line := f"{kind} {name}\n") not in self._claimed]
        # What was claimed before is known to whoever decides now.
        return self._claiming(lines) if lines else _NOTHING

    @contextmanager
    def _claiming(self, lines: list[str]) -> Iterator[None]:
        with self._thread:
            _lock(self._guard, fcntl.LOCK_SH)
            try:
                _write(self._file, "".join(lines).encode())
                self._claimed.update(lines)
                yield
            finally:
                fcntl.flock(self._guard, fcntl.LOCK_UN)

    def close(self) -> None:
        """Gives up every claim, and removes what sessions left whose processes were killed."""
        with suppress(OSError):
            self._path.unlink()
        os.close(self._file)
        os.close(self._guard)
        bury(self._path.parents[1])


def _entered(folder: Path) -> tuple[Path, int]:
    """A new file that this process holds the lock of."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        file, name = mkstemp(prefix=f"{os.getpid()}-", dir=folder)
        fcntl.flock(file, fcntl.LOCK_EX)
        # Before it was locked it could be taken for one whose process is gone, and removed.
        with suppress(FileNotFoundError):
            if os.stat(name).st_ino == os.fstat(file).st_ino:
                return Path(name), file
        os.close(file)


def _guard(root: Path) -> int:
    return os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)


def _lock(file: int, how: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreUnreachableError(
                    f"another process has held the store's lock for {_PATIENCE:.0f} s; is an "
                    "`mlp` stopped in the middle of its work?"
                ) from None
            time.sleep(_PAUSE)


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


class Claims:
    """What the live sessions of a store claim, as a collector sees it.

    What was claimed once while this looks on stays claimed.
    """

    def __init__(self, root: Path) -> None:
        self.keys: set[str] = set()
        self.objects: set[str] = set()
        self.sources: set[str] = set()
        self.live: set[str] = set()
        self._folder = root / _FOLDER
        self._root = root
        self._files: dict[str, int] = {}
        self._rest: dict[str, bytes] = {}

    def refresh(self) -> None:
        """Reads what has been claimed since the last time."""
        for name in _listed(self._folder):
            if name not in self._files and (file := _alive(self._folder / name)) is not None:
                self._files[name] = file
                self._rest[name] = b""
                self.live.add(name)
        for name, file in self._files.items():
            while block := os.read(file, 1 << 20):
                *lines, self._rest[name] = (self._rest[name] + block).split(b"\n")
                self._take(lines)

    def _take(self, lines: Iterable[bytes]) -> None:
        sets = {KEY: self.keys, OBJECT: self.objects, SOURCE: self.sources}
        for line in lines:
            kind, _, name = line.decode().partition(" ")
            sets[kind].add(name)

    @contextmanager
    def decided(self) -> Iterator[None]:
        """Within, no session looks at the store or adds to it, and every claim is known."""
        guard = _guard(self._root)
        try:
            _lock(guard, fcntl.LOCK_EX)
            self.refresh()
            yield
        finally:
            os.close(guard)

    def close(self) -> None:
        for file in self._files.values():
            os.close(file)
        self._files.clear()


def bury(root: Path) -> None:
    """Removes what sessions have left whose processes are gone: their files, what they had begun to
    write, and their scratch folders, once nothing works in them any more."""
    # Looked at before the sessions are: whoever has begun one of these was there by then.
    begun = [root / what / name for what in BEGUN for name in _listed(root / what)]
    folder, live = root / _FOLDER, set()
    for name in _listed(folder):
        try:
            file = os.open(folder / name, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (folder / name).unlink(missing_ok=True)
        except OSError:
            live.add(name)
        finally:
            os.close(file)
    gone = [path for path in begun if "." in path.name and path.name.partition(".")[0] not in live]
    if desks := [path for path in gone if path.parent.name == SCRATCH]:
        end_in(desks)
    for path in gone:
        remove(path)


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _alive(path: Path) -> int | None:
    """The open file of a session whose process lives; None for any other."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return file
    os.close(file)
    return None
