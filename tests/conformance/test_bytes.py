"""Emission is a function of the program: other days, folders and hash seeds change no byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from conformance.here import TARGETS, LocalRun, compile_flights


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_two_compiles_give_the_same_bytes(kind: str, local: LocalRun, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "another" / "two"
    compile_flights(local.folder, TARGETS[kind], one, seed="1")
    (tmp_path / "another").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "flights").symlink_to(local.folder / "flights", target_is_directory=True)
    compile_flights(elsewhere, TARGETS[kind], two, seed="2")
    assert _digests(one) == _digests(two)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
