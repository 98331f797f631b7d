"""Python in a namespace of its own, where it may mount small and read-only file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from store.results import REPOSITORY

_WAYS = (("unshare", "--mount"), ("unshare", "--mount", "--map-root-user"))


def _way() -> tuple[str, ...]:
    """How this machine lets us mount; fails where it does not: these tests have no stand-in."""
    for way in _WAYS:
        if shutil.which(way[0]) is None:
            continue
        trial = [*way, "mount", "-t", "tmpfs", "none", "/tmp"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return way
    pytest.fail(
        "this machine lets nobody mount a small disk: run the tests as root with CAP_SYS_ADMIN "
        "(docker run --privileged), or allow user namespaces (sysctl user.max_user_namespaces)"
    )


def mounted(folder: Path, options: str, *parts: str) -> str:
    """What parts of Python code print, with a tmpfs of these options at `sys.argv[1]`."""
    folder.mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o {options} none "$1" && shift && exec "$@"'
    python = (sys.executable, "-c", "".join(map(dedent, parts)), str(folder))
    done = subprocess.run(
        [*_way(), "sh", "-c", script, "sh", str(folder), *python],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
