"""What is emitted really runs: the documents alone give the bytes that the local run gave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from argo.run_emitted import run_workflow
from conformance.here import ARTIFACTS, TARGETS, LocalRun, compile_flights
from kubeflow.run_emitted import run_pipeline as run_kubeflow
from sagemaker.run_emitted import run_pipeline as run_sagemaker

DOCUMENTS = {
    "argo": "workflowtemplate.yaml",
    "kubeflow": "pipeline.yaml",
    "sagemaker": "pipeline.json",
}
RUNNERS: dict[str, Callable[..., dict[str, str]]] = {
    "argo": run_workflow,
    "kubeflow": run_kubeflow,
    "sagemaker": run_sagemaker,
}


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_the_emitted_commands_give_the_same_bytes_and_a_second_time_do_nothing(
    kind: str, local: LocalRun, tmp_path: Path
) -> None:
    target = TARGETS[kind]
    out, artifacts = tmp_path / "out", tmp_path / "artifacts"
    compile_flights(local.folder, target, out)
    artifacts.mkdir()
    shutil.copytree(out / "code", artifacts / "code")

    def run(scratch: str) -> dict[str, str]:
        return RUNNERS[kind](
            (out / DOCUMENTS[kind]).read_text(),
            artifacts_url=ARTIFACTS[target],
            artifacts_folder=artifacts,
            scratch=tmp_path / scratch,
            parameters={},
        )

    results = run("one")
    digests = {
        _node(task): {name: entry["digest"] for name, entry in _outputs(artifacts, result).items()}
        for task, result in results.items()
    }
    assert {node: digests[_node(node)] for node in local.outputs} == local.outputs
    keys = _keys(artifacts)
    assert run("two") == results
    assert _keys(artifacts) == keys


def _keys(artifacts: Path) -> list[str]:
    return sorted(path.name for path in (artifacts / "keys").rglob("*") if path.is_file())


def _node(task: str) -> str:
    """Task names of engines spell node ids with dashes or capitals; letters are what is left."""
    return "".join(c for c in task.lower() if c.isalnum())


def _outputs(artifacts: Path, result: str) -> dict[str, dict[str, object]]:
    record = json.loads((artifacts / "records" / f"{result}.json").read_bytes())
    outputs: dict[str, dict[str, object]] = record["outputs"]
    return outputs
