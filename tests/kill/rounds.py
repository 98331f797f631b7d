"""What the loops of kills share: how many rounds there are, and what must hold after each."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from local.project import ROOT, Project, Ran, alive

from millpond.runtime.folder import FolderStore
from millpond.runtime.health import examine

ROUNDS = int(os.environ.get("MILLPOND_ROUNDS", "0"))
"""How many rounds every loop has; 0 for the few of an ordinary test run."""


def rounds(few: int) -> Iterator[tuple[int, random.Random]]:
    """The number of each round, and the dice for it: the same in every run of the tests."""
    for number in range(ROUNDS or few):
        yield number, random.Random(f"{few}/{number}")


def script(code: str, *words: object) -> subprocess.Popen[str]:
    """Python code of ours as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def began(project: Project, *words: str) -> subprocess.Popen[str]:
    """`mlp run p.mlp` in a process group of its own, answering in JSON."""
    return subprocess.Popen(
        [sys.executable, "-m", "millpond", "run", "p.mlp", "--format", "json", *words],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def tasks(ran: Ran) -> dict[str, str]:
    """The states of all nodes that are steps."""
    return {name: node["state"] for name, node in ran.nodes.items() if node["kind"] == "task"}


def killed(process: subprocess.Popen[str]) -> str:
    """Kills a process, and only that one; what it had printed."""
    process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, err
    return out


def descendants(pid: int) -> list[int]:
    """Every process below one, the nearest first."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def workers_of(folder: Path) -> list[int]:
    """Every process that works for a project: its folder is in its words or variables."""
    mark = os.fsencode(folder)
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdecimal() or int(place.name) == os.getpid():
            continue
        with suppress(OSError):
            said = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            # A shell that runs these tests may name the folder; it lies outside of `.millpond`.
            if mark + b"/.millpond/" in said and alive(int(place.name)):
                found.append(int(place.name))
    return found


def nobody_works(folder: Path) -> None:
    """Fails where something goes on working for a project whose runner is gone."""
    deadline = time.monotonic() + 5
    while found := workers_of(folder):
        assert time.monotonic() < deadline, [
            Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found
        ]
        time.sleep(0.02)


def sound(root: Path) -> None:
    """Fails where a store holds anything that is damaged, or is half there."""
    store = FolderStore(root)
    try:
        assert examine(store).damages == ()
        found = list(store.index.records())
        assert all(store.is_whole(record) for record in found)
    finally:
        store.close()


def leases_of(root: Path) -> list[str]:
    store = FolderStore(root)
    try:
        with store.index.reading() as connection:
            return [key for (key,) in connection.execute("select key from leases")]
    finally:
        store.close()
