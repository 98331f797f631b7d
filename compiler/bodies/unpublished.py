"""Distributions that no index has: their version stays while their content changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

_MOST_FILES = 5_000
_SHOWN = 16  # digits of a digest


def is_unpublished(place: str) -> bool:
    """Whether an installer noted that it took a distribution from a path or URL."""
    return os.path.exists(os.path.join(place, "direct_url.json"))


def editable_source(place: str) -> Path | None:
    """The project that an editable install leads to, None for any other install."""
    try:
        with open(os.path.join(place, "direct_url.json"), encoding="utf-8") as stream:
            said = json.load(stream)
        if said["dir_info"]["editable"] is not True:
            return None
        return Path(unquote(urlsplit(str(said["url"])).path))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def homes(source: Path, name: str) -> list[Path]:
    """Where the module or package `name` lies in a project."""
    found = [source / name, source / "src" / name, source / f"{name}.py", source / f"src/{name}.py"]
    return [path for path in found if path.exists()]


def content_of(place: str, record: bytes, tops: Sequence[str]) -> str:
    """What tells one state of a distribution from another: of what lies in a project its modules,
    by their names `tops` or all that there are; of what was copied the digests that its installer
    wrote down."""
    source = editable_source(place)
    digest = hashlib.sha256()
    for part in sorted(_installed(place, record)) if source is None else _written(source, tops):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:_SHOWN]


def _installed(place: str, record: bytes) -> Iterator[bytes]:
    """The lines of a RECORD that speak of code; scripts and notes differ by where they lie."""
    about = f"{os.path.basename(place)}/".encode()
    for line in record.splitlines():
        if not line.startswith((about, b"../")) and b".pyc," not in line:
            yield line


def _written(source: Path, tops: Sequence[str]) -> Iterator[bytes]:
    listed = [home for top in tops for home in homes(source, top)]
    for home in listed or _modules(source):
        files = [home] if home.is_file() else sorted(home.rglob("*"))[:_MOST_FILES]
        for path in files:
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(source).as_posix().encode()
                yield path.read_bytes()


def _modules(source: Path) -> list[Path]:
    """What can be imported of a project that does not say it: all in `src`, where it has one."""
    folder = source / "src"
    folder = folder if folder.is_dir() else source
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    packages = (entry for entry in entries if (entry / "__init__.py").is_file())
    return [*packages, *(entry for entry in entries if entry.suffix == ".py")]
