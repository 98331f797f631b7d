"""Names that collide with what engines and helper jobs are called, or are longer than they take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conformance.here import TARGETS, mlp
from conformance.test_extracted_runs import DOCUMENTS, RUNNERS, _outputs
from conformance.test_hostile_values import BUCKET, CLOUDS

LONG = "a" * 300
STEPS = (
    "outputs", "entry", "result", "code", "Outputs", "out_puts", LONG, f"{LONG}b", "a_b", "a__b",
)  # fmt: skip
INPUTS = ("self", "class", "n", "code", "result", "inputs", "store", LONG[:100])
PARAMETERS = ("workflow", "name", "artifacts", "uid", "p" * 100)


def program() -> str:
    """A chain through every step, with every input name and every parameter name."""
    lines, before = [], PARAMETERS[0]
    for number, step in enumerate(STEPS):
        port = INPUTS[number % len(INPUTS)]
        lines.append(
            f"step {step}({port}: Int, other_: Int) -> (output_: Int) {{\n"
            f'  run shell "echo $(( ${port} + $other_ )) > $output_"\n}}\n'
        )
    calls = []
    for number, step in enumerate(STEPS):
        port = INPUTS[number % len(INPUTS)]
        other = PARAMETERS[number % len(PARAMETERS)]
        calls.append(f"  node_{number} = {step}({port} = {before}, other_ = {other})")
        before = f"node_{number}.output_"
    bare = f"  {STEPS[0]}({INPUTS[0]} = 1, other_ = 2)\n  {STEPS[1]}({INPUTS[1]} = 1, other_ = 3)\n"
    parameters = ", ".join(f"{name}: Int = {n}" for n, name in enumerate(PARAMETERS))
    return (
        "edition 2026\n\n" + "".join(lines) + f"\npipeline main({parameters}) {{\n"
        + "\n".join(calls) + f"\n{bare}  output result = {before}\n  output code = node_0.output_\n"
        f"}}\n{CLOUDS}"
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_names_are_only_names(kind: str, tmp_path: Path) -> None:
    (tmp_path / "main.mlp").write_text(program(), "utf-8")
    done = mlp("run", "main.mlp", "--format", "json", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    here = [node["outputs"] for node in report["nodes"] if node["kind"] == "task"]

    words = ("compile", "main.mlp", "--target", TARGETS[kind], "-o", "out", "--validate")
    done = mlp(*words, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    artifacts = tmp_path / "artifacts"
    shutil.copytree(tmp_path / "out" / "code", artifacts / "code")
    results = RUNNERS[kind](
        (tmp_path / "out" / DOCUMENTS[kind]).read_text("utf-8"),
        artifacts_url=BUCKET,
        artifacts_folder=artifacts,
        scratch=tmp_path / "scratch",
        parameters={},
    )
    there = [
        {name: entry["digest"] for name, entry in _outputs(artifacts, result).items()}
        for result in results.values()
    ]
    assert len(here) == len(STEPS) + 2
    for outputs in here:
        assert outputs in there
