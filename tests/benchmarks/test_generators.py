"""The benchmarks' generators: what they write is accepted by the tools that are here anyway.

The benchmarks themselves are never part of the tests: nothing here is timed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import layouts, written
from benchmarks.dags import Dag, layered
from benchmarks.edits import PLACES, sequence, touched
from benchmarks.incremental import from_files, from_output, scenarios
from benchmarks.oracle import Oracle
from benchmarks.pipelines import pipelines

MLP = (sys.executable, "-m", "millpond")
Write = Callable[[Dag, Path], None]
Result = Callable[[Dag, Path, str], list[int]]


@pytest.mark.parametrize(
    ("write", "words", "result"),
    [
        (written.write_mlp, (*MLP, "run", "dag.mlp"), from_output),
        (written.write_ninja, ("ninja",), from_files),
        (written.write_make, ("make",), from_files),
    ],
    ids=["millpond", "ninja", "make"],
)
def test_twenty_steps_come_out_right_in_every_scenario(
    write: Write, words: tuple[str, ...], result: Result, tmp_path: Path
) -> None:
    for name, dag in scenarios(layered(20)):
        written.write_sources(dag, tmp_path)
        write(dag, tmp_path)
        ended = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True)
        wanted = [dag.values()[step] for step in dag.sinks]
        assert result(dag, tmp_path, ended.stdout) == wanted, name


@pytest.mark.parametrize(
    "write",
    [written.write_doit, written.write_redun],
    ids=["doit", "redun"],
)
def test_programs_for_other_tools_are_programs(write: Write, tmp_path: Path) -> None:
    write(layered(20), tmp_path)
    (file,) = tmp_path.iterdir()
    compile(file.read_text(), file, "exec")


def test_a_dag_is_the_same_size_everywhere(tmp_path: Path) -> None:
    dag = layered(1000)
    assert len(dag.inputs) == 1000
    assert dag.below(dag.sources[-1]) < 10 < dag.below(dag.sources[0])
    assert dag.values() == replace(dag, edited=True).values()


@pytest.mark.parametrize("name", PLACES)
def test_every_edit_changes_what_it_says(name: str, tmp_path: Path) -> None:
    """Thirty of them; the oracle finds work in those that have some, and none in the others."""
    (pipeline,) = (each for each in pipelines() if each.name == name)
    edits, oracle = sequence(pipeline), Oracle()
    assert len(edits) == 30
    layouts.write_project(pipeline, tmp_path)
    found = {"cold": oracle.judge(pipeline, tmp_path)[1]}
    for edit, change in edits:
        pipeline = change(pipeline)
        layouts.write_project(pipeline, tmp_path)
        touched(edit, pipeline, tmp_path)
        found[edit] = oracle.judge(pipeline, tmp_path)[1]
    assert found["cold"] == len(list(pipeline.instances())) - 2 * (PLACES[name].key is not None)
    needed = {edit for edit, count in found.items() if count}
    assert needed <= {
        "cold",
        "helper changed",
        "constant changed",
        "constant changed back",
        "row of data changed",
        "row changed back",
        "step added",
        "parameter changed",
        "environment variable",
        "library of a step",
        "another branch",
        "new partition",
    }
    assert {"helper changed", "row of data changed", "environment variable"} <= needed


def test_a_pipeline_for_millpond_is_checked(tmp_path: Path) -> None:
    (pipeline, *_) = pipelines()
    layouts.write_project(pipeline, tmp_path)
    layouts.write_mlp(pipeline, tmp_path)
    words = (*MLP, "check", "pipeline.mlp")
    ended = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
