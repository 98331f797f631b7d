"""The witness: the state of everything that a command on a file may read beside the store.

Not what it did read, which somebody would forget to note, but all that it could have: the whole
project, the packages that are installed, Millpond itself, the environment. Two equal witnesses mean
that nothing of it was touched in between; unequal ones mean nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ... import stdlib
from ...runtime.digest import Stamp

MANIFEST = "mlp.toml"
MOST = 20_000
"""How many files and folders are looked at; a larger project has no witness."""

SKIPPED = frozenset({".git", ".millpond", "__pycache__"})
"""Folders whose content no command reads as part of a project."""

IN_VENV = frozenset({"bin", "include", "lib", "lib64", "share"})
"""The same for those of a virtual environment; what is installed in ours is looked at by itself."""

_OWN = Path(stdlib.__file__).resolve().parents[1]
_ROOMS = ("face", "compiler", "backends", "grammar", "stdlib", "runtime")
# What every shell and every command has of its own.
_FLEETING = frozenset({"_", "SHLVL", "OLDPWD", "PWD", "COLUMNS", "LINES"})
# What tells which packages are installed, by the ending of the folder.
_METADATA = {
    ".dist-info": ("METADATA", "RECORD", "top_level.txt", "direct_url.json"),
    ".egg-info": ("PKG-INFO", "requires.txt", "top_level.txt"),
}


class _NoWitness(Exception):  # noqa: N818  (nothing is wrong, time is not saved)
    """Something cannot be vouched for."""


def root_of(folder: Path) -> Path:
    """The root of the project that a folder belongs to."""
    for above in (folder, *folder.parents):
        if os.path.isfile(above / MANIFEST):
            return above
    return folder


def witness(folder: Path) -> str | None:
    """That of a `.mlp` file in this folder; None where there can be none: the project is too large,
    has a link that leads out of it, or was touched within the tick of the clock."""
    root = root_of(folder)
    digest = hashlib.sha256()
    digest.update(repr(_process()).encode())
    now = time.time_ns()
    try:
        for place in (root, *_installed()):
            digest.update(f"{place}\n".encode("utf-8", "surrogateescape"))
            for line in _stamps(place, root, now):
                digest.update(line.encode("utf-8", "surrogateescape"))
    except (_NoWitness, OSError):
        return None
    return digest.hexdigest()


def _process() -> tuple[object, ...]:
    environment = sorted((n, v) for n, v in os.environ.items() if n not in _FLEETING)
    pages = os.sysconf("SC_PHYS_PAGES")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = (sys.version, sys.executable, sys.prefix, sys.path, sys.flags)
    return (python, environment, pages, cores, os.getuid(), os.uname())


def _installed() -> Iterator[Path]:
    """Our own code and the folders of installed packages."""
    yield from (_OWN / room for room in _ROOMS if (_OWN / room).is_dir())
    yield from (Path(entry) for entry in sys.path if entry.endswith("-packages"))


def _stamps(place: Path, root: Path, now: int) -> Iterator[str]:
    """A line for every file. Raises `_NoWitness`."""
    packages = place.name.endswith("-packages")
    count = 0
    waiting = [str(place)]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        venv = any(entry.name == "pyvenv.cfg" for entry in found)
        for entry in found:
            count += 1
            if count > MOST:
                raise _NoWitness
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                target = os.path.realpath(entry.path)
                if place == root and not Path(target).is_relative_to(root):
                    raise _NoWitness
                yield f"{entry.path} -> {target}\n"
            elif stat.S_ISDIR(status.st_mode):
                if entry.name in SKIPPED or (entry.name in IN_VENV and venv):
                    continue
                if not packages:
                    waiting.append(entry.path)
                elif entry.name.endswith(tuple(_METADATA)):
                    yield from _metadata(entry.path)
                yield f"{entry.path}/\n"
            elif place == root and not _is_settled(status, now):
                raise _NoWitness
            else:
                yield _line(entry.path, status)


def _is_settled(status: os.stat_result, now: int) -> bool:
    """Whether a later change would have to show in the time stamps."""
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return all(Stamp(status.st_size, moment, status.st_ino).settled(now) for moment in times)


def _metadata(folder: str) -> Iterator[str]:
    yield _line(folder, os.stat(folder))
    for name in _METADATA[os.path.splitext(folder)[1]]:
        with suppress(FileNotFoundError):
            yield _line(f"{folder}/{name}", os.stat(f"{folder}/{name}"))


def _line(path: str, status: os.stat_result) -> str:
    # The time of the last change of status can be set by nobody.
    stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode)
    return f"{path} {stamp}\n"
