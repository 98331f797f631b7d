"""The objects of a folder store: files by the digest of their content, taken in and given out."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from itertools import count
from pathlib import Path

from .digest import digest_file
from .session import OBJECT, Session
from .store import Guard, MissingObjectError, set_aside

_SMALL = 32 * 1024
_FICLONE = 0x40049409
# All objects are of the first day of 2000: what has another time was written to since.
_MADE_NS = 946_684_800 * 10**9


class Objects:
    """`objects/ab/<digest>` below the root of a store; what is under way lies in `tmp/`.

    An object appears whole, under the digest that its bytes have, and is never written to again.
    """

    def __init__(self, root: Path, session: Callable[[], Session]) -> None:
        self._root = root
        self._folder = root / "objects"
        self._session = session
        self._made: set[str] = set()
        self._clones = True
        self._numbers = count()

    def path(self, hex: str) -> Path:
        return self._folder / hex[:2] / hex

    def has(self, hex: str, size: int) -> bool:
        """Whether an object is there in its full length."""
        try:
            return os.stat(f"{self._folder}/{hex[:2]}/{hex}").st_size == size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def take(self, path: Path, *, consume: bool = False) -> tuple[str, int]:
        """Takes a file in under its digest; returns the digest in hex and the size."""
        temporary = self._temporary()
        try:
            if not (consume and _moved(path, temporary)):
                self._copy(path, temporary)
            elif _is_written_to(temporary):
                self._copy_apart(temporary)
            # Digested under its new name: whoever still writes to the old one is too late.
            return self._settle(temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def take_bytes(self, content: bytes) -> tuple[str, int]:
        temporary = self._temporary()
        try:
            temporary.write_bytes(content)
            return self._settle(temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _temporary(self) -> Path:
        """A path on the store's file system that no other process and no other call uses."""
        name = f"{self._session().name}.{os.getpid()}.{next(self._numbers)}"
        return self.folder(f"{self._root}/tmp") / name

    def _settle(self, temporary: Path) -> tuple[str, int]:
        os.chmod(temporary, 0o444)
        os.utime(temporary, ns=(_MADE_NS, _MADE_NS))
        hex, size = digest_file(temporary), os.stat(temporary).st_size
        target = f"{self._folder}/{hex[:2]}/{hex}"
        self.folder(f"{self._folder}/{hex[:2]}")
        with self._session().claiming(OBJECT, [hex]):
            if self.has(hex, size):
                os.unlink(temporary)
            else:
                try:
                    os.replace(temporary, target)
                except IsADirectoryError:
                    set_aside(Path(target))
                    os.replace(temporary, target)
        return hex, size

    def folder(self, folder: str) -> Path:
        """A folder of the store, made where it is not there, or not there any more."""
        if folder not in self._made or not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        return Path(folder)

    def give(self, hex: str, target: Path, *, share: bool, executable: bool) -> Guard | None:
        """Makes an object appear at a path. Raises `MissingObjectError`."""
        source = self.path(hex)
        try:
            status = source.stat()
            self._hold(source, hex, status)
            large = status.st_size > _SMALL
            if (
                share
                and large
                and not executable
                and not (self._clones and self._clone(source, target))
            ):
                os.link(source, target)
                return Guard.of(source, hex, ours=True)
            if not target.exists():
                self._copy(source, target)
            if _stamp(source.stat()) != _stamp(status) and digest_file(target) != hex:
                set_aside(source)
                raise MissingObjectError(hex)
        except FileNotFoundError:
            raise MissingObjectError(hex) from None
        mode = 0o555 if executable else 0o444
        target.chmod(mode if share else mode | 0o200)
        return None

    def _hold(self, source: Path, hex: str, status: os.stat_result) -> None:
        """Raises `MissingObjectError` for an object that a body writes to through the link that it
        was lent, or has written to before it was killed."""
        if status.st_mtime_ns != _MADE_NS:
            if digest_file(source) != hex:
                set_aside(source)
                raise MissingObjectError(hex)
            with suppress(OSError):  # a store that can only be read
                os.utime(source, ns=(_MADE_NS, _MADE_NS))

    def _copy(self, source: Path, target: Path) -> None:
        if not (self._clones and self._clone(source, target)):
            shutil.copyfile(source, target)

    def _copy_apart(self, path: Path) -> None:
        """Puts a copy in the place of a file, which whoever has it open does not write to."""
        copy = self._temporary()
        try:
            self._copy(path, copy)
            copy.replace(path)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise

    def _clone(self, source: Path, target: Path) -> bool:
        """A copy that shares its blocks until one side is written to, where there are such."""
        created = not target.exists()
        with open(source, "rb") as old, open(target, "wb") as new:
            try:
                fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
                return True
            except OSError:
                self._clones = False
        if created:
            target.unlink()
        return False

    def make_durable(self, digests: Iterable[str], *, many: bool) -> None:
        """Brings objects to the disk; `many` where it is worth to ask for all at once."""
        if many and self._sync_all():
            return
        for hex in digests:
            try:
                handle = os.open(self.path(hex), os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _sync_all(self) -> bool:
        """One `syncfs` for many new files; False where the system has none."""
        if self._syncfs is None:
            return False
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            return int(self._syncfs(handle)) == 0
        finally:
            os.close(handle)

    @cached_property
    def _syncfs(self) -> Callable[[int], int] | None:
        found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "syncfs", None)
        return found


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _moved(path: Path, target: Path) -> bool:
    """Whether a file could be taken away; not one that has another name or lies elsewhere."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        return False
    try:
        path.rename(target)
    except OSError:
        return False
    return True


def _is_written_to(path: Path) -> bool:
    """Whether a process, this one included, can still write to a file that it has opened or
    mapped: then the system gives no lease for reading. Where it has no leases, one may."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
