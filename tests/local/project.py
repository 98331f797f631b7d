"""A user's project in a folder of its own, and `mlp` as a process in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def states(self) -> dict[str, str]:
        """The state of every node of a run that printed JSON."""
        return {node["id"]: node["state"] for node in self.json["nodes"]}

    @property
    def why(self) -> dict[str, str | None]:
        """What is said of every node of a graph."""
        found: dict[str, str | None] = self.json["why"]
        return found

    @property
    def nodes(self) -> dict[str, Any]:
        return {node["id"]: node for node in self.json["nodes"]}


@dataclass(frozen=True)
class Project:
    """`p.mlp` and the Python file `body.py` beside it."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def pipeline(self, text: str) -> None:
        """The pipeline file: what is said, after the edition."""
        self.write("p.mlp", "edition 2026\n\n" + textwrap.dedent(text))

    def body(self, text: str) -> None:
        self.write("body.py", text)

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """`mlp` in the background."""
        return subprocess.Popen(
            [sys.executable, "-m", "millpond", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def mlp(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        return ended(self.start(*words, env=env))

    def start_graph(self, text: str, *words: str) -> subprocess.Popen[str]:
        """A graph in its text form, in the background."""
        file = self.write("p.ir", text)
        return subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "local" / "run_graph.py"), str(file), *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def graph(self, text: str, *words: str) -> Ran:
        """Runs a graph in its text form to the end."""
        return ended(self.start_graph(text, *words))

    @property
    def runs(self) -> list[Path]:
        """The folders of all runs, the oldest first."""
        return sorted((self.folder / ".millpond" / "runs").iterdir())

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """`mlp run p.mlp`, answering in JSON."""
        return self.mlp("run", "p.mlp", "--format", "json", *words, env=env)

    def lines(self, name: str) -> list[str]:
        """The lines that bodies have left in a file of the project."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def everything(self) -> bytes:
        """All bytes that runs have left behind."""
        state = self.folder / ".millpond"
        return b"\0".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())


def ended(process: subprocess.Popen[str]) -> Ran:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Ran(process.returncode, out, err)


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits for something to come true; fails when it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process still works: one that only waits to be counted as dead does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"
