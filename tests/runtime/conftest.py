"""Fixtures of the runtime's tests: an engine with a shared store, code folders, buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from buckets import bucket, endpoint
from runtime_cases import Engine

__all__ = ["bucket", "endpoint"]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path, f"file://{tmp_path}/store")


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], Sequence[Path]]:
    """Writes `body.py` into a code folder and returns the roots."""

    def write(text: str) -> Sequence[Path]:
        root = tmp_path / "code"
        root.mkdir(exist_ok=True)
        (root / "body.py").write_text(dedent(text))
        return (root,)

    return write
