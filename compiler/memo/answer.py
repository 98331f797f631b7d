"""The answer of a run with nothing to do: what it stands on, and all that it writes and says."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from ...runtime.artifact import Json
from .seal import sealed, unsealed

VERSION = 1
_FOLDER = "memo"
_MOST_ANSWERS = 16


class Answer(NamedTuple):
    """`results` has the result of every key; `history` says that nothing else was done since.
    `outputs` are the artifacts that are laid out, by the names of their files.

    In `files` (by their names in the folder of the run), `said` and `told` (what goes to standard
    output and error) the id of the run stands for that of every later one.
    """

    witness: str
    day: str
    zone: str
    history: str
    run: str
    results: Mapping[str, str]
    outputs: Mapping[str, Mapping[str, Json]]
    files: Mapping[str, str]
    said: str
    told: str


def history_of(state: Path) -> str:
    """The stamp of what a project has done last."""
    status = os.stat(state / "history.sqlite")
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def place_of(state: Path, words: Sequence[str]) -> Path:
    """Where the answer to a command lies that was typed in this working folder."""
    asked = json.dumps([os.getcwd(), *words]).encode()
    return state / _FOLDER / hashlib.sha256(asked).hexdigest()[:32]


def keep(answer: Answer, place: Path) -> None:
    """Writes an answer down, the newest few of a project; does nothing where that cannot be."""
    content = sealed(json.dumps([VERSION, answer._asdict()]).encode())
    if content is None:
        return
    new = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(exist_ok=True)
        new.write_bytes(content)
        new.replace(place)
        others = sorted(place.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for old in others[:-_MOST_ANSWERS]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def kept(place: Path) -> Answer | None:
    """The answer that lies there, if it is whole and was written by this user's `mlp`."""
    try:
        content = unsealed(place.read_bytes())
    except OSError:
        return None
    if content is None:
        return None
    version, fields = cast("tuple[int, dict[str, Any]]", json.loads(content))
    return Answer(**fields) if version == VERSION else None
