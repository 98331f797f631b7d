"""Where the machine or the command line is at fault: said in one line, never exit code 70."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Mlp


def test_a_damaged_index_is_named_and_left_alone(mlp: Mlp, hello: Path) -> None:
    assert mlp("run", "hello.mlp").code == 0
    state = hello.parent / ".millpond"
    for file in state.glob("*.sqlite*"):
        file.unlink()
    index = state / "index.sqlite"
    index.write_text("garbage\n" * 200, "utf-8")
    for command in ("plan", "run"):
        answer = mlp(command, "hello.mlp")
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.count("\n") == 1
        assert str(index) in answer.err
        assert "is damaged" in answer.err
    assert index.read_text("utf-8").startswith("garbage")
    assert len(list((state / "runs").iterdir())) == 1
    index.rename(state / "moved")
    again = mlp("run", "hello.mlp", "--format", "json").json
    assert again["status"] == "succeeded"


def _as_anybody() -> None:
    """Root too may write only where the modes of files say so."""
    bounding_set_drop, dac_override = 24, 1
    ctypes.CDLL(None).prctl(bounding_set_drop, dac_override, 0, 0, 0)


def test_a_plan_reads_a_project_that_it_may_not_write(hello: Path) -> None:
    folder = hello.parent

    def mlp(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "millpond", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            preexec_fn=_as_anybody,
            capture_output=True,
            check=False,
            text=True,
        )

    assert mlp("run", "hello.mlp").returncode == 0
    before = mlp("plan", "hello.mlp")
    assert before.stdout.startswith("hit ")
    places = [folder, *folder.rglob("*")]
    for place in places:
        place.chmod(place.stat().st_mode & ~0o222)
    try:
        assert mlp("init", "more").returncode != 0, "nothing can be written here"
        planned = mlp("plan", "hello.mlp")
        other = mlp("plan", "hello.mlp", "name=anna")
        listed = mlp("runs")
    finally:
        for place in places:
            place.chmod(place.stat().st_mode | 0o200)
    assert (planned.returncode, planned.stdout) == (0, before.stdout), planned.stderr
    assert (other.returncode, other.stdout[:4]) == (0, "run "), other.stderr
    assert (listed.returncode, "succeeded" in listed.stdout) == (0, True)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_is_called_millpond(mlp: Mlp, hello: Path, kind: str) -> None:
    state = hello.parent / ".millpond"
    if kind == "file":
        state.write_text("mine", "utf-8")
    else:
        state.symlink_to(hello.parent / "away")
    answer = mlp("run", "hello.mlp")
    assert (answer.code, answer.out) == (1, "")
    assert f"`{state}` " in answer.err
    assert "move it away" in answer.err
    assert not (hello.parent / "away").exists()


@pytest.mark.parametrize("words", [["check", "hello.mlp"], ["plan", "hello.mlp"], ["--help"]])
def test_a_full_disk_behind_standard_output(hello: Path, words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "millpond", *words],
            cwd=hello.parent,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith("cannot write: no space left on device\n")
    assert done.stderr.count("\n") == 1


def test_options_stand_anywhere_among_the_words(mlp: Mlp, hello: Path) -> None:
    assert mlp("run", "hello.mlp").code == 0
    assert mlp("logs", "latest", "-f", "hi").code == 0
    refused = mlp("approve", "latest", "--reject", "hi")
    assert refused.code == 2
    assert "`hi` of run" in refused.err
    assert "does not wait for anybody" in refused.err
    begun = mlp("init", "--format", "json", "there")
    assert begun.code == 0, begun.err
    assert (hello.parent / "there" / "mlp.toml").is_file()


def test_fewer_than_no_runs(mlp: Mlp, hello: Path) -> None:
    mlp("run", "hello.mlp")
    answer = mlp("runs", "--last", "-1")
    assert (answer.code, answer.out) == (2, "")
    assert "`--last` is 0 or more" in answer.err


@pytest.mark.parametrize("text", ["[" * 5000, "[" * 5000 + "]" * 5000, "-" * 5000 + "1"])
def test_a_value_nested_without_end(mlp: Mlp, tmp_path: Path, text: str) -> None:
    (tmp_path / "p.mlp").write_text(
        "edition 2026\npipeline p(l: List[String]) { output l = l }\n", "utf-8"
    )
    answer = mlp("plan", "p.mlp", f"l={text}")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mlp plan: `l`")


@pytest.mark.parametrize("name", ["sessions", "lock"])
def test_what_lies_in_the_place_of_a_part_of_the_store_is_named(
    mlp: Mlp, hello: Path, name: str
) -> None:
    place = hello.parent / ".millpond" / name
    place.parent.mkdir()
    place.mkdir() if name == "lock" else place.write_text("")
    done = mlp("run", str(hello))
    assert done.code == 1
    assert f".millpond/{name}" in done.err
    assert "something else lies in its place; move that away" in done.err
