"""Work grows with the size of a pipeline and no faster: calls are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

import pytest

from benchmarks import written
from benchmarks.dags import layered
from millpond.face.main import start
from millpond.runtime.index import Index, Standing


def calls(*words: str) -> int:
    """How many functions one command calls."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        assert start(list(words), "0.1.0") == 0
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("command", ["check", "plan"])
def test_four_times_the_steps_is_four_times_the_calls(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = []
    for steps in (25, 100, 400):
        dag = layered(steps, width=10)
        written.write_sources(dag, tmp_path)
        written.write_mlp(dag, tmp_path)
        calls(command, "dag.mlp")  # what is made once
        counts.append(calls(command, "dag.mlp"))
    small, middle, large = counts
    # what does not depend on the size makes the first step smaller, never the second one larger
    assert (large - middle) <= 1.1 * 4 * (middle - small)


def test_a_run_with_nothing_to_do_asks_the_index_for_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many steps: one look for each layer of the DAG, not one for each step."""
    monkeypatch.chdir(tmp_path)
    looks: list[int] = []
    whole = Index.find

    def find(index: Index, keys: Iterable[str]) -> dict[str, Standing]:
        asked = list(keys)
        looks.append(len(asked))
        return whole(index, asked)

    dag = layered(60, width=20)
    written.write_sources(dag, tmp_path)
    written.write_mlp(dag, tmp_path)
    assert start(["run", "dag.mlp"], "0.1.0") == 0
    monkeypatch.setattr(Index, "find", find)
    assert start(["run", "dag.mlp"], "0.1.0") == 0
    assert sum(looks) == 60
    assert len([look for look in looks if look]) <= 4
