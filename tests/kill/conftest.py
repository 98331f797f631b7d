"""A project whose steps leave a line each time that they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from buckets import bucket, endpoint
from kill.pipeline import BODY, PIPELINE
from local.project import Project

__all__ = ["bucket", "endpoint"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder)
    made.write("p.mlp", "edition 2026\n" + PIPELINE.replace("PLACE", str(folder)))
    made.body(BODY)
    return made
