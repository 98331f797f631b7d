"""The front door: help, unknown commands, our own faults, interruption, a reader that goes away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Mlp

from millpond.compiler.cli import app, check

COMMANDS = sorted(app.COMMANDS)
ROOT = Path(__file__).resolve().parents[2]


def test_without_a_command_there_is_an_overview_and_exit_code_2(mlp: Mlp) -> None:
    answer = mlp()
    assert answer.code == 2
    assert all(f"  {name} " in answer.out for name in COMMANDS)


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_is_no_mistake(mlp: Mlp, word: str) -> None:
    assert mlp(word).code == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_shows_an_example(mlp: Mlp, name: str) -> None:
    answer = mlp(name, "--help")
    assert answer.code == 0
    assert f"example:\n  mlp {name}" in answer.out
    assert answer.err == ""


def test_a_misspelt_command_finds_the_right_one(mlp: Mlp) -> None:
    answer = mlp("complie", "hello.mlp")
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean `compile`?" in answer.err


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_a_mistake_in_use(mlp: Mlp, hello: Path, name: str) -> None:
    answer = mlp(name, "ls" if name == "cache" else "hello.mlp", "--frobnicate")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlp {name}: ")
    assert "--frobnicate" in answer.err
    assert f"`mlp {name} " in answer.err
    assert "--help`" in answer.err


@pytest.mark.parametrize("name", ["check", "plan", "run", "compile", "graph", "explain"])
def test_a_missing_word_is_a_mistake_in_use(mlp: Mlp, name: str) -> None:
    answer = mlp(name)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1


def test_a_fault_of_ours_is_short_and_leaves_its_traceback_in_a_file(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(check, "front", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = mlp("check", "hello.mlp")
    assert (answer.code, answer.out) == (70, "")
    assert "Traceback" not in answer.err
    assert len(answer.err.splitlines()) == 2
    found = re.search(r"details are in (\S+);", answer.err)
    assert found is not None
    details = Path(found[1]).read_text("utf-8")
    assert "ZeroDivisionError: planted" in details
    assert "mlp check hello.mlp" in details


def test_an_interruption_has_its_own_exit_code(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "front", interrupted)
    answer = mlp("check", "hello.mlp")
    assert (answer.code, answer.out, answer.err) == (130, "", "mlp: interrupted\n")


def _process(
    *words: str, folder: Path, stdout: int = subprocess.PIPE, latin: bool = False
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "millpond", *words],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **({"PYTHONIOENCODING": "latin-1"} if latin else {}),
        },
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def test_a_fault_is_told_where_no_file_can_be_written(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as planted:
        planted.setattr("tempfile.tempdir", str(hello.parent / "nowhere"))
        planted.setattr(check, "front", lambda *_: 1 / 0)
        answer = mlp("check", "hello.mlp")
    assert answer.code == 70
    assert "ZeroDivisionError" in answer.err
    assert "the details are above" in answer.err


def test_a_reader_that_goes_away_is_no_fault(hello: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = _process("targets", "--notes", folder=hello.parent, stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    assert b"fault" not in err
    assert b"Exception ignored" not in err
    assert process.returncode == 0


@pytest.mark.parametrize("words", [["plan", "--format", "json"], ["graph"], ["check"]])
def test_a_terminal_without_unicode_is_no_fault(hello: Path, words: list[str]) -> None:
    hello.write_text(hello.read_text("utf-8").replace('"world"', "'wörld ☃ 😀'"), "utf-8")
    if words[0] != "check":
        hello.write_text(hello.read_text("utf-8").replace("'", '"'), "utf-8")
    process = _process(words[0], "hello.mlp", *words[1:], folder=hello.parent, latin=True)
    out, err = process.communicate(timeout=60)
    assert process.returncode == (1 if words[0] == "check" else 0), err
    if "json" in words:
        assert json.loads(out)["parameters"] == {"name": "wörld ☃ 😀"}
