"""One local run of the flights example, and the same pipeline compiled, for many tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"argo": "staging", "kubeflow": "research", "sagemaker": "prod"}
ARTIFACTS = {
    "staging": "s3://acme-artifacts/staging",
    "research": "s3://acme-artifacts/research",
    "prod": "s3://acme-artifacts/prod",
}


def mlp(*words: str, folder: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """`mlp` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "millpond", *words],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@dataclass(frozen=True)
class LocalRun:
    """What a run in `folder` came to: output digests by node and output."""

    folder: Path
    outputs: dict[str, dict[str, str]]
    report: dict[str, object]


def run_flights(folder: Path) -> LocalRun:
    """Copies the example to `folder`, where it takes one flight of four, and runs it there."""
    shutil.copytree(
        ROOT / "examples" / "flights",
        folder / "flights",
        ignore=shutil.ignore_patterns(".millpond", "__pycache__"),
    )
    ingest = folder / "flights" / "flights" / "ingest.py"
    whole, part = "shutil.copyfileobj(source, target)", "target.writelines([*source][::4])"
    text = ingest.read_text("utf-8")
    assert text.count(whole) == 1
    ingest.write_text(text.replace(whole, part), "utf-8")
    done = mlp("run", "flights/flights.mlp", "--format", "json", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    outputs = {n["id"]: n["outputs"] for n in report["nodes"] if n["kind"] == "task"}
    return LocalRun(folder, outputs, report)


def compile_flights(folder: Path, target: str, output: Path, seed: str = "0") -> None:
    """Compiles the example in `folder` for a target of its file."""
    done = mlp(
        "compile",
        "flights/flights.mlp",
        "--target",
        target,
        "-o",
        str(output),
        "--validate",
        folder=folder,
        seed=seed,
    )
    assert done.returncode == 0, done.stdout + done.stderr
