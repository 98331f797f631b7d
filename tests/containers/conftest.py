"""What tests of real containers share: a project whose search path holds a podman."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from local.project import ROOT, Project

ENGINE = Path(os.environ.get("MILLPOND_CONTAINERS", ROOT / ".venv" / "containers")).resolve()


@dataclass(frozen=True)
class Podman:
    """The engine that `engine.sh` has made, beside what else is on the search path."""

    @property
    def path(self) -> Mapping[str, str]:
        return {"PATH": f"{ENGINE / 'bin'}:{os.environ['PATH']}"}

    def ask(self, *words: str) -> Sequence[str]:
        """The lines that podman answers with."""
        asked = subprocess.run(
            [ENGINE / "bin" / "podman", *words], capture_output=True, text=True, check=True
        )
        return asked.stdout.split("\n")[:-1]

    def left(self) -> Sequence[str]:
        """The containers that are there, running or not."""
        return self.ask("ps", "--all", "--format", "{{.Names}}")

    def digest(self, image: str) -> str:
        (digest,) = self.ask("image", "inspect", "--format", "{{.Digest}}", image)
        return digest


@pytest.fixture
def podman() -> Podman:
    return Podman()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)
