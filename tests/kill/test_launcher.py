"""The launcher of an engine, killed at random instants against a store that machines share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from kill.rounds import rounds
from runtime_cases import ACCOUNT, Engine, output, step_spec

from millpond.runtime.remote import RemoteStore


def _variables() -> Mapping[str, str]:
    names = (*ACCOUNT, "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL", "PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_a_launcher_that_is_killed_leaves_all_or_nothing(
    kind: str, bucket: str, tmp_path: Path
) -> None:
    url = bucket if kind == "s3" else f"file://{tmp_path}/shared"
    engine = Engine(tmp_path, url)
    spec = step_spec(
        "shell",
        text='for i in $(seq 9000); do echo "$n:$i"; done > "$rows"\nmkdir "$parts"\n'
        'for i in 1 2 3; do cp "$rows" "$parts/$i"; done',
        inputs=[["n", "Int"]],
        outputs=[output("rows", "File"), output("parts", "Dir")],
    )
    bundle = engine.bundle("made", spec)
    launch = [sys.executable, str(bundle), "--store", url, "--result", str(tmp_path / "result")]
    seconds = 0.3
    seen: set[str] = set()
    for number, dice in rounds(4):
        words = [*launch, "--arg", "n", f"={number}"]
        process = subprocess.Popen(
            words, env=_variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(dice.uniform(0.1, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        store = RemoteStore(url)
        before = list(store.keys())
        # Whatever a key leads to is whole and right, though nobody came to its end; what was there
        # before is looked at again once all is over.
        for key in set(before) - seen:
            record = store.lookup(key)
            assert record is not None
            for place, artifact in enumerate(record.artifacts()):
                store.materialize(artifact, tmp_path / f"copy-{number}-{key[:8]}-{place}")
        seen.update(before)
        began = time.monotonic()
        done = subprocess.run(
            words, env=_variables(), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        seconds = time.monotonic() - began
        result = (tmp_path / "result").read_text()
        made = store.record(result)
        assert made is not None
        rows = made.value("rows", "File")
        store.materialize(rows, tmp_path / f"rows-{number}")  # type: ignore[arg-type]
        text = (tmp_path / f"rows-{number}").read_text()
        assert text == "".join(f"{number}:{row}\n" for row in range(1, 9001))
        assert set(before) | {made.key} == set(store.keys())
    store = RemoteStore(url)
    assert all(store.lookup(key) is not None for key in seen)
