"""What a user names by URL: referenced where it lies, told apart by its fingerprint."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast
from urllib.parse import unquote, urlsplit

from .artifact import Artifact, Json
from .dataclass import dataclass
from .digest import Entry, digest_path, manifest_bytes
from .key import digest_json

_BLOCK = 1 << 20


class SourceError(OSError):
    """What a URL names cannot be reached, or is not what it was."""


class _Files(Protocol):
    """The few calls of fsspec's `AbstractFileSystem` that are used here."""

    protocol: str | tuple[str, ...]

    def info(self, path: str) -> Mapping[str, object]: ...
    def find(self, path: str, *, detail: bool) -> Mapping[str, Mapping[str, object]]: ...
    def get_file(self, rpath: str, lpath: str) -> None: ...
    def open(self, path: str, mode: str) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class _Found:
    """A file behind a URL. `inner` is its path in the folder that the URL names, else empty.

    `tag` changes with the bytes; with `anywhere` equal tags are equal bytes wherever they lie.
    """

    path: str
    inner: str
    size: int
    kind: str
    tag: str
    anywhere: bool


def fingerprint(url: str) -> Artifact:
    """What lies at a URL, a file or a folder, as an artifact whose `source` says where.

    Its digest is `etag:HEX` or `version:HEX` where the store tells contents apart without reading
    them, else that of the content. What `file://` names is the local file itself. Raises
    `FileNotFoundError` where there is nothing, `SourceError` where that cannot be found out.
    """
    if url.startswith("file://"):
        path = _local(url)
        digest, size = digest_path(path)
        return Artifact(digest, size, path.name, str(path))
    files, found = _listed(url)
    name = PurePosixPath(urlsplit(url).path).name or urlsplit(url).netloc
    return Artifact(_digest(url, files, found), sum(each.size for each in found), name, url)


def fetch(artifact: Artifact, destination: Path) -> None:
    """Bring what an artifact of `fingerprint` names to a path under which nothing lies yet.

    Raises `SourceError`, also where it is not what it was when the fingerprint was taken.
    """
    url = cast(str, artifact.source)
    try:
        files, found = _listed(url)
        for each in found:
            target = destination / _safe(each.inner, url) if each.inner else destination
            target.parent.mkdir(parents=True, exist_ok=True)
            with _asked(url):
                files.get_file(each.path, str(target))
        unread = artifact.digest.startswith(("etag:", "version:"))
        digest = fingerprint(url).digest if unread else digest_path(destination)[0]
    except FileNotFoundError:
        raise SourceError(f"there is nothing at {url} any more") from None
    if digest != artifact.digest:
        raise SourceError(f"{url} has changed since this run began; start it again")


def _local(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc:
        raise SourceError(f"{url} names a host; write file:///path")
    return Path(unquote(parts.path)).resolve()


def _listed(url: str) -> tuple[_Files, list[_Found]]:
    """The file system of a URL, and what it names: one file, or those below a folder."""
    try:
        core = importlib.import_module("fsspec.core")
        opened = core.url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as problem:
        raise SourceError(f"no file system for {url}: {problem}") from None
    files, path = cast(_Files, opened[0]), cast(str, opened[1])
    with _asked(url):
        info = files.info(path)
    if info["type"] != "directory":
        return files, [_found(files, info, path, "")]
    root = path.rstrip("/") + "/"
    with _asked(url):
        below = files.find(path, detail=True)
    found = [
        _found(files, info, name, name.removeprefix(root))
        for name, info in sorted(below.items())
        # A name in `/` is how some tools make a folder where there are none.
        if info["type"] == "file" and not name.endswith("/")
    ]
    if not found:
        raise FileNotFoundError(url)
    return files, found


def _found(files: _Files, info: Mapping[str, object], path: str, inner: str) -> _Found:
    size = cast(int, info.get("size") or 0)
    for word, kind in _TAGS:
        tag = info.get(word)
        # A weak tag of HTTP may stay as it is while bytes change.
        if tag and not str(tag).startswith("W/"):
            protocols = {files.protocol} if isinstance(files.protocol, str) else {*files.protocol}
            anywhere = word == "md5Hash" or "s3" in protocols
            return _Found(path, inner, size, kind, str(tag).strip('"'), anywhere)
    return _Found(path, inner, size, "", "", anywhere=False)


_TAGS = (
    ("md5Hash", "etag"),
    ("ETag", "etag"),
    ("etag", "etag"),
    ("generation", "version"),
    ("VersionId", "version"),
    ("version_id", "version"),
)


def _digest(url: str, files: _Files, found: list[_Found]) -> str:
    if not all(each.tag for each in found):
        return _content(url, files, found)
    kind = "version" if any(each.kind == "version" for each in found) else "etag"
    rows: list[Json] = [
        [each.inner, each.size, each.tag, "" if each.anywhere else each.path] for each in found
    ]
    return f"{kind}:{digest_json(rows)}"


def _content(url: str, files: _Files, found: list[_Found]) -> str:
    """The digest that the bytes have once they are here."""
    manifest: list[Entry] = []
    for each in found:
        with _asked(url), files.open(each.path, "rb") as file:
            digest = _sha256(file)
        manifest.append(
            {"path": each.inner, "digest": digest, "size": each.size, "executable": False}
        )
    if not found[0].inner:
        return f"file:{manifest[0]['digest']}"
    return f"tree:{hashlib.sha256(manifest_bytes(manifest)).hexdigest()}"


def _sha256(file: BinaryIO) -> str:
    state = hashlib.sha256()
    while block := file.read(_BLOCK):
        state.update(block)
    return state.hexdigest()


def _safe(inner: str, url: str) -> str:
    """A relative path that stays below its folder."""
    parts = PurePosixPath(inner).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise SourceError(f"{url} holds {inner!r}, which is no path below a folder")
    return inner


@contextmanager
def _asked(url: str) -> Iterator[None]:
    """Turn what a file system says into a `SourceError`, but for that there is nothing."""
    try:
        yield
    except (FileNotFoundError, SourceError):
        raise
    except Exception as problem:
        # Every file system has exceptions of its own.
        text = f"{url} cannot be read: {type(problem).__name__}: {problem}"
        raise SourceError(text) from problem
