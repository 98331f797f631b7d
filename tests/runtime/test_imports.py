"""A project's modules are imported as they are written now."""

from __future__ import annotations

import os
import py_compile
from pathlib import Path

from millpond.runtime.function import load


def edited_within_a_second(file: Path, before: str, after: str) -> None:
    """A file whose bytecode was kept before an edit that neither length nor time stamp show."""
    file.write_text(before)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    py_compile.compile(str(file))
    file.write_text(after)
    os.utime(file, (1_700_000_000, 1_700_000_000))


def test_bytecode_that_an_edit_has_left_behind_is_not_run(tmp_path: Path) -> None:
    edited_within_a_second(
        tmp_path / "quick.py", "def body():\n    return 1\n", "def body():\n    return 2\n"
    )
    assert load("quick", "body", [tmp_path]).call() == 2


def test_nor_that_of_a_module_in_a_package(tmp_path: Path) -> None:
    package = tmp_path / "quickly"
    package.mkdir()
    (package / "__init__.py").write_text("")
    edited_within_a_second(package / "limits.py", "LIMIT = 1\n", "LIMIT = 2\n")
    (tmp_path / "slow.py").write_text(
        "from quickly.limits import LIMIT\n\ndef body():\n    return LIMIT\n"
    )
    assert load("slow", "body", [tmp_path]).call() == 2


def test_no_bytecode_is_left_in_a_project(tmp_path: Path) -> None:
    (tmp_path / "tidy.py").write_text("def body():\n    return 1\n")
    assert load("tidy", "body", [tmp_path]).call() == 1
    assert not (tmp_path / "__pycache__").exists()
