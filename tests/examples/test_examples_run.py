"""Every example does what it says: the right outputs, then hits, and its own tests pass.

That none has a diagnostic is tested in tests/check. flights is run by tests/conformance; those that
meet a person or a server, by test_examples_meet.py.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from examples.examples_here import EXAMPLES, content, copied, mlp

from examples import expected
from millpond.face.main import start

ELSEWHERE = {"flights", "delays", "champion", "hooks", "churn"}
ALL = sorted(EXAMPLES.glob("*/*.mlp"))
FILES = [path for path in ALL if path.parent.name not in ELSEWHERE]
WORDS = {"demand": ("run.day=2025-02-10",), "ensemble": ("--pipeline", "ensemble")}
# What reads the world or changes it is done in every run, and so is what depends on it.
ANEW = {"freshness": {"seen"}, "ranker": {"fitted", "finally.sweep"}}
# A page is looked at, not compared.
OPAQUE = {"page"}


def close(value: Any, wanted: Any) -> bool:
    """Whether two values are the same but for the last digits of numbers."""
    if isinstance(wanted, dict):
        return set(value) == set(wanted) and all(close(value[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(close, value, wanted))
    if isinstance(wanted, float):
        return bool(value == pytest.approx(wanted, abs=2e-6, nan_ok=True))
    return bool(value == wanted)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_an_example_does_what_it_says(file: Path, tmp_path: Path) -> None:
    folder = copied(file.parent.name, tmp_path)
    words = (file.name, *WORDS.get(file.stem, ()))

    first = mlp(folder, "run", *words)
    assert first.code == 0, first.errors
    assert first.said["status"] == "succeeded"
    outputs = content(first.said["outputs"])
    wanted = getattr(expected, file.stem)(folder)
    assert outputs.keys() - OPAQUE == wanted.keys()
    for name, value in wanted.items():
        assert close(outputs[name], value), (name, outputs[name], value)

    again = mlp(folder, "run", *words)
    assert close(content(again.said["outputs"]), outputs)
    anew = {node for node, state in again.states.items() if state == "ran"}
    assert anew == ANEW.get(file.stem, set())


@pytest.mark.parametrize("file", ALL, ids=lambda path: path.stem)
def test_its_own_tests_pass(file: Path, tmp_path: Path) -> None:
    if file.stem in {"flights", "hello"}:
        assert "\ntest " not in file.read_text(encoding="utf-8")
        return
    ran = mlp(copied(file.parent.name, tmp_path), "test", file.name)
    assert ran.code == 0, ran.errors


@pytest.mark.parametrize("example", sorted(p.parent.name for p in EXAMPLES.glob("*/make_data.py")))
def test_its_data_is_what_its_script_makes(example: str, tmp_path: Path) -> None:
    folder = copied(example, tmp_path)

    def files() -> dict[Path, bytes]:
        # Parquet names the version of the library that wrote it.
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in found if path.suffix != ".parquet"}

    before = files()
    subprocess.run([sys.executable, str(folder / "make_data.py")], check=True)
    assert files() == before


@pytest.mark.parametrize("example", sorted({path.parent.name for path in ALL}))
def test_what_its_readme_says_to_type_can_be_typed(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(example, tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    typed = [shlex.split(line) for line in lines if re.search(r"(^|\s)mlp (run|plan) ", line)]
    assert typed
    for words in typed:
        given = words[words.index("mlp") + 2 :]
        assert start(["plan", *given], "0") == 0, words


def test_every_example_is_small_and_says_what_it_is(tmp_path: Path) -> None:
    for example in sorted({path.parent.name for path in ALL}):
        folder = copied(example, tmp_path)
        assert (folder / "README.md").is_file(), example
        large = [p for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 100_000]
        assert large == []
