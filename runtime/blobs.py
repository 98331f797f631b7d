"""Named bytes behind a URL: `file://` by the standard library, everything else by fsspec.

To write unless a name is taken is one action on a local or NFS disk (a hard link), on S3 and its
kin (`If-None-Match`), on Google's and on Azure's stores. Other file systems of fsspec look first
and then write: of two who are at it in the same moment, the last one wins there.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol, TypeVar, cast, runtime_checkable
from urllib.parse import unquote, urlsplit

from .store import StoreRefusedError, StoreUnreachableError

_T = TypeVar("_T")


class Blobs(Protocol):
    """A flat space of names with `/` in them. Every method may raise `StoreUnreachableError`."""

    def read(self, name: str) -> bytes | None:
        """The bytes, None where there are none."""
        ...

    def fetch(self, name: str, target: Path) -> bool:
        """Copy the bytes to a file; False where there are none."""
        ...

    def size(self, name: str) -> int | None:
        """How many bytes, None where there are none."""
        ...

    def modified(self, name: str) -> float | None:
        """When they were written, in seconds of the epoch, None where that is unknown."""
        ...

    def names(self, folder: str) -> Iterator[str]:
        """Every name below a folder, in order; what is under way is none."""
        ...

    def write(self, name: str, content: bytes) -> None: ...

    def send(self, source: Path, name: str) -> None:
        """Copy a file to a name; readers see all of it or nothing."""
        ...

    def create(self, name: str, content: bytes) -> bool:
        """Write unless the name is taken, as one action; False where it is."""
        ...

    def remove(self, name: str) -> None:
        """Take the bytes away, if there are any."""
        ...


def open_blobs(url: str) -> Blobs:
    """The space below a URL. Raises `StoreUnreachableError`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise StoreRefusedError(f"{url} names a host; write file:///path")
        return FileBlobs(Path(unquote(parts.path)))
    return FsspecBlobs(url)


class FileBlobs:
    """A folder, perhaps shared between machines."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, name: str) -> bytes | None:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _refused_here(problem) from problem

    def fetch(self, name: str, target: Path) -> bool:
        try:
            shutil.copyfile(self._root / name, target)
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise _refused_here(problem) from problem
        return True

    def size(self, name: str) -> int | None:
        status = self._status(name)
        return None if status is None else status.st_size

    def modified(self, name: str) -> float | None:
        status = self._status(name)
        return None if status is None else status.st_mtime

    def _status(self, name: str) -> os.stat_result | None:
        try:
            return (self._root / name).stat()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _refused_here(problem) from problem

    def names(self, folder: str) -> Iterator[str]:
        try:
            for path in sorted((self._root / folder).rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    yield path.relative_to(self._root).as_posix()
        except OSError as problem:
            raise _refused_here(problem) from problem

    def write(self, name: str, content: bytes) -> None:
        self._place(name, lambda temporary: temporary.write_bytes(content), Path.replace)

    def send(self, source: Path, name: str) -> None:
        self._place(name, lambda temporary: shutil.copyfile(source, temporary), Path.replace)

    def create(self, name: str, content: bytes) -> bool:
        try:
            self._place(name, lambda temporary: temporary.write_bytes(content), _settle_first)
        except FileExistsError:
            return False
        return True

    def remove(self, name: str) -> None:
        try:
            (self._root / name).unlink(missing_ok=True)
        except OSError as problem:
            raise _refused_here(problem) from problem

    def _place(
        self,
        name: str,
        fill: Callable[[Path], object],
        settle: Callable[[Path, Path], object],
    ) -> None:
        target = self._root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary_name = mkstemp(dir=target.parent, prefix=".")
            temporary = Path(temporary_name)
            try:
                fill(temporary)
                os.fsync(handle)
                temporary.chmod(0o644)
                settle(temporary, target)
            finally:
                os.close(handle)
                temporary.unlink(missing_ok=True)
        except FileExistsError:
            raise
        except OSError as problem:
            raise _refused_here(problem) from problem


_LINKLESS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
_FINAL = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


def _settle_first(temporary: Path, target: Path) -> None:
    """Gives a file its name unless that is taken. Raises `FileExistsError`."""
    try:
        os.link(temporary, target)
    except OSError as problem:
        if problem.errno not in _LINKLESS:
            raise
        # No hard links here. What is cut off between the two steps is taken for damaged.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        temporary.replace(target)


def _refused_here(problem: OSError) -> StoreUnreachableError:
    kind = StoreRefusedError if problem.errno in _FINAL else StoreUnreachableError
    return kind(str(problem))


class _FileSystem(Protocol):
    """The few calls of fsspec's `AbstractFileSystem` that are used here."""

    def cat_file(self, path: str) -> bytes: ...
    def get_file(self, rpath: str, lpath: str) -> None: ...
    def put_file(self, lpath: str, rpath: str) -> None: ...
    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> None: ...
    def info(self, path: str) -> Mapping[str, object]: ...
    def find(self, path: str) -> Iterable[str]: ...
    def rm_file(self, path: str) -> None: ...


