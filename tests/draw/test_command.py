"""`mlp graph` from the file to the drawing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from millpond import backends
from millpond.compiler.cli.app import main
from millpond.compiler.driver.front import Targets

PIPELINE = """\
edition 2026
step load(n: Int) -> (rows: Int) {
  run shell "echo $n > $rows"
}
pipeline small(n: Int) {
  loaded = load(n = n)
  expect loaded.rows > 1
  again = load(n = loaded.rows)
  output rows = again.rows
}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "small.mlp"
    path.write_text(PIPELINE, encoding="utf-8")
    return str(path)


def mlp(*words: str) -> int:
    return main(["graph", *words], Targets(tuple(backends.TARGETS), backends.load), "0")


def test_text_is_what_people_get(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert mlp(file) == 0
    assert capsys.readouterr().out == (
        "small(n: Int)\n"
        "├─ 1\n"
        "│  └─ ● loaded = load\n"
        "│     └─ rows: Int ──▶ ◆ expect_1, again\n"
        "├─ 2\n"
        "│  └─ ◆ expect_1: loaded.rows > 1, else fail\n"
        "│     └─ holds back ──▶ again\n"
        "├─ 3\n"
        "│  └─ ● again = load\n"
        "│     └─ rows: Int ──▶ ■ rows\n"
        "└─ outputs\n"
        "   └─ ■ rows: Int = again.rows\n"
    )


@pytest.mark.parametrize("form", ["text", "mermaid", "json", "svg"])
def test_a_file_holds_what_stdout_would(
    file: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mlp(file, "--format", form) == 0
    drawing = capsys.readouterr().out
    place = tmp_path / "drawing"
    assert mlp(file, "--format", form, "-o", str(place)) == 0
    assert place.read_text(encoding="utf-8") == drawing
    assert capsys.readouterr().out == f"wrote {place}\n"
    if form == "svg":
        assert ET.fromstring(drawing).tag.endswith("svg")
    if form == "json":
        assert [node["id"] for node in json.loads(drawing)["nodes"]] == [
            "loaded", "expect_1", "again",
        ]  # fmt: skip


def test_without_the_extra_it_says_what_to_type(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert mlp(file, "--format", "svg") == 2
    assert "pip install 'millpond[graph]'" in capsys.readouterr().err
    assert mlp(file) == 0


def test_a_program_with_mistakes_is_not_drawn(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(file).write_text(PIPELINE.replace("n = n", "n = m"), encoding="utf-8")
    assert mlp(file, "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["diagnostics"]


def test_a_place_that_cannot_be_written_is_named(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mlp(file, "-o", str(tmp_path / "no" / "where")) == 2
    assert "cannot write" in capsys.readouterr().err
