"""What a user names by path, pattern or URL: referenced where it lies, told apart by its digest."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast
from urllib.parse import quote, unquote, urlsplit

from .artifact import Artifact, Json, is_url
from .dataclass import dataclass
from .digest import Entry, Memo, digest_files, digest_path, manifest_bytes
from .key import digest_json
from .pattern import Pattern

_BLOCK = 1 << 20


class SourceError(OSError):
    """What a URL names cannot be reached, or is not what it was."""


class _Files(Protocol):
    """The few calls of fsspec's `AbstractFileSystem` that are used here."""

    protocol: str | tuple[str, ...]

    def info(self, path: str) -> Mapping[str, object]: ...
    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        *,
        detail: bool,
    ) -> Mapping[str, Mapping[str, object]]: ...
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


def find(text: str, folder: Path, memo: Memo | None = None) -> Artifact:
    """What a text names: a URL, or a path, or a pattern of paths below `folder`.

    `memo` saves reading large local files again that nobody has touched.

    Raises `UnfitPathError` and what `fingerprint` raises.
    """
    if is_url(text):
        return fingerprint(text, memo)
    path = folder / text
    if Pattern.of(text) and not path.exists():
        # What lies in its own folder may have a star in its name.
        place = quote(os.path.abspath(folder)) + "/"
        return fingerprint(f"file://{place}{quote(text, safe='/*?')}", memo)
    digest, size = digest_path(path, memo)
    here = path.resolve()
    return Artifact(digest, size, here.name, str(here))


def nothing_at(text: str) -> str:
    """What to say where `find` has found nothing."""
    return f"no file matches `{text}`" if _pattern(text) else f"there is nothing at `{text}`"


def fingerprint(url: str, memo: Memo | None = None) -> Artifact:
    """What lies at a URL, a file or a folder, as an artifact whose `source` says where.

    Its digest is `etag:HEX` or `version:HEX` where the store tells contents apart without reading
    them, else that of the content. What `file://` names is the local file itself. A pattern names
    a folder of all files that it matches, as if there were no others. Raises `FileNotFoundError`
    where there is nothing, `SourceError` where that cannot be found out.
    """
    if url.startswith("file://"):
        return _here(url, memo)
    files, found = _listed(url)
    pattern = _pattern(url)
    path = urlsplit(pattern.folder if pattern else url).path
    name = PurePosixPath(path).name or urlsplit(url).netloc
    return Artifact(_digest(url, files, found), sum(each.size for each in found), name, url)


def _here(url: str, memo: Memo | None) -> Artifact:
    pattern = _pattern(url)
    if pattern is None:
        path = _local(url)
        digest, size = digest_path(path, memo)
        return Artifact(digest, size, path.name, str(path))
    folder = _local(pattern.folder)
    hex, manifest = digest_files(_matched(pattern, folder), memo)
    if not manifest:
        raise FileNotFoundError(url)
    return Artifact(f"tree:{hex}", sum(entry["size"] for entry in manifest), folder.name, url)


def _pattern(url: str) -> Pattern | None:
    """The pattern in a URL. Over HTTP there are no folders to look into, and `?` is a query."""
    return None if url.startswith(("http://", "https://")) else Pattern.of(url)


def _matched(pattern: Pattern, folder: Path) -> Iterator[tuple[Path, str]]:
    """What a pattern of `file://` means here, whose `folder` is known."""
    return Pattern(f"{folder}/", unquote(pattern.rest)).files()


def places(artifact: Artifact) -> list[Path]:
    """Where an artifact that the user named lies on this machine: nowhere for most URLs."""
    source = artifact.source
    if source is None or (artifact.is_remote and not source.startswith("file://")):
        return []
    if not artifact.is_remote:
        return [Path(source)]
    pattern = cast(Pattern, _pattern(source))
    return [path for path, _ in _matched(pattern, _local(pattern.folder))]


def fetch(artifact: Artifact, destination: Path) -> None:
    """Bring what an artifact of `fingerprint` names to a path under which nothing lies yet.

    Raises `SourceError`, also where it is not what it was when the fingerprint was taken.
    """
    url = cast(str, artifact.source)
    try:
        if url.startswith("file://"):
            _copy(url, destination)
        else:
            _download(url, destination)
        unread = artifact.digest.startswith(("etag:", "version:"))
        digest = fingerprint(url).digest if unread else digest_path(destination)[0]
    except FileNotFoundError:
        raise SourceError(f"there is nothing at {url} any more") from None
    if digest != artifact.digest:
        raise SourceError(f"{url} has changed since this run began; start it again")


def _download(url: str, destination: Path) -> None:
    files, found = _listed(url)
    for each in found:
        target = destination / _safe(each.inner, url) if each.inner else destination
        target.parent.mkdir(parents=True, exist_ok=True)
        with _asked(url):
            files.get_file(each.path, str(target))


def _copy(url: str, destination: Path) -> None:
    """What a pattern matches on this machine; all else is read where it lies."""
    pattern = cast(Pattern, _pattern(url))
    for path, inner in _matched(pattern, _local(pattern.folder)):
        target = destination / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


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
    if _pattern(url) is not None:
        return files, list(_matching(url, files, path))
    with _asked(url):
        info = files.info(path)
    if info["type"] != "directory":
        return files, [_found(files, info, path, "")]
    found = list(_below(url, files, path, path))
    if not found:
        raise FileNotFoundError(url)
    return files, found


def _below(url: str, files: _Files, folder: str, root: str) -> Iterator[_Found]:
    """All files below a folder, with their paths below `root`."""
    with _asked(url):
        below = files.find(folder, detail=True)
    for name, info in sorted(below.items()):
        # A name in `/` is how some tools make a folder where there are none.
        if info["type"] == "file" and not name.endswith("/"):
            yield _found(files, info, name, name.removeprefix(root.rstrip("/") + "/"))


def _matching(url: str, files: _Files, path: str) -> Iterator[_Found]:
    """The files that a pattern means. Raises `FileNotFoundError` where it means none."""
    pattern = cast(Pattern, Pattern.of(path))
    root, matches, some = pattern.folder.rstrip("/"), pattern.matches, False
    with _asked(url):
        below = files.find(root, pattern.depth, withdirs=pattern.depth is not None, detail=True)
    for name, info in sorted(below.items()):
        inner = name.removeprefix(f"{root}/").rstrip("/")
        if not matches.fullmatch(inner):
            continue
        if info["type"] == "file" and not name.endswith("/"):
            some = True
            yield _found(files, info, name, inner)
        elif info["type"] == "directory":
            for each in _below(url, files, name, root):
                some = True
                yield each
    if not some:
        raise FileNotFoundError(url)


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
