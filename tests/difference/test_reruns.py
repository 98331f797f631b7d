"""Why nodes may run again, in the words of a rerun."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millpond.face.main import start

PAIR = Path(__file__).parent / "pairs" / "loop-of-the-run-body-changed"


def test_who_reads_what_a_loop_yields_waits_for_the_loop(
    capfd: pytest.CaptureFixture[str],
) -> None:
    files = [str(PAIR / name) for name in ("before.mlp", "after.mlp")]
    assert start(["diff", *files, "--format", "json"], "") == 0
    (file,) = json.loads(capfd.readouterr().out)["files"]
    assert (
        file["pipelines"][0]["reruns"][-1]["text"]
        == "waits for `fitted`, which may come out the same"
    )
