"""Asks Kubeflow's SDK for its opinion: loads a document, compiles it again, compares the two.

Run by a Python that has `kfp` and `kfp-kubernetes` (they pin half of what we need in other
versions, hence a venv of its own); prints one line per difference.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Where two parsed documents differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for name in sorted({*ours, *theirs})
            for line in differences(ours.get(name), theirs.get(name), f"{where}.{name}")
        ]
    return [] if ours == theirs else [f"{where}: {ours!r} became {theirs!r}"]


def opinion(text: str) -> list[str]:
    """What the SDK changes in a document, and what its Kubernetes model refuses."""
    from google.protobuf.json_format import ParseDict, ParseError
    from kfp import compiler, components
    from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig

    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.yaml"
        compiler.Compiler().compile(components.load_component_from_text(text), str(path))
        again = list(yaml.safe_load_all(path.read_text()))
    documents = list(yaml.safe_load_all(text))
    if len(again) != len(documents):
        return [f"{len(documents)} documents became {len(again)}"]
    for ours, theirs in zip(documents, again, strict=True):
        found += differences(ours, theirs)
        kubernetes = ours.get("platforms", {}).get("kubernetes", {})
        for label, body in kubernetes.get("deploymentSpec", {}).get("executors", {}).items():
            try:
                ParseDict(body, KubernetesExecutorConfig())
            except ParseError as problem:
                found.append(f"{label}: {problem}")
    return found


if __name__ == "__main__":
    lines = [f"{path}{line}" for path in sys.argv[1:] for line in opinion(Path(path).read_text())]
    print("\n".join(lines))
    sys.exit(bool(lines))
