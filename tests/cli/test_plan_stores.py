"""What `mlp plan` promises where results come from elsewhere than from runs that it remembers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli.conftest import Mlp


def states(mlp: Mlp, *words: str) -> dict[str, str]:
    nodes = mlp("plan", "hello.mlp", "--format", "json", *words).json["nodes"]
    return {node["id"]: node["state"] for node in nodes}


def edited(hello: Path) -> None:
    """Another way to greet that comes to the same."""
    code = hello.parent / "hello.py"
    code.write_text(code.read_text("utf-8").replace("{name}", "{name + ''}"), "utf-8")


@pytest.mark.parametrize("lost", ["the history", "the whole machine"])
def test_a_result_that_this_machine_does_not_remember_may_still_answer(
    mlp: Mlp, hello: Path, lost: str
) -> None:
    shared = hello.parent / "shared"
    if lost == "the whole machine":
        (hello.parent / "mlp.toml").write_text(f'[store]\nurl = "file://{shared}"\n', "utf-8")
    assert mlp("run", "hello.mlp").code == 0
    state = hello.parent / ".millpond"
    if lost == "the history":
        (state / "history.sqlite").unlink()
    else:
        state.rename(hello.parent / "elsewhere")
    assert states(mlp) == {"hi": "hit", "length": "hit"}
    edited(hello)
    assert states(mlp) == {"hi": "run", "length": "depends"}
    found = mlp("run", "hello.mlp", "--format", "json").json["nodes"]
    assert {node["id"]: node["state"] for node in found} == {"hi": "ran", "length": "hit"}


def test_hits_that_another_machine_made_are_said_to_be(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlp("run", "hello.mlp").code == 0
    assert "made on" not in mlp("plan", "hello.mlp").out
    mine = os.uname()
    other = os.uname_result((mine.sysname, "laptop", mine.release, mine.version, mine.machine))
    monkeypatch.setattr(os, "uname", lambda: other)
    assert f"\nmade on {mine.nodename}: hi, length\n" in mlp("plan", "hello.mlp").out
    nodes = mlp("plan", "hello.mlp", "--format", "json", "name=anna").json["nodes"]
    assert [node["made_on"] for node in nodes] == [None, None]


def test_what_no_store_knows_runs_for_sure(mlp: Mlp, hello: Path) -> None:
    shared = hello.parent / "shared"
    (hello.parent / "mlp.toml").write_text(f'[store]\nurl = "file://{shared}"\n', "utf-8")
    assert states(mlp) == {"hi": "run", "length": "run"}
    assert mlp("run", "hello.mlp").code == 0
    hello.write_text(hello.read_text("utf-8").replace("wc -w", "wc -c"), "utf-8")
    edited(hello)
    found = mlp("plan", "hello.mlp", "--format", "json").json["nodes"][1]
    assert found["state"] == "depends", "another machine may have done it"


def test_what_a_target_has_no_result_of_may_have_run_here(mlp: Mlp, hello: Path) -> None:
    hello.write_text(f"{hello.read_text('utf-8')}\ntarget cloud: argo {{ }}\n", "utf-8")
    assert mlp("run", "hello.mlp").code == 0
    told = mlp("plan", "hello.mlp", "--target", "cloud").out
    assert told.startswith("run      hi      the target's store has no result of it\n")
    assert "next:" not in told, "what it refuses is not compiled"
