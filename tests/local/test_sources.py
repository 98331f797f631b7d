"""What lies at a URL: brought by the runner, read by bodies in workers that cannot reach it."""

from __future__ import annotations

import time
from pathlib import Path

import fsspec
import pytest
from local.project import Project

from millpond.backends.local.sources import Sources
from millpond.compiler.contract.runner import RunResult
from millpond.compiler.driver import build as building
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.running import prepare
from millpond.compiler.ir.values import Literal
from millpond.compiler.types.types import Dataset
from millpond.face.api import TARGETS
from millpond.runtime.artifact import Artifact
from millpond.runtime.folder import FolderStore
from millpond.runtime.source import SourceError, find, fingerprint

PROGRAM = """
    step read(rows: Dataset) -> (text: String) { run python "body:read" }
    step count(rows: Dataset) -> (n: Int) { run shell "cat $(find $rows -type f) | wc -l > $n" }
    pipeline p(rows: Dataset) {
        a = read(rows = rows)
        b = count(rows = rows)
        output text = a.text
        output n = b.n
    }
"""
BODY = """\
def read(rows):
    file = next(rows.iterdir()) if rows.is_dir() else rows
    assert file.suffix == '.csv'
    return file.read_text()[:4]
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    # A file system that no other process can look into.
    fsspec.filesystem("memory").pipe_file(f"/{tmp_path.name}/rows.csv", b"a\n1\n")
    return f"memory://{tmp_path.name}/rows.csv"


def ran(project: Project, rows: Artifact, program: str = PROGRAM) -> RunResult:
    project.pipeline(program)
    project.write("body.py", BODY)
    checked = front(project.folder / "p.mlp", TARGETS)
    chosen = choose(checked, TARGETS, None, None)
    values = {"rows": Literal(Dataset(), rows.to_json())}
    built = building.build(checked, chosen, values, frozen=True)
    prepared = prepare(checked, built)
    assert prepared is not None
    return prepared.run()


def test_bodies_read_what_a_url_names(project: Project, url: str) -> None:
    done = ran(project, fingerprint(url))
    assert done.status == "succeeded", done
    assert done.outputs == {"text": "a\n1\n", "n": 2}
    again = ran(project, fingerprint(url))
    assert {node.state for node in again.nodes} == {"hit"}


def test_what_changes_meanwhile_fails_the_step(project: Project, url: str) -> None:
    known = fingerprint(url)
    fsspec.filesystem("memory").pipe_file(url.removeprefix("memory:/"), b"b\n")
    done = ran(project, known)
    assert done.status == "failed"
    assert "has changed since this run began; start it again" in str(done.nodes[0].why)


@pytest.mark.parametrize("node", ["a", "b"])
@pytest.mark.parametrize("kind", ["file", "folder", "large"])
def test_what_lies_here_and_changes_meanwhile_is_stored_under_no_key(
    project: Project, kind: str, node: str
) -> None:
    name = "rows" if kind == "folder" else "rows.csv"
    path = project.folder / ("rows/one.csv" if kind == "folder" else name)
    content = "a\n1\n" * (500_000 if kind == "large" else 1)
    project.write(str(path.relative_to(project.folder)), content)
    known = find(name, project.folder)
    path.write_text(content.replace("1", "2"))
    other = {"a": "b = ", "b": "a = "}[node], {"a": "= b.", "b": "= a."}[node]
    lines = [line for line in PROGRAM.splitlines() if not any(word in line for word in other)]
    done = ran(project, known, "\n".join(lines))
    assert done.status == "failed"
    assert "has changed since this run began; start it again" in str(done.nodes[0].why)
    path.write_text(content)
    assert {each.state for each in ran(project, known, "\n".join(lines)).nodes} == {"ran"}


def brought(sources: Sources, rows: Artifact) -> None:
    while not sources.ready([rows, [rows]]):
        time.sleep(0.01)


def test_what_is_here_is_not_brought_again(tmp_path: Path, url: str) -> None:
    known = fingerprint(url)
    store = FolderStore(tmp_path / "store")
    sources = Sources(store, store)
    assert sources.ready([1, [2], {"a": None}])
    brought(sources, known)
    fsspec.filesystem("memory").rm(f"/{tmp_path.name}/rows.csv")
    assert sources.ready([known])
    store = FolderStore(tmp_path / "store")
    brought(Sources(store, store), known)
    store = FolderStore(tmp_path / "other")
    other = Sources(store, store)
    for _ in range(2):
        with pytest.raises(SourceError, match="there is nothing at"):
            brought(other, known)
