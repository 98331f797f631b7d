"""The standard steps inside runs: where the registry lies, secrets, and what is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from examples.loopback import inbox

ROOT = Path(__file__).resolve().parents[2]

REGISTRY = """edition 2026

use std.registry

step fit(weight: Int) -> (model: Model) {
  run shell \"\"\"
    echo "$weight" > "$model"
  \"\"\"
}

pipeline release(weight: Int = 1, folder: String? = none) {
  fitted = fit(weight = weight)
  kept = registry.register(
    model = fitted.model, name = "m", stage = "staging", metrics = { auc = 0.5 }, folder = folder,
  )
  moved = registry.promote(
    name = "m", version = kept.version, stage = "production", folder = folder,
  )
  named = registry.alias(name = "m", version = kept.version, alias = "latest", folder = folder)
  found = registry.find(name = "m", alias = "latest", folder = folder) after named

  output version = kept.version
  output previous = moved.previous ?? 0
  output found = found.version ?? 0
  output auc = found.metrics?.auc ?? 0.0
  output model = found.model ?? fitted.model
}

target here: local {
  override kept { env { MLP_REGISTRY = "models" } }
  override moved { env { MLP_REGISTRY = "models" } }
  override named { env { MLP_REGISTRY = "models" } }
  override found { env { MLP_REGISTRY = "models" } }
}
"""

WEBHOOK = """edition 2026

use std.notify

pipeline tell(attempts: Int = 1) {
  told = notify.secret_webhook(payload = { text = "done", numbers = [1, 2] }, attempts = attempts)
  output status = told.status
}
"""


def mlp(folder: Path, *words: str, **variables: str) -> tuple[Any, str]:
    """The JSON answer of `mlp run`, and what it said on the way."""
    done = subprocess.run(
        [sys.executable, "-m", "millpond", "run", "p.mlp", "--format", "json", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("--target", "local"), ".millpond/registry"),
        (("--target", "here"), "models"),
        (("--target", "here", "folder=elsewhere"), "elsewhere"),
    ],
    ids=["the project's own", "the variable", "the input"],
)
def test_a_release_is_found_where_the_registry_lies(
    tmp_path: Path, words: tuple[str, ...], place: str
) -> None:
    (tmp_path / "p.mlp").write_text(REGISTRY)
    first, said = mlp(tmp_path, *words)
    assert first["status"] == "succeeded", said
    model = first["outputs"].pop("model")
    assert Path(model["path"]).read_text() == "1\n"
    assert first["outputs"] == {"version": 1, "previous": 0, "found": 1, "auc": 0.5}
    index = json.loads((tmp_path / place / "models/m/index.json").read_text())
    assert index["stages"] == {"staging": 1, "production": 1}
    assert index["aliases"] == {"latest": 1}

    second, _ = mlp(tmp_path, *words, "weight=2")
    assert Path(second["outputs"].pop("model")["path"]).read_text() == "2\n"
    assert second["outputs"] == {"version": 2, "previous": 1, "found": 2, "auc": 0.5}


def test_the_url_of_a_webhook_stays_secret(tmp_path: Path) -> None:
    (tmp_path / "p.mlp").write_text(WEBHOOK)
    with inbox() as told:
        ran, said = mlp(tmp_path, WEBHOOK_URL=told.url)
        assert ran["outputs"] == {"status": 200}, said
        assert told.got == [{"text": "done", "numbers": [1, 2]}]
        files = (p for p in (tmp_path / ".millpond").rglob("*") if p.is_file())
        assert not [p for p in files if told.url.encode() in p.read_bytes()]


def test_without_the_secret_nothing_is_posted(tmp_path: Path) -> None:
    (tmp_path / "p.mlp").write_text(WEBHOOK)
    refused, _ = mlp(tmp_path)
    (found,) = refused["diagnostics"]
    assert found["code"] == "MLP0903"
    assert "`WEBHOOK_URL`" in found["message"]
