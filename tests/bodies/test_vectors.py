"""Digests as they are stored: the same with every Python, and with the next version of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bodies.fragments import FRAGMENTS
from bodies.test_tree import PYTHONS

import millpond

HERE = Path(__file__).parent
STORED = HERE / "vectors.json"
OURS = [minor for minor in PYTHONS if minor > 10]


def trees() -> dict[str, dict[str, str]]:
    """The source trees: in the file with their digests, as they were when those were made."""
    found: dict[str, dict[str, str]] = json.loads(STORED.read_text("utf-8"))["trees"]
    return found


def digests(python: str, given: dict[str, dict[str, str]]) -> Any:
    """What a Python says of source trees."""
    root = Path(millpond.__file__ or "").parent.parent
    done = subprocess.run(
        [python, "-S", "-E", str(HERE / "make_vectors.py"), str(root)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("minor", OURS)
def test_stored_digests(minor: int) -> None:
    # Such digests are in users' stores: another value needs a new key scheme.
    if os.environ.get("MILLPOND_GOLDEN") == "write" and PYTHONS[minor] == sys.executable:
        given = {
            str(number): {k.replace("{p}", "part"): v.replace("{p}", "part") for k, v in f.items()}
            for number, f in enumerate(FRAGMENTS)
        }
        stored = {"trees": given, "digests": digests(sys.executable, given)}
        STORED.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", "utf-8")
    stored = json.loads(STORED.read_text("utf-8"))
    assert digests(PYTHONS[minor], trees()) == stored["digests"]


def test_there_is_a_tree_of_every_fragment() -> None:
    assert len(trees()) == len(FRAGMENTS)
    assert sys.version_info.minor in OURS