class _S3Client(Protocol):
    def put_object(self, **parameters: object) -> object: ...


@runtime_checkable
class _PlainS3(Protocol):
    """s3fs of before 2021, on boto3 itself; it has no conditional write of its own."""

    s3: _S3Client


def _create_in_s3(client: _S3Client, path: str, content: bytes) -> None:
    bucket, _, name = path.partition("/")
    try:
        client.put_object(Bucket=bucket, Key=name, Body=content, IfNoneMatch="*")
    except Exception as problem:
        response = getattr(problem, "response", {})
        if response.get("Error", {}).get("Code") in ("PreconditionFailed", "412"):
            raise FileExistsError(path) from None
        raise


class FsspecBlobs:
    """A bucket or whatever else fsspec knows; its file system's package must be installed."""

    def __init__(self, url: str) -> None:
        try:
            core = importlib.import_module("fsspec.core")
            found = core.url_to_fs(url, use_listings_cache=False, **_patience(url))
        except (ImportError, ValueError) as problem:
            raise StoreRefusedError(f"no file system for {url}: {problem}") from None
        self._url = url
        self._files = cast(_FileSystem, found[0])
        self._root = cast(str, found[1]).rstrip("/")

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def read(self, name: str) -> bytes | None:
        return self._ask(lambda: self._files.cat_file(self._at(name)))

    def fetch(self, name: str, target: Path) -> bool:
        def get() -> bool:
            self._files.get_file(self._at(name), str(target))
            return True

        return self._ask(get) or False

    def size(self, name: str) -> int | None:
        info = self._ask(lambda: self._files.info(self._at(name)))
        return None if info is None else cast(int, info["size"])

    def modified(self, name: str) -> float | None:
        info = self._ask(lambda: self._files.info(self._at(name)))
        if info is None:
            return None
        moment = info.get("LastModified") or info.get("mtime") or info.get("created")
        stamp = getattr(moment, "timestamp", None)
        return float(stamp()) if stamp is not None else cast("float | None", moment)

    def names(self, folder: str) -> Iterator[str]:
        for path in self._ask(lambda: sorted(self._files.find(self._at(folder)))) or ():
            yield path.removeprefix(f"{self._root}/")

    def write(self, name: str, content: bytes) -> None:
        self._tell(lambda: self._files.pipe_file(self._at(name), content))

    def send(self, source: Path, name: str) -> None:
        self._tell(lambda: self._files.put_file(str(source), self._at(name)))

    def create(self, name: str, content: bytes) -> bool:
        path = self._at(name)
        try:
            if isinstance(self._files, _PlainS3) and not hasattr(self._files, "call_s3"):
                client = self._files.s3
                self._tell(lambda: _create_in_s3(client, path, content))
            else:
                self._tell(lambda: self._files.pipe_file(path, content, mode="create"))
        except FileExistsError:
            return False
        return True

    def remove(self, name: str) -> None:
        self._ask(lambda: self._files.rm_file(self._at(name)))

    def _ask(self, call: Callable[[], _T]) -> _T | None:
        """What a call finds, None where there is nothing."""
        try:
            return call()
        except FileNotFoundError:
            return None
        except Exception as problem:
            raise self._trouble(problem) from problem

    def _tell(self, call: Callable[[], None]) -> None:
        """Make a call that writes; `FileExistsError` is an answer, not a failure."""
        try:
            call()
        except FileExistsError:
            raise
        except Exception as problem:
            raise self._trouble(problem) from problem

    def _trouble(self, problem: Exception) -> StoreUnreachableError:
        """Every file system has exceptions of its own for a store that does not answer."""
        name = type(problem).__name__
        if name in _NO_CREDENTIALS:
            return StoreRefusedError(f"there are no credentials for {self._url}{_ways(self._url)}")
        if isinstance(problem, PermissionError):
            return StoreRefusedError(f"{self._url} does not let you in: {problem}")
        if isinstance(problem, FileNotFoundError):
            return StoreRefusedError(f"there is no {self._url}: {problem}")
        said = _ADDRESS.sub(r"\1", str(problem)) or name
        return StoreUnreachableError(f"{self._url} does not answer: {said}")


_ADDRESS = re.compile(r"(https?://[^/\s\"']+)/[^\s\"']*")
"""What was asked for at an address says nothing to anybody: it is the digest of a key."""


_NO_CREDENTIALS = frozenset(
    (
        "CredentialRetrievalError",
        "DefaultCredentialsError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
    )
)


def _ways(url: str) -> str:
    if not url.startswith(("s3:", "s3a:")):
        return ""
    return "; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def _patience(url: str) -> dict[str, object]:
    """How long to wait for a store: its library would for minutes before it says a word."""
    if not url.startswith(("s3:", "s3a:")):
        return {}
    retries = {"max_attempts": 2, "mode": "standard"}
    return {"config_kwargs": {"connect_timeout": 5, "read_timeout": 60, "retries": retries}}
