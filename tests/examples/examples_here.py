"""The examples as a user has them: a copy in a folder of one's own, and `mlp` run in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import joblib
import pandas as pd

from millpond.face import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE = 60.0
OFFLINE = {"PIP_NO_INDEX": "1"}


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of `mlp` came to."""

    code: int
    said: Any
    errors: str

    @property
    def states(self) -> dict[str, str]:
        """The state of every task."""
        return {n["id"]: n["state"] for n in self.said["nodes"] if n["kind"] == "task"}


def copied(example: str, to: Path) -> Path:
    """An example in a folder of its own, without what runs have left beside it."""
    left = shutil.ignore_patterns(".*", "__*__")
    return Path(shutil.copytree(EXAMPLES / example, to / example, ignore=left))


def start(folder: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    """`mlp` in the background, with a JSON answer."""
    return subprocess.Popen(
        [sys.executable, "-m", "millpond", *words, "--format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **OFFLINE, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Ran:
    """What a command came to, once it has."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, json.loads(out) if out else None, err)


def mlp(folder: Path, *words: str, **variables: str) -> Ran:
    """`mlp` in a folder, to the end: in this process, which has loaded it already."""
    out, err = StringIO(), StringIO()
    surroundings = mock.patch.dict(os.environ, OFFLINE | variables)
    with chdir(folder), surroundings, redirect_stdout(out), redirect_stderr(err):
        code = main.start([*words, "--format", "json"], "0")
    said = out.getvalue()
    return Ran(code, json.loads(said) if said else None, err.getvalue())


def asked(folder: Path) -> tuple[str, str]:
    """The run and the node that wait for a person, as soon as there are any."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for place in folder.glob(".millpond/runs/*/approvals/asked/*.json"):
            return place.parents[2].name, json.loads(place.read_text())["node"]
        time.sleep(0.05)
    raise AssertionError("nobody was asked")


def content(value: Any) -> Any:
    """An output with what its files hold in the place of where they lie."""
    if isinstance(value, list):
        return [content(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"path", "digest"}:
        return {name: content(item) for name, item in value.items()}
    path = Path(value["path"])
    if path.is_dir():
        return {file.name: file.read_text() for file in path.iterdir()}
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_dict("records")
    return joblib.load(path) if path.suffix == ".joblib" else path.read_text()
