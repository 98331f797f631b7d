"""The installed command outside the repository: version, check, run, compile, what it loads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import millpond

EXAMPLES = Path(__file__).parents[2] / "examples"
DOCUMENTS = {
    "staging": {"workflowtemplate.yaml", "workflow.yaml"},
    "research": {"pipeline.yaml"},
    "prod": {"pipeline.json"},
}

Mlp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def home(wheel: Path, install: Callable[[Path], Path]) -> Path:
    return install(wheel)


@pytest.fixture
def mlp(home: Path, tmp_path: Path) -> Mlp:
    """Runs the installed `mlp` in a folder that holds a copy of the examples, and nothing else."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns(".*", "__*__"))
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(home / "bin/mlp"), *arguments],
            cwd=tmp_path,
            env=clean | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
        )

    return run


def test_it_knows_its_version(mlp: Mlp) -> None:
    run = mlp("--version")
    assert run.returncode == 0, run.stderr
    assert millpond.__version__ in run.stdout.split()


def test_it_checks_a_sound_file(mlp: Mlp) -> None:
    run = mlp("check", "examples/hello/hello.mlp", "--format", "json")
    assert run.returncode == 0, run.stdout + run.stderr
    said = json.loads(run.stdout)
    assert said["version"] == 1
    assert said["diagnostics"] == []


def test_it_reports_a_mistake(mlp: Mlp, tmp_path: Path) -> None:
    file = tmp_path / "examples/hello/hello.mlp"
    file.write_text(file.read_text().replace("hi.message", "hi.massage"))
    run = mlp("check", str(file), "--format", "json")
    assert run.returncode == 1
    codes = {d["code"] for d in json.loads(run.stdout)["diagnostics"]}
    assert codes == {"MLP0204"}


def test_it_runs_and_then_has_nothing_to_do(mlp: Mlp) -> None:
    first = mlp("run", "examples/hello/hello.mlp", "name=Ada", "--format", "json")
    assert first.returncode == 0, first.stdout + first.stderr
    said = json.loads(first.stdout)
    assert said["status"] == "succeeded"
    assert said["outputs"] == {"message": "Hello, Ada.", "words": 2}
    again = mlp("run", "examples/hello/hello.mlp", "name=Ada", "--format", "json")
    tasks = [n for n in json.loads(again.stdout)["nodes"] if n["kind"] == "task"]
    assert tasks
    assert {n["state"] for n in tasks} == {"hit"}


STANDARD = """edition 2026
use std.notify.slack
use std.registry.{find}
pipeline main() {
  found = find(name = "nobody", stage = "production")
  output nobody = found.version == none
}
pipeline tell() { slack.post(channel = "#ml", text = "found") }
"""


def test_it_brings_the_standard_library(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "main.mlp").write_text(STANDARD)
    run = mlp("check", "main.mlp")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "no mistakes found" in run.stdout
    run = mlp("run", "main.mlp", "--pipeline", "main", "--format", "json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout)["outputs"] == {"nobody": True}


@pytest.mark.parametrize("target", DOCUMENTS)
def test_it_compiles_for_every_engine(target: str, mlp: Mlp, tmp_path: Path) -> None:
    file = "examples/flights/flights.mlp"
    run = mlp("compile", file, "--target", target, "-o", "out", "--validate")
    assert run.returncode == 0, run.stdout + run.stderr
    written = {p.name for p in (tmp_path / "out").iterdir()}
    assert written >= DOCUMENTS[target] | {"README.md", "manifest.json", "code"}


def test_check_loads_neither_networkx_nor_an_sdk(mlp: Mlp) -> None:
    run = mlp("check", "examples/flights/flights.mlp", PYTHONPROFILEIMPORTTIME="1")
    assert run.returncode == 0, run.stdout + run.stderr
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in run.stderr.splitlines()}
    assert "millpond" in loaded
    assert not loaded & {"networkx", "hera", "kfp", "google", "boto3", "botocore", "sagemaker"}
    assert not loaded & {"pandas", "numpy", "pygraphviz", "jinja2"}
