"""The folder of a run: what lies in it, how it is called, and how a run says where it stands.

`run.json` is there from the start; `events.jsonl` has a line for every event and is locked as long
as the run lives; `logs/` has what steps printed; `approvals/` what a person is asked.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast
from urllib.parse import quote

from ...runtime.dataclass import dataclass
from .counts import Counts, counted

if TYPE_CHECKING:
    from ..ir.values import Json

RUNNING = "running"
_LONGEST_NAME = 200
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")


class NoSuchRun(Exception):  # noqa: N818  (the user's mistake; the message is for them)
    """No run, or more than one, answers to a name."""


def file_name(node: str) -> str:
    """A node's id as the name of a file: keys of partitions may hold anything."""
    name = quote(node, safe="[]")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 65]}-{hashlib.sha256(node.encode()).hexdigest()}"


def log_name(node: str) -> str:
    """The name of a node's log."""
    return f"{file_name(node)}.log"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run, as whoever looks at it from outside sees it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    def log(self, node: str) -> Path:
        return self.path / "logs" / log_name(node)

    def said(self) -> Mapping[str, Json]:
        """What the run says of itself; empty where it said nothing that can be read."""
        try:
            found = json.loads((self.path / "run.json").read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return cast("dict[str, Json]", found) if isinstance(found, dict) else {}

    def damage(self) -> str | None:
        """What is not as runs leave it, so that nobody can write here; None for a sound folder."""
        for name in ("logs", "outputs", "approvals", "approvals/asked", "approvals/decided"):
            place = self.path / name
            if os.path.lexists(place) and not place.is_dir():
                return f"`{name}` is not a folder"
        for name in ("run.json", "events.jsonl", "report.html"):
            place = self.path / name
            if os.path.lexists(place) and not place.is_file():
                return f"`{name}` is not a file"
        return None if self.said() else "its `run.json` cannot be read"

    def alive(self) -> bool:
        """Whether the process that runs it is there."""
        try:
            with (self.path / "events.jsonl").open("r", encoding="utf-8") as events:
                fcntl.flock(events, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def status(self) -> str:
        """`running`, or how it ended; a run whose process is gone was interrupted."""
        status = str(self.said().get("status") or RUNNING)
        return "interrupted" if status == RUNNING and not self.alive() else status

    def events(self) -> Iterator[Mapping[str, Json]]:
        """Every event so far; a line that is half written is left out."""
        try:
            text = (self.path / "events.jsonl").read_text("utf-8", "replace")
        except OSError:
            return
        for line in text.split("\n"):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict):
                yield entry

    def states(self) -> dict[str, str | None]:
        """Every node that is known by now, with how it ended; None where it has not."""
        planned = self.said().get("planned")
        states: dict[str, str | None] = {}
        for name in planned if isinstance(planned, list) else ():
            states[str(name)] = None
        for entry in self.events():
            name = str(entry.get("node"))
            if entry.get("event") == "resumed":
                states = dict.fromkeys(states)
            elif entry.get("event") == "finished":
                states[name] = str(entry.get("state"))
            else:
                states.setdefault(name, None)
        states.pop("", None)
        return states

    def counts(self) -> Counts:
        """How many nodes ended in each state, as far as it came."""
        ends: dict[str, tuple[str, str]] = {}
        for entry in self.events():
            if entry.get("event") == "resumed":
                ends.clear()
            elif entry.get("event") == "finished":
                ends[str(entry.get("node"))] = str(entry.get("kind")), str(entry.get("state"))
        return counted(ends.values())


def new_run(state: Path) -> Path:
    """A folder for a run; its name sorts by time: `20261122-221500-3fa2`."""
    while True:
        seconds, rest = divmod(time.time_ns(), 10**9)
        day = time.strftime("%Y%m%d-%H%M%S", time.gmtime(seconds))
        folder = state / "runs" / f"{day}-{rest * 65536 // 10**9:04x}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir()
            return folder


@contextmanager
def recorded(folder: Path) -> Iterator[TextIO]:
    """The open, locked file of a run's events. Raises `BlockingIOError` where the run is alive."""
    with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
        fcntl.flock(events, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield events


def say(folder: Path, data: Mapping[str, Json]) -> None:
    """Writes `run.json`, whole or not at all."""
    write_whole(folder / "run.json", json.dumps(data, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that nobody ever sees half of it."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def state_above(folder: Path) -> Path | None:
    """The `.millpond` of the project around a folder, where there is one."""
    for place in (folder.resolve(), *folder.resolve().parents):
        if (place / ".millpond" / "runs").is_dir():
            return place / ".millpond"
        if (place / "mlp.toml").is_file():
            return None
    return None


def command_for(state: Path, *words: str) -> str:
    """What to type in the folder where this process works, for the project of `state`."""
    here = state_above(Path.cwd())
    more = () if here is not None and here == state.resolve() else ("--project", str(state.parent))
    return shlex.join(("mlp", *words, *more))


def way_on(run: RunFolder, *options: str) -> str:
    """What to type in the folder where this process works to go on with a run."""
    said = run.said().get("file")
    file = os.path.relpath(run.path.parents[2] / said) if isinstance(said, str) else "FILE"
    return shlex.join(("mlp", "run", file, *options, "--resume", run.id))


def runs_of(state: Path) -> list[RunFolder]:
    """The runs of a project, the newest first; `state` is its `.millpond`.

    A folder where no run has said anything yet is none.
    """
    try:
        names = sorted(os.listdir(state / "runs"), reverse=True)
    except OSError:
        return []
    folders = (state / "runs" / name for name in names if _NAME.fullmatch(name))
    return [RunFolder(folder) for folder in folders if os.path.lexists(folder / "run.json")]


def find_run(state: Path, word: str) -> RunFolder:
    """The run of that name, of which it is the only beginning, or the `latest` one.

    Raises `NoSuchRun`.
    """
    runs = runs_of(state)
    if not runs:
        raise NoSuchRun("there is no run here yet")
    if word == "latest":
        return runs[0]
    found = [run for run in runs if run.id == word] or [r for r in runs if r.id.startswith(word)]
    if not found:
        raise NoSuchRun(f"there is no run called `{word}`; `mlp runs` lists them")
    if len(found) > 1:
        listed = ", ".join(f"`{run.id}`" for run in found[:5])
        raise NoSuchRun(f"{len(found)} runs begin with `{word}`: {listed}")
    return found[0]
