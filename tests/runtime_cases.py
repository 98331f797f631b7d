"""Step specs, and an engine that runs bundles, for the runtime's tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import millpond.runtime
from millpond.runtime.launcher import MAIN

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
RUNTIME = Path(millpond.runtime.__file__).resolve().parent


def step_spec(kind: str = "python", **changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "runtime": 1,
        "kind": kind,
        "inputs": [],
        "outputs": [],
        "parts": {"body": {"code": "1"}, "environment": {}, "settings": {}, "salt": ""},
        "env": {},
        "secrets": {},
        "timeout": None,
        "retry": None,
        "cpu": None,
        "cache": True,
        "ttl": None,
        "effects": False,
        "uncacheable": None,
        "source_roots": [],
    }
    if kind == "python":
        spec |= {"module": "body", "function": "run"}
    return spec | changes


def output(name: str, type: Any) -> list[Any]:
    return [name, type, type if isinstance(type, str) else type[0], "flights.mlp:31:9"]


@dataclass(frozen=True)
class Launched:
    code: int
    result: str | None
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Engine:
    """Runs a bundle as an engine would: as a process, with nothing but its command line."""

    folder: Path
    store: str

    def bundle(
        self,
        name: str,
        spec: Mapping[str, Any] | None = None,
        code: Mapping[str, str] | None = None,
        helpers: Mapping[str, Any] | None = None,
    ) -> Path:
        path = self.folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("__main__.py", MAIN)
            for file in sorted(RUNTIME.glob("*.py")):
                archive.write(file, f"millpond_runtime/{file.name}")
            if spec is not None:
                archive.writestr("step.json", json.dumps(spec))
            if helpers is not None:
                archive.writestr("helpers.json", json.dumps({"runtime": 1, "helpers": helpers}))
            for file_name, text in (code or {}).items():
                archive.writestr(f"code/{file_name}", dedent(text))
        return path

    def launch(self, bundle: Path, *words: str, env: Mapping[str, str] | None = None) -> Launched:
        result = self.folder / "out" / "result"
        shutil.rmtree(result.parent, ignore_errors=True)
        scratch = str(self.folder / "scratch")
        done = subprocess.run(
            [
                *(sys.executable, str(bundle), "--store", self.store),
                *("--result", str(result), "--scratch", scratch, *words),
            ],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", **(env or {})},
            timeout=60,
            check=False,
        )
        written = result.read_text() if result.exists() else None
        return Launched(done.returncode, written, done.stdout, done.stderr)
