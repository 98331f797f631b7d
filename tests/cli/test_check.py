"""`mlp check`: its object, its columns, its exit code, and fixes that are carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Mlp

WIDE = """\
edition 2026

# 😀😀
step greet(name: String) -> (message: String) { run shell "echo $name > $message" }

pipeline hello(name: String = "世界😀") { hi = greet(name = f"😀😀 {nmae}")
  output message = hi.massage
}
"""


def keys_of_diagnostic(entry: Any) -> None:
    assert set(entry) == {
        "code", "severity", "message", "file", "span", "labels", "notes", "help", "fixes",
    }  # fmt: skip
    assert entry["severity"] in ("error", "warning", "lint")
    for label in entry["labels"]:
        assert set(label) == {"span", "text"}
    for fix in entry["fixes"]:
        assert set(fix) == {"title", "safe", "edits"}
        assert all(set(edit) == {"span", "text"} for edit in fix["edits"])
    for span in [entry["span"], *(label["span"] for label in entry["labels"])]:
        assert set(span) == {"start", "end"}
        assert all(set(place) == {"line", "column"} for place in span.values())


def slice_of(text: str, span: Any) -> str:
    """What a span says, counted as the contract says: from 1, in code points, end exclusive."""
    assert span["start"]["line"] == span["end"]["line"]
    line = text.split("\n")[span["start"]["line"] - 1]
    return line[span["start"]["column"] - 1 : span["end"]["column"] - 1]


def test_all_mistakes_at_once_with_columns_in_code_points(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(WIDE, "utf-8")
    answer = mlp("check", "x.mlp", "--format", "json")
    assert (answer.code, answer.err) == (1, "")
    assert set(answer.json) == {"version", "file", "diagnostics"}
    found = answer.json["diagnostics"]
    assert [entry["code"] for entry in found][:2] == ["MLP0201", "MLP0204"]
    for entry in found:
        keys_of_diagnostic(entry)
    assert slice_of(WIDE, found[0]["span"]) == "nmae"
    assert slice_of(WIDE, found[1]["span"]) == "massage"


def test_a_file_without_mistakes(mlp: Mlp, hello: Path) -> None:
    answer = mlp("check", "hello.mlp", "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {"version": 1, "file": "hello.mlp", "diagnostics": []}
    assert mlp("check", "hello.mlp").out == "hello.mlp: no mistakes found\n"


def test_lints_do_not_change_the_exit_code(mlp: Mlp, hello: Path) -> None:
    hello.write_text(hello.read_text("utf-8").replace("edition 2026\n", ""), "utf-8")
    answer = mlp("check", "hello.mlp", "--format", "json")
    assert answer.code == 0
    assert [(d["code"], d["severity"]) for d in answer.json["diagnostics"]] == [("MLP1020", "lint")]
    assert mlp("run", "hello.mlp").code == 0


def test_diagnostics_go_to_stderr_and_name_the_place(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(WIDE, "utf-8")
    answer = mlp("check", "x.mlp")
    assert (answer.code, answer.out) == (1, "")
    assert " --> x.mlp:6:" in answer.err
    assert "mlp explain MLP0201" in answer.err
    short = mlp("check", "x.mlp", "--short")
    assert short.err == mlp("check", "x.mlp", "--format", "short").err
    assert short.err.startswith("x.mlp:6:")


@pytest.mark.parametrize(
    "words",
    [["plan"], ["run"], ["compile", "-o", "out", "--target", "argo"], ["graph"]],
    ids=lambda words: str(words[0]),
)
def test_a_refusal_prints_the_object_of_check(mlp: Mlp, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "x.mlp").write_text(WIDE, "utf-8")
    checked = mlp("check", "x.mlp", "--format", "json")
    answer = mlp(words[0], "x.mlp", *words[1:], "--format", "json")
    assert (answer.code, answer.err) == (1, "")
    assert answer.json == checked.json
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".millpond").exists()


def test_safe_fixes_are_carried_out(mlp: Mlp, hello: Path) -> None:
    text = hello.read_text("utf-8")
    hello.write_text(text.replace('name: String = "world"', "name: String = 'world'"), "utf-8")
    answer = mlp("check", "hello.mlp", "--fix")
    assert answer.code == 0, answer.err
    assert hello.read_text("utf-8") == text


def test_unsafe_fixes_only_when_asked_for(mlp: Mlp, hello: Path) -> None:
    text = hello.read_text("utf-8")
    right = text.replace('greet"\n', 'greet"\n  resources { memory = 16GB }\n')
    wrong = right.replace("16GB", "16Gb")
    hello.write_text(wrong, "utf-8")
    assert mlp("check", "hello.mlp", "--fix").code == 1
    assert hello.read_text("utf-8") == wrong
    assert mlp("check", "hello.mlp", "--fix", "--unsafe").code == 0
    assert hello.read_text("utf-8") == right


def test_the_same_file_gives_the_same_bytes(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(WIDE, "utf-8")
    words = ("check", "x.mlp", "--format", "json")
    assert mlp(*words).out == mlp(*words).out
