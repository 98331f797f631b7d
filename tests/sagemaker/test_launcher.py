"""Emitted definitions run the real launcher: steps, an entry, a gate, results between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sagemaker.pipelines import ARTIFACTS, ENTRY, GATE, job, parameter, pipeline
from sagemaker.run_emitted import StepFailedError, run_pipeline

from millpond.backends.sagemaker import TARGET
from millpond.compiler.contract.bundle import helper_bundle, step_bundle
from millpond.compiler.contract.job import Constant, FromJob, FromParameter
from millpond.compiler.ir.values import Json
from millpond.compiler.types import types


def spec(text: str, inputs: list[Json], outputs: list[Json]) -> dict[str, Json]:
    return {
        "runtime": 1,
        "kind": "shell",
        "text": text,
        "inputs": inputs,
        "outputs": outputs,
        "parts": {"body": {"text": text}, "environment": {}, "settings": {}, "salt": ""},
        "env": {},
        "secrets": {},
        "timeout": None,
        "retry": {"attempts": 1, "backoff": None, "on": []},
        "cpu": None,
        "cache": True,
        "ttl": None,
        "effects": False,
        "source_roots": [],
    }


COUNT = step_bundle(
    spec(
        'seq "$n" > "$rows"\necho "$n" > "$size"\necho "$note" >> "$rows"',
        [["n", "Int"], ["note", "String"], ["fast", "Bool"]],
        [["rows", "File", "File", "f.mlp:1:1"], ["size", "Int", "Int", "f.mlp:1:2"]],
    ),
    (),
)
LINES = step_bundle(
    spec(
        'wc -l < "$rows" > "$lines"',
        [["rows", "File"]],
        [["lines", "Int", "Int", "f.mlp:2:1"]],
    ),
    (),
)
NAMES: dict[str, Json] = {"n": "Int", "note": "String", "fast": "Bool", "least": "Float"}
HELPERS = helper_bundle(
    {
        "entry": {"kind": "entry", "names": NAMES, "parameters": NAMES, "gates": []},
        "expect_1": {
            "kind": "gate",
            "names": {"count.size": "Int", "least": "Float"},
            "condition": [">=", ["ref", "count.size"], ["ref", "least"]],
            "policy": "fail",
            "message": None,
            "text": "count.size >= least",
        },
    }
)
MADE = pipeline(
    job("entry", {n: FromParameter(n) for n in NAMES}, kind=ENTRY, bundle=HELPERS.digest),
    job("count", {n: FromParameter(n) for n in ("n", "note", "fast")}, ("entry",),
        bundle=COUNT.digest),
    job("expect_1", {"count.size": FromJob("count", "size"), "least": FromParameter("least")},
        ("count",), kind=GATE, bundle=HELPERS.digest),
    job("lines", {"rows": FromJob("count", "rows")}, ("count", "expect_1"), bundle=LINES.digest),
    job("other", {"n": Constant("=3"), "note": Constant("=" + "long " * 200),
                  "fast": Constant("=true")}, ("entry",), bundle=COUNT.digest),
    parameters=(
        parameter("n", types.INT, 5),
        parameter("note", types.STRING, ""),
        parameter("fast", types.BOOL, True),
        parameter("least", types.FLOAT, 1e-07),
    ),
)  # fmt: skip


def run(tmp_path: Path, **parameters: Any) -> dict[str, str]:
    emission, diagnostics = TARGET.emit(MADE)
    assert emission is not None, diagnostics
    code = tmp_path / "bucket" / "code"
    code.mkdir(parents=True, exist_ok=True)
    for bundle in (COUNT, LINES, HELPERS):
        (code / f"{bundle.digest}.zip").write_bytes(bundle.content)
    return run_pipeline(
        emission.files["pipeline.json"].decode(),
        artifacts_url=ARTIFACTS,
        artifacts_folder=tmp_path / "bucket",
        scratch=tmp_path / "scratch",
        parameters=parameters,
    )


def test_the_launcher_understands_what_is_emitted(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert set(first) == {"entry", "count", "expect-1", "lines", "other"}
    assert len({first["count"], first["lines"], first["other"]}) == 3
    assert run(tmp_path) == first
    assert run(tmp_path, n=6)["lines"] != first["lines"]


def test_a_gate_closes(tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match=r"count\.size >= least") as failed:
        run(tmp_path, least=5.5)
    assert (failed.value.step, failed.value.code) == ("expect-1", 1)
