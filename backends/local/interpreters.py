"""Interpreters: which Pythons this machine has, each known by having been asked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OLDEST = (3, 10)
_ASK = "import platform, sys; print(platform.python_version(), sys.executable)"
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that answered: its program, and its version in full."""

    program: str
    version: str

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])

    def is_(self, wanted: str) -> bool:
        """Whether it is of a version that may name the minor one only."""
        return wanted in (self.version, self.minor)

    @property
    def is_old(self) -> bool:
        """Whether it cannot run the launcher."""
        return tuple(map(int, self.minor.split("."))) < OLDEST


def is_version(text: str) -> bool:
    """Whether `environment { python = … }` names a version: `3.12`, `3.12.1`."""
    return _VERSION.fullmatch(text) is not None


@cache
def find(wanted: str | None, path: str | None) -> Interpreter | None:
    """The Python of a version, the one that `mlp` runs on first; None means just that one."""
    own = Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))
    if wanted is None or own.is_(wanted):
        return own
    minor = ".".join(wanted.split(".")[:2])
    for program in _candidates(minor, path):
        found = _asked(program)
        if found is not None and found.is_(wanted):
            return found
    return None


def installed(path: str | None) -> list[Interpreter]:
    """Every Python that can run a body, newest first, one of each version."""
    found: dict[str, Interpreter] = {}
    for minor in (f"3.{number}" for number in range(OLDEST[1], 30)):
        for program in _candidates(minor, path):
            answer = _asked(program)
            if answer is not None and answer.is_(minor):
                found.setdefault(answer.version, answer)
    own = find(None, path)
    if own is not None:
        found.setdefault(own.version, own)
    return sorted(
        found.values(), key=lambda i: [int(n) for n in re.findall(r"\d+", i.version)], reverse=True
    )


def _candidates(minor: str, path: str | None) -> Iterator[str]:
    """Programs that may be it: on the search path, then where pyenv and uv keep theirs."""
    name = f"python{minor}"
    for folder in (path or os.defpath).split(os.pathsep):
        program = os.path.join(folder, name)
        if os.access(program, os.X_OK):
            yield program
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for versions, pattern in ((pyenv, f"{minor}.*"), (managed, f"cpython-{minor}.*")):
        for home in sorted(versions.glob(pattern), reverse=True):
            yield str(home / "bin" / name)
    if minor == ".".join(map(str, sys.version_info[:2])):
        yield sys.executable
    plain = shutil.which("python3", path=path)
    if plain is not None:
        yield plain


@cache
def _asked(program: str) -> Interpreter | None:
    """What a program says it is; None for what does not start, as a shim of another tool may."""
    try:
        answer = subprocess.run(
            (program, "-I", "-c", _ASK),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version, _, executable = answer.stdout.strip().partition(" ")
    # A shim is not the program: another day it may lead elsewhere.
    return Interpreter(executable or program, version) if _VERSION.match(version) else None
