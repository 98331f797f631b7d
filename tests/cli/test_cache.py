"""`mlp cache`: what it says, its objects, its exit codes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from cli.conftest import Mlp

from millpond.runtime import digest

FILES = """\
edition 2026

step write(text: String) -> (out: File) {
  run shell "echo $text > $out"
}

step count(rows: File) -> (n: Int) {
  run shell "wc -c < $rows > $n"
}

pipeline letters(text: String = "a") {
  written = write(text = text)
  counted = count(rows = written.out)
  output n = counted.n
}
"""

MODELS = """\
edition 2026
use std.registry

step write(text: String) -> (model: Model) {
  run shell "echo $text > $model"
}
step fill(text: String) -> (model: Model) {
  run shell "mkdir -p $model/b; echo $text > $model/b/a; echo x > $model/b-c; echo > $model/a"
}

pipeline models() {
  one = write(text = "1")
  many = fill(text = "2")
  other = fill(text = "3")
  kept = registry.register(model = one.model, name = "one")
  also = registry.register(model = many.model, name = "many")
}
"""


@pytest.fixture
def letters(tmp_path: Path, mlp: Mlp) -> Path:
    """A project that has run once."""
    file = tmp_path / "letters.mlp"
    file.write_text(FILES, "utf-8")
    assert mlp("run", "letters.mlp").code == 0
    return tmp_path


def flipped(project: Path) -> None:
    """Another bit in the only object."""
    (path,) = project.glob(".millpond/objects/??/*")
    path.chmod(0o644)
    path.write_bytes(b"b\n")


def test_ls_names_pipelines_and_steps_and_no_digest(mlp: Mlp, letters: Path) -> None:
    mlp("run", "letters.mlp", "text=b")
    said = mlp("cache", "ls")
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == ["pipeline", "step", "results", "size", "made", "last", "used"]
    assert lines[1] == ["letters", "count", "2", "0", "B", "now", "now"]
    assert lines[2] == ["write", "2", "4", "B", "now", "now"]
    assert "4 results, 4 B in " in said.out
    found = mlp("cache", "ls", "--format", "json").json
    assert set(found) == {"version", "store", "shared", "steps", "results", "bytes", "beside"}
    assert [(row["pipeline"], row["step"], row["results"]) for row in found["steps"]] == [
        ("letters", "count", 2),
        ("letters", "write", 2),
    ]


def test_a_result_of_elsewhere_is_named_by_its_body(mlp: Mlp, hello: Path, tmp_path: Path) -> None:
    mlp("run", "hello.mlp")
    mlp("cache", "push", f"file://{tmp_path}/far")
    shutil.rmtree(tmp_path / ".millpond")
    assert mlp("cache", "pull", f"file://{tmp_path}/far").code == 0
    steps = mlp("cache", "ls", "--format", "json").json["steps"]
    assert [(row["pipeline"], row["step"]) for row in steps] == [
        (None, "(a script or container)"),
        (None, "hello.py:greet"),
    ]


def test_verify_tells_what_is_hurt_and_repairs_it(mlp: Mlp, letters: Path) -> None:
    assert mlp("cache", "verify").out.endswith("all of it is sound\n")
    flipped(letters)
    said = mlp("cache", "verify")
    assert said.code == 1
    assert "this hurts `letters: written`" in said.out
    assert said.out.endswith("to mend it: mlp cache verify --repair\n")
    found = mlp("cache", "verify", "--format", "json")
    assert found.code == 1
    assert found.json["hurt"] == ["letters: written"]
    assert [row["kind"] for row in found.json["damages"]] == ["changed"]
    mended = mlp("cache", "verify", "--repair")
    assert mended.code == 0
    assert "will run again: `letters: written`" in mended.out
    run = mlp("run", "letters.mlp", "--format", "json").json
    assert {node["id"]: node["state"] for node in run["nodes"]} == {
        "written": "ran",
        "counted": "hit",
    }


def test_repair_fetches_from_the_shared_store_of_the_project(mlp: Mlp, letters: Path) -> None:
    mlp("cache", "push", f"file://{letters}/far")
    (letters / "mlp.toml").write_text(f'[store]\nurl = "file://{letters}/far"\n', "utf-8")
    flipped(letters)
    assert mlp("cache", "verify", "--repair").out.endswith("nothing has to run again\n")
    assert mlp("cache", "verify").code == 0


@pytest.mark.parametrize("harm", ["header", "middle"])
def test_a_damaged_index_is_made_anew(mlp: Mlp, letters: Path, harm: str) -> None:
    index = letters / ".millpond" / "index.sqlite"
    whole = bytearray(index.read_bytes())
    if harm == "header":
        whole[:20] = b"no database any more"
    else:
        whole[100:] = b"\xff" * (len(whole) - 100)
    index.write_bytes(whole)
    refused = mlp("run", "letters.mlp")
    assert refused.code == 1
    assert "mlp cache verify --repair" in refused.err
    assert mlp("cache", "verify").code == 1
    mended = mlp("cache", "verify", "--repair")
    assert mended.code == 0
    assert "has been made anew: 2 results" in mended.out
    assert "nothing ran: all 2 steps were hits" in mlp("run", "letters.mlp").out


def test_gc_says_what_it_would_free_and_frees_it(mlp: Mlp, letters: Path) -> None:
    assert mlp("cache", "gc").out.startswith("nothing to remove; kept: 2 results")
    said = mlp("cache", "gc", "--keep", "0", "--dry-run")
    assert said.out.startswith("would free 2 B: 2 results, 1 file\n")
    assert "letters: write  1 result" in said.out
    found = mlp("cache", "gc", "--keep", "0", "--format", "json").json
    assert (found["dry_run"], found["freed"], found["results"], found["files"]) == (False, 2, 2, 1)
    assert list(letters.glob(".millpond/objects/??/*")) == []
    again = mlp("run", "letters.mlp", "--format", "json").json
    assert [node["state"] for node in again["nodes"]] == ["ran", "ran"]


def test_gc_takes_old_runs_only_where_it_is_told_to(mlp: Mlp, letters: Path) -> None:
    (run,) = (letters / ".millpond" / "runs").iterdir()
    old = time.time() - 60 * 86_400
    for path in run.iterdir():
        os.utime(path, (old, old))
    assert "`--runs` removes them too" in mlp("cache", "gc").out
    assert run.is_dir()
    assert "folders of runs" in mlp("cache", "gc", "--runs").out
    assert not run.exists()


def test_what_is_registered_stays_whether_it_is_a_file_or_a_folder(
    mlp: Mlp, tmp_path: Path
) -> None:
    (tmp_path / "models.mlp").write_text(MODELS, "utf-8")
    assert mlp("run", "models.mlp").code == 0
    mlp("cache", "gc", "--keep", "0")
    ran = mlp("run", "models.mlp", "--format", "json").json
    states = {node["id"]: node["state"] for node in ran["nodes"]}
    assert (states["one"], states["many"], states["other"]) == ("hit", "hit", "ran")


def test_pinned_runs_stay(mlp: Mlp, letters: Path) -> None:
    assert mlp("cache", "pin", "latest", "--reason", "a paper").code == 0
    mlp("run", "letters.mlp", "text=b")
    mlp("cache", "gc", "--keep", "0")
    found = mlp("cache", "ls", "--format", "json").json
    assert [(row["results"], row["pinned"]) for row in found["steps"]] == [(1, 1), (1, 1)]
    first = sorted(path.name for path in (letters / ".millpond" / "runs").iterdir())[0]
    assert mlp("cache", "unpin", first).code == 0
    mlp("cache", "gc", "--keep", "0")
    assert mlp("cache", "ls", "--format", "json").json["results"] == 0


def test_push_and_pull_of_a_run_and_of_a_pipeline(mlp: Mlp, letters: Path) -> None:
    far = f"file://{letters}/far"
    mlp("run", "letters.mlp", "text=b")
    found = mlp("cache", "push", far, "--run", "latest", "--format", "json").json
    assert (found["results"], found["there"], found["bytes"]) == (2, 0, 2)
    assert mlp("cache", "push", far, "letters.mlp", "--format", "json").json["results"] == 2
    assert mlp("cache", "push", far).out.endswith("4 results were there\n")
    shutil.rmtree(letters / ".millpond")
    pulled = mlp("cache", "pull", far, "letters.mlp", "text=b", "--format", "json").json
    assert (pulled["results"], pulled["bytes"]) == (2, 2)
    assert "nothing ran" in mlp("run", "letters.mlp", "text=b").out
    assert mlp("cache", "pull", far, "--format", "json").json["results"] == 2
    assert "nothing ran" in mlp("run", "letters.mlp").out


def test_the_store_of_the_project_is_the_default(mlp: Mlp, letters: Path) -> None:
    refused = mlp("cache", "push")
    assert refused.code == 2
    assert "where to? name a URL" in refused.err
    (letters / "mlp.toml").write_text(f'[store]\nurl = "file://{letters}/far"\n', "utf-8")
    assert mlp("cache", "push").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sweep",), "there is no `mlp cache sweep`; it takes ls, verify, gc"),
        (("gc", "--keep", "30"), "`--keep 30` has no unit; write `--keep 30d` for days"),
        (("gc", "--keep", "soon"), "`--keep soon` is no time"),
        (("gc", "--max-size", "much"), "`--max-size much` is no size"),
        (("gc", "--keep", "-1d"), "expected one argument; `mlp cache gc --help` shows how"),
        (("push", "file:///a", "file:///b"), "name one URL and one file at most"),
        (("push", "somewhere"), "`somewhere` is neither a URL nor a `.mlp` file"),
        (("push", "file:///a", "no.mlp"), "there is no file `no.mlp`"),
        (("push", "file:///a", "--run", "9"), "there is no run called `9`"),
        (("pin", "9"), "there is no run called `9`"),
        (("ls", "--project", "nowhere"), "there is no folder `nowhere`"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    mlp: Mlp, letters: Path, words: tuple[str, ...], says: str
) -> None:
    refused = mlp("cache", *words)
    assert refused.code == 2
    assert says in refused.err


def test_without_a_run_there_is_nothing_to_look_at(mlp: Mlp, tmp_path: Path) -> None:
    for verb in ("ls", "verify", "gc", "push"):
        refused = mlp("cache", verb)
        assert refused.code == 2
        assert "no pipeline has run here" in refused.err
    assert not (tmp_path / ".millpond").exists()


def test_a_newer_store_is_refused_in_one_line(mlp: Mlp, letters: Path) -> None:
    connection = sqlite3.connect(letters / ".millpond" / "index.sqlite")
    connection.execute("pragma user_version = 99")
    connection.close()
    for words in (("cache", "ls"), ("cache", "gc"), ("run", "letters.mlp"), ("cache", "verify")):
        refused = mlp(*words)
        assert refused.code == 1
        assert "was made by millpond 0.1.0 in format 99" in refused.err
        assert len(refused.err.strip().splitlines()) == 1


@pytest.mark.parametrize("verb", ["ls", "verify", "gc", "push", "pull", "pin", "unpin"])
def test_every_verb_has_help_with_an_example(mlp: Mlp, verb: str) -> None:
    said = mlp("cache", verb, "--help")
    assert said.code == 0
    assert f"example:\n  mlp cache {verb}" in said.out
    assert verb in mlp("cache", "--help").out


LARGE = """\
edition 2026

step count(rows: File) -> (n: Int) {
  run shell "wc -c < $rows > $n"
}

pipeline p(rows: File = file("rows.csv")) {
  c = count(rows = rows)
  output n = c.n
}
"""


def test_a_large_input_is_read_once_until_somebody_touches_it(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def digest_file(path: str | os.PathLike[str]) -> str:
        read.append(os.path.basename(path))
        return digest_of(path)

    digest_of = digest.digest_file
    monkeypatch.setattr(digest, "digest_file", digest_file)
    (tmp_path / "p.mlp").write_text(LARGE, "utf-8")
    rows = tmp_path / "rows.csv"
    rows.write_bytes(b"1" * 1_500_000)
    time.sleep(0.05)
    assert mlp("run", "p.mlp").code == 0
    assert mlp("plan", "p.mlp").code == 0
    assert "rows.csv" in read
    read.clear()
    assert mlp("plan", "p.mlp").out.startswith("hit")
    assert "rows.csv" not in read
    before = rows.stat()
    with rows.open("r+b") as file:
        file.write(b"2")
    os.utime(rows, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert mlp("plan", "p.mlp").out.startswith("run")
    assert "rows.csv" in read
