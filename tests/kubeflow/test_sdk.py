"""Kubeflow's own SDK loads what we emit and compiles it back to the same document.

Needs a Python with the SDK: the Makefile makes `.venv-kfp`, MILLPOND_KFP_PYTHON names another.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SDK = Path(os.environ.get("MILLPOND_KFP_PYTHON", HERE.parents[1] / ".venv-kfp/bin/python"))


def opinion(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SDK), str(HERE / "sdk.py"), str(path)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["flights", "everything", "odd_names"])
def test_the_sdk_changes_nothing(name: str) -> None:
    done = opinion(HERE / "golden" / f"{name}.yaml")
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_the_sdk_would_say_so(tmp_path: Path) -> None:
    text = (HERE / "golden" / "everything.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace('activeDeadlineSeconds: "4001"', 'activeDeadline: "4001"'))
    done = opinion(wrong)
    assert done.returncode == 1
    assert "activeDeadline" in done.stdout
