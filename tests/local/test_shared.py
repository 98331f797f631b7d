"""Machines that share a store: each a project folder of its own, with the same pipeline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from buckets import bucket, endpoint
from kill.rounds import tasks
from local.project import ROOT, Project, ended

__all__ = ["bucket", "endpoint"]

PIPELINE = """
step rows(n: Int, place: String) -> (rows: File, folder: Dir) {
  run shell "echo rows >> $place/made; seq $n > $rows; mkdir $folder; seq 5 > $folder/five"
}
step count(rows: File, folder: Dir, add: Int) -> (n: Int) { run python "body:count" }
pipeline p(n: Int = 20_000, add: Int = 0) {
  made = rows(n = n, place = "PLACE")
  counted = count(rows = made.rows, folder = made.folder, add = add)
  output n = counted.n
}
"""
BODY = """
def count(rows, folder, add):
    return len(rows.read_text().split()) + len((folder / "five").read_text().split()) + add
"""


def machine(parent: Path, name: str, url: str) -> Project:
    folder = parent / name
    folder.mkdir()
    project = Project(folder)
    project.write("mlp.toml", f'[store]\nurl = "{url}"\n')
    project.write("p.mlp", "edition 2026\n" + PIPELINE.replace("PLACE", str(parent)))
    project.body(BODY)
    return project


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_what_one_machine_made_is_a_hit_and_an_input_on_another(
    kind: str, bucket: str, tmp_path: Path
) -> None:
    url = bucket if kind == "s3" else f"file://{tmp_path}/shared"
    anna, berta = machine(tmp_path, "anna", url), machine(tmp_path, "berta", url)
    assert anna.run().json["outputs"] == {"n": 20_005}
    again = berta.run()
    assert set(tasks(again).values()) == {"hit"}
    # The hit moved no bytes; who needs them has them brought.
    other = berta.run("add=1")
    assert other.code == 0, other.err
    assert tasks(other) == {"made": "hit", "counted": "ran"}
    assert other.json["outputs"] == {"n": 20_006}
    assert (tmp_path / "made").read_text() == "rows\n"
    assert tasks(anna.run("add=1")) == {"made": "hit", "counted": "hit"}


SLOW = """
    import sys, time
    from millpond.runtime.blobs import FileBlobs
    from millpond.__main__ import main
    read = FileBlobs.read
    def slowly(self, name):
        if name.startswith("keys"):
            time.sleep(2)
        return read(self, name)
    FileBlobs.read = slowly
    sys.argv[1:] = ["run", "p.mlp", "--format", "json"]
    sys.exit(main())
"""
WAVES = """
edition 2026
step told(n: Int) -> (n: Int) { run python "body:told" }
pipeline p() {
  waves = for i in range(4) {
    first = told(n = i * 10)
    second = told(n = first.n + 1)
    yield second.n
  }
  output n = waves
}
target here: local { workers = 1 }
"""


def test_a_slow_store_holds_nobody_up_who_does_not_wait_for_it(tmp_path: Path) -> None:
    """While it is asked of one node, the next one that is ready begins."""
    one = machine(tmp_path, "one", f"file://{tmp_path}/shared")
    one.write("p.mlp", WAVES)
    one.body(
        f"""
        import time
        def told(n: int) -> int:
            if n % 10 == 0:
                with open({str(one.folder / "firsts")!r}, "a") as file:
                    file.write(f"{{n}} {{time.time()}}\\n")
            return n
        """
    )
    command = [sys.executable, "-c", textwrap.dedent(SLOW)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        command, cwd=one.folder, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(ran.stdout)["outputs"] == {"n": [1, 11, 21, 31]}
    moments = [float(line.split()[1]) for line in one.lines("firsts")]
    # One after the other, each but the first would have waited until its sibling was asked for.
    assert len(moments) == 4
    assert moments[-1] - moments[0] < 4


def test_machines_that_work_at_once_come_to_the_same(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/shared"
    machines = [machine(tmp_path, f"m{number}", url) for number in range(4)]
    came = [ended(each) for each in [m.start("run", "p.mlp", "--format", "json") for m in machines]]
    assert [each.code for each in came] == [0] * 4, [each.err for each in came]
    assert all(each.json["outputs"] == {"n": 20_005} for each in came)
    late = machine(tmp_path, "late", url).run()
    assert set(tasks(late).values()) == {"hit"}


def test_a_plan_says_once_that_the_shared_store_is_away(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = machine(tmp_path, "anna", bucket)
    for name in ("AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for words in (("plan", "p.mlp"), ("why", "p.mlp", "made")):
        away = project.mlp(*words)
        assert (away.code, away.err) == (0, "")
        told = "results of other machines are not counted: s3://pond/"
        assert away.out.count(told) == 1
        assert away.out.count("does not answer") == 1


def test_a_run_without_its_shared_store_works_says_so_once_and_sends_later(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = machine(tmp_path, "anna", bucket)
    there = os.environ["AWS_ENDPOINT_URL"]
    for name in ("AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.err.count("does not answer") == 1
    assert "2 results are kept here" in ran.err
    (run,) = project.runs
    assert "2 results are kept here" in (run / "report.html").read_text()
    for name in ("AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL"):
        monkeypatch.setenv(name, there)
    assert "kept here" not in project.run("add=1").err
    assert set(tasks(machine(tmp_path, "berta", bucket).run()).values()) == {"hit"}


def test_a_shared_object_that_is_damaged_is_made_again_and_replaced(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/shared"
    anna, berta = machine(tmp_path, "anna", url), machine(tmp_path, "berta", url)
    assert anna.run().code == 0
    for path in (tmp_path / "shared" / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"!")
    codes = [berta.run("add=1").code for _ in range(3)]
    assert codes[-1] == 0
    shutil.rmtree(anna.folder / ".millpond")
    healed = anna.run("add=2")
    assert healed.code == 0, healed.err
    assert tasks(healed) == {"made": "hit", "counted": "ran"}


def test_without_credentials_one_line_says_what_to_do(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = machine(tmp_path, "anna", bucket)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    ran = project.run()
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"mlp run: there are no credentials for {bucket}; set AWS_PROFILE")
    assert len(ran.err.splitlines()) == 1
    assert not (project.folder / ".millpond" / "runs").exists()
