"""Resolves a list of requirements to packages with versions and hashes: by uv, for any machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..lock import Resolved
from ..passes.pins import entries
from .inventory import Wanted

_SECONDS = 600
_LINES = 12
_HASH = re.compile(r"--hash=(\S+)")


class ResolvingError(Exception):
    """A list cannot be resolved; in the user's words, with the end of what was printed."""


def resolve(
    wanted: Wanted,
    known: Iterable[Resolved],
    moving: tuple[str, ...] = (),
    variables: Mapping[str, str] = os.environ,
) -> Resolved:
    """What a list comes to today, on machines of every kind. Versions that are `known` for the same
    Python are taken again where they fit, but for the packages that are `moving`.

    Raises `ResolvingError`.
    """
    uv = _uv(variables)
    if uv is None:
        raise ResolvingError("packages are resolved by uv, which is not here: `pip install uv`")
    with tempfile.TemporaryDirectory(prefix="millpond-") as scratch:
        result = Path(scratch, "requirements.txt")
        result.write_text(_preferred(wanted, known), encoding="utf-8")
        words = [uv, "pip", "compile", "-", "--output-file", str(result)]
        words += ["--python-version", wanted.python, "--universal", "--generate-hashes"]
        # One version for all machines, where there is one.
        words += ["--fork-strategy", "fewest"]
        words += ["--no-header", "--no-annotate", "--quiet", "--color", "never"]
        words += [word for name in moving for word in ("--upgrade-package", name)]
        try:
            ended = subprocess.run(
                words,
                cwd=wanted.folder,
                env={**variables, "UV_PYTHON_DOWNLOADS": "never"},
                input="\n".join((*wanted.options, *wanted.wants)) + "\n",
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise ResolvingError(f"uv did not come to an end: {problem}") from None
        if ended.returncode != 0:
            lines = [line for line in ended.stderr.splitlines() if line.strip()]
            raise ResolvingError("\n  ".join(("uv finds no solution", *lines[-_LINES:])))
        return Resolved(wanted.python, wanted.wants, _packages(result.read_text("utf-8")))


def _uv(variables: Mapping[str, str]) -> str | None:
    """uv on the PATH, else beside the Python that runs this."""
    beside = Path(sys.executable).parent
    return shutil.which("uv", path=variables.get("PATH")) or shutil.which("uv", path=str(beside))


def _preferred(wanted: Wanted, known: Iterable[Resolved]) -> str:
    """What is pinned already for the same Python, the same list's first; one line a package."""
    pins: dict[str, str] = {}
    for each in sorted(known, key=lambda each: (each.wants != wanted.wants, each.name)):
        if each.python == wanted.python:
            for package, _ in each.packages:
                pins.setdefault(package.partition("==")[0], package)
    return "".join(f"{pin}\n" for pin in pins.values())


def _packages(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Raises `ResolvingError` for what is no package of an index."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries(text):
        if entry.startswith("-"):
            continue
        hashes = tuple(sorted(_HASH.findall(entry)))
        package = " ".join(entry.partition(" --hash")[0].split())
        if not hashes or "==" not in package:
            raise ResolvingError(f"`{package}` has no version with hashes")
        found[package] = hashes
    return tuple(sorted(found.items()))
