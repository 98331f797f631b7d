"""Answers a run that has nothing to do again: from the memo, where everything still stands."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from ..compiler.contract.folder import new_run, recorded, say
from ..compiler.memo.answer import Answer, history_of, kept, place_of
from ..compiler.memo.witness import root_of, witness
from ..runtime.artifact import Artifact
from ..runtime.folder import FolderStore
from ..runtime.store import MissingObjectError, StoreUnreachableError


def again(words: Sequence[str]) -> bool:
    """Whether `mlp run WORDS` was answered: what it would have written and said is there.

    Writes nothing where it was not. Looks at no text of the project.
    """
    file = next((word for word in words if word.endswith(".mlp")), None)
    if file is None:
        return False
    began = time.monotonic()
    folder = Path(file).resolve().parent
    state = root_of(folder) / ".millpond"
    answer = kept(place_of(state, words))
    if answer is None or not _stands(answer, state, folder):
        return False
    store = FolderStore(state)
    try:
        store.hold()
        found = store.lookup_many(answer.results)
        if {key: record.id for key, record in found.items()} != answer.results:
            return False
        if store.noisy(answer.results):  # there is more to say now
            return False
        _write(answer, state, store, began)
    except (OSError, MissingObjectError, StoreUnreachableError):
        return False
    finally:
        store.close()
    return True


def _stands(answer: Answer, state: Path, folder: Path) -> bool:
    try:
        same = history_of(state) == answer.history
    except OSError:
        return False
    return same and _today(answer.zone) == answer.day and witness(folder) == answer.witness


def _today(zone: str) -> str:
    if zone == "UTC":
        return datetime.now(UTC).date().isoformat()
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(zone)).date().isoformat()


def _write(answer: Answer, state: Path, store: FolderStore, began: float) -> None:
    """The folder of the run as a run would have left it, and its words."""
    folder = new_run(state)
    try:
        _fill(answer, folder, store, began)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not sys.stderr.isatty():
        _print(answer.told.replace(answer.run, folder.name), sys.stderr)
    _print(answer.said.replace(answer.run, folder.name), sys.stdout)


def _fill(answer: Answer, folder: Path, store: FolderStore, began: float) -> None:
    def renamed(text: str) -> str:
        return text.replace(answer.run, folder.name)

    (folder / "logs").mkdir()
    with recorded(folder) as events:
        events.write(answer.files["events.jsonl"])
        for name, artifact in answer.outputs.items():
            (folder / "outputs").mkdir(exist_ok=True)
            store.materialize(Artifact.from_json(dict(artifact)), folder / "outputs" / name)
        report = renamed(answer.files["report.html"])
        (folder / "report.html").write_text(report, encoding="utf-8")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        about = json.loads(renamed(answer.files["run.json"]))
        say(folder, {**about, "began": now, "seconds": round(time.monotonic() - began, 3)})


def _print(text: str, stream: TextIO) -> None:
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    stream.write(text)
    stream.flush()
