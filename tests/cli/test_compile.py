"""`mlp compile`: what it writes, what it never touches, and what it refuses."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
import socket
import sys
from pathlib import Path

import pytest
from cli.conftest import HELLO, Mlp

from millpond.compiler.cli import compile as command

TARGETS = """
target laptop: local {}
target staging: argo { artifacts = "s3://bucket/staging" }
target research: kubeflow { artifacts = "s3://bucket/research" }
target prod: sagemaker {
  artifacts = "s3://bucket/prod"
  role = "arn:aws:iam::123456789012:role/pipelines"
}
"""
CLOUDS = ["staging", "research", "prod"]
DOCUMENTS = {
    "staging": {"workflowtemplate.yaml", "workflow.yaml"},
    "research": {"pipeline.yaml"},
    "prod": {"pipeline.json"},
}


@pytest.fixture
def cloudy(hello: Path) -> Path:
    """The smallest project, with a target of each kind."""
    hello.write_text(HELLO + TARGETS, "utf-8")
    return hello


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("target", CLOUDS)
def test_what_is_written(mlp: Mlp, cloudy: Path, target: str) -> None:
    answer = mlp("compile", "hello.mlp", "--target", target, "-o", "out", "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    files = tree(cloudy.parent / "out")
    code = {name for name in files if name.startswith("code/")}
    assert files.keys() - code == DOCUMENTS[target] | {"README.md", "manifest.json"}
    assert answer.json["files"] == sorted(files)
    assert code
    for name in code:
        assert name == f"code/{hashlib.sha256(files[name]).hexdigest()}.zip"
    manifest = json.loads(files["manifest.json"])
    listed = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    assert listed == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "manifest.json"
    }
    assert set(manifest["keys"]) == {"hi", "length"}
    for size in manifest["sizes"]:
        assert set(size) == {"what", "actual", "limit", "unit"}
        assert size["limit"] is None or size["actual"] <= size["limit"]
    assert any(size["limit"] for size in manifest["sizes"])


@pytest.mark.parametrize("target", CLOUDS)
def test_no_clock_folder_host_or_user_is_in_any_file(mlp: Mlp, cloudy: Path, target: str) -> None:
    folder = cloudy.parent / "some-unusual-folder"
    mlp("compile", "hello.mlp", "--target", target, "-o", str(folder))
    for name, data in tree(folder).items():
        if name.endswith(".zip"):
            continue
        text = data.decode("utf-8")
        for word in ("some-unusual-folder", str(cloudy.parent), socket.gethostname(), "/home/"):
            assert word not in text, (name, word)
        if getpass.getuser() != "root":
            assert getpass.getuser() not in text
        assert not re.search(r"20\d\d-\d\d-\d\dT\d\d:\d\d", text), name


@pytest.mark.parametrize("target", CLOUDS)
def test_folders_given_either_way_hold_the_same_bytes(mlp: Mlp, cloudy: Path, target: str) -> None:
    words = ("compile", "hello.mlp", "--target", target, "-o")
    mlp(*words, "one")
    mlp(*words, str(cloudy.parent / "deep" / "two"))
    mlp(*words, "one/")
    assert tree(cloudy.parent / "one") == tree(cloudy.parent / "deep" / "two")


def test_files_of_an_earlier_compile_go_and_others_stay(mlp: Mlp, cloudy: Path) -> None:
    out = cloudy.parent / "out"
    mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    before = tree(out)
    (out / "notes.txt").write_text("mine", "utf-8")
    (cloudy.parent / "hello.py").write_text(
        "def greet(name: str, excited: bool) -> str:\n    return name\n", "utf-8"
    )
    assert mlp("compile", "hello.mlp", "--target", "staging", "-o", "out").code == 0
    after = tree(out)
    assert after.pop("notes.txt") == b"mine"
    assert before.keys() - after.keys(), "the code that nobody runs any more is gone"
    assert {entry["path"] for entry in json.loads(after["manifest.json"])["files"]} == (
        after.keys() - {"manifest.json"}
    )
    assert mlp("compile", "hello.mlp", "--target", "prod", "-o", "out").code == 0
    assert not (out / "workflow.yaml").exists()
    assert (out / "notes.txt").read_text("utf-8") == "mine"


def test_a_file_of_ours_that_somebody_else_changed_into_theirs_is_not_taken_for_ours(
    mlp: Mlp, cloudy: Path
) -> None:
    out = cloudy.parent / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "a web app"}', "utf-8")
    answer = mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    assert (answer.code, answer.out) == (2, "")
    assert tree(out) == {"manifest.json": b'{"name": "a web app"}'}


def test_a_forged_manifest_deletes_nothing_outside(mlp: Mlp, cloudy: Path) -> None:
    out = cloudy.parent / "out"
    mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    (out / "link").symlink_to(cloudy.parent, target_is_directory=True)
    manifest = json.loads((out / "manifest.json").read_bytes())
    for path in ("../hello.py", "link/hello.py", str(cloudy.parent / "hello.py")):
        manifest["files"].append({"path": path, "sha256": "0" * 64})
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    assert (cloudy.parent / "hello.py").exists()


@pytest.mark.parametrize("taken", ["workflow.yaml", "README.md", "other.txt"])
def test_a_folder_of_somebody_else_is_left_alone(mlp: Mlp, cloudy: Path, taken: str) -> None:
    out = cloudy.parent / "out"
    out.mkdir()
    (out / taken).write_text("mine", "utf-8")
    answer = mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    assert (answer.code, answer.out) == (2, "")
    assert "choose an empty folder" in answer.err
    assert tree(out) == {taken: b"mine"}


def test_a_foreign_file_in_the_way_is_not_overwritten(mlp: Mlp, cloudy: Path) -> None:
    out = cloudy.parent / "out"
    mlp("compile", "hello.mlp", "--target", "staging", "-o", "out")
    (out / "pipeline.json").write_text("mine", "utf-8")
    answer = mlp("compile", "hello.mlp", "--target", "prod", "-o", "out")
    assert answer.code == 2
    assert "pipeline.json" in answer.err
    assert (out / "pipeline.json").read_text("utf-8") == "mine"


def test_a_file_for_a_folder_is_a_mistake_in_use(mlp: Mlp, cloudy: Path) -> None:
    answer = mlp("compile", "hello.mlp", "--target", "staging", "-o", "hello.py")
    assert (answer.code, answer.out) == (2, "")
    assert "is a file" in answer.err


def test_without_a_folder_nothing_is_written(mlp: Mlp, cloudy: Path) -> None:
    answer = mlp("compile", "hello.mlp", "--target", "staging")
    assert (answer.code, answer.out) == (2, "")
    assert "-o DIR" in answer.err


@pytest.mark.parametrize("target", [[], ["--target", "laptop"], ["--target", "local"]])
def test_a_local_target_is_run_not_compiled(mlp: Mlp, cloudy: Path, target: list[str]) -> None:
    answer = mlp("compile", "hello.mlp", *target, "-o", "out")
    assert (answer.code, answer.out) == (2, "")
    assert "mlp run" in answer.err
    assert not (cloudy.parent / "out").exists()


@pytest.mark.parametrize(
    ("kind", "settings", "missing"),
    [
        ("argo", "", ["artifacts"]),
        ("kubeflow", "", ["artifacts"]),
        ("sagemaker", "", ["role", "artifacts"]),
        ("sagemaker", 'artifacts = "s3://bucket/x"', ["role"]),
    ],
)
def test_a_missing_setting_is_found_when_compiling(
    mlp: Mlp, hello: Path, kind: str, settings: str, missing: list[str]
) -> None:
    hello.write_text(f"{HELLO}\ntarget cloud: {kind} {{ {settings} }}\n", "utf-8")
    assert mlp("check", "hello.mlp").code == 0
    answer = mlp("compile", "hello.mlp", "--target", "cloud", "-o", "out", "--format", "json")
    assert (answer.code, answer.err) == (1, "")
    found = answer.json["diagnostics"]
    assert {d["code"] for d in found} == {"MLP0909"}
    assert sorted(re.findall(r"`(\w+)`", d["message"])[-1] for d in found) == sorted(missing)
    assert all(d["span"]["start"]["line"] == 19 for d in found)
    assert all(d["help"] for d in found)
    assert not (hello.parent / "out").exists()


@pytest.mark.parametrize("kind", ["argo", "kubeflow", "sagemaker"])
def test_a_bare_kind_has_no_settings_and_says_so(mlp: Mlp, hello: Path, kind: str) -> None:
    answer = mlp("compile", "hello.mlp", "--target", kind, "-o", "out", "--format", "json")
    assert answer.code == 1
    found = answer.json["diagnostics"]
    assert {d["code"] for d in found} == {"MLP0909"}
    assert all(f"target {kind}: {kind}" in d["help"][0] for d in found)


def test_steps_without_an_image_get_a_lint_and_the_official_python(mlp: Mlp, cloudy: Path) -> None:
    answer = mlp("compile", "hello.mlp", "--target", "staging", "-o", "out", "--format", "short")
    assert answer.code == 0
    assert "lint[MLP0509]" in answer.err
    image = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
    assert image in (cloudy.parent / "out" / "workflowtemplate.yaml").read_text("utf-8")
    named = f'defaults {{ environment {{ image = "acme/x@sha256:{"0" * 64}" }} }}'
    cloudy.write_text(HELLO + TARGETS.replace('staging" }', f'staging"\n {named} }}'), "utf-8")
    answer = mlp("compile", "hello.mlp", "--target", "staging", "-o", "out", "--format", "short")
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("target", CLOUDS)
def test_validation_passes_and_a_planted_finding_is_exit_code_1(
    mlp: Mlp, cloudy: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("compile", "hello.mlp", "--target", target, "-o", "out", "--validate")
    answer = mlp(*words)
    assert answer.code == 0, answer.err
    assert "valid: " in answer.out
    found = mlp(*words, "--format", "json")
    assert found.json["validated"] is True
    assert found.json["findings"] == []
    monkeypatch.setattr(command, "read_back", lambda folder, names: dict.fromkeys(names, b"{}"))
    found = mlp(*words, "--format", "json")
    assert found.code == 1
    assert found.json["findings"]
    assert all(set(row) == {"file", "where", "what"} for row in found.json["findings"])


def test_the_graph_behind_each_pass(mlp: Mlp, cloudy: Path) -> None:
    answer = mlp("compile", "hello.mlp", "--dump-ir", "--target", "staging")
    assert (answer.code, answer.err) == (0, "")
    passes = re.findall(r"^# after (\S+)$", answer.out, re.MULTILINE)
    assert passes[0] == "lower"
    assert len(passes) > 2
    one = mlp("compile", "hello.mlp", "--target", "staging", f"--dump-ir={passes[-1]}")
    assert re.findall(r"^# after (\S+)$", one.out, re.MULTILINE) == [passes[-1]]
    assert one.out in answer.out
    wrong = mlp("compile", "hello.mlp", "--dump-ir=fuse")
    assert (wrong.code, wrong.out) == (2, "")
    assert passes[-1] in wrong.err


def test_values_become_the_defaults_of_the_template(mlp: Mlp, cloudy: Path) -> None:
    mlp("compile", "hello.mlp", "name=anna", "--target", "staging", "-o", "out")
    assert "anna" in (cloudy.parent / "out" / "workflowtemplate.yaml").read_text("utf-8")
    answer = mlp("compile", "hello.mlp", "nmae=anna", "--target", "staging", "-o", "out")
    assert (answer.code, answer.out) == (2, "")


DATED = """\
edition 2026

step show(day: Date) -> (text: File) { run shell "echo $day > $text" }

pipeline main() {
  shown = show(day = run.day)
  output text = shown.text
}
"""


@pytest.mark.parametrize("target", CLOUDS)
def test_the_day_of_the_run_is_asked_for_at_its_place(
    mlp: Mlp, tmp_path: Path, target: str
) -> None:
    (tmp_path / "x.mlp").write_text(DATED + TARGETS, "utf-8")
    words = ("compile", "x.mlp", "--target", target, "-o", "out", "--format", "json")
    refused = mlp(*words)
    assert (refused.code, refused.err) == (1, "")
    [entry] = refused.json["diagnostics"]
    assert entry["code"] == "MLP0902"
    assert entry["span"]["start"]["line"] == 6
    assert not (tmp_path / "out").exists()
    assert mlp(*words, "--day", "2026-01-02").code == 0
    wrong = mlp(*words, "--day", "someday")
    assert (wrong.code, wrong.out) == (2, "")


def test_a_run_knows_its_day(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(DATED, "utf-8")
    answer = mlp("plan", "x.mlp", "run.day=2026-01-02", "--format", "json")
    assert answer.code == 0, answer.err
    run = mlp("run", "x.mlp", "run.day=2026-01-02", "--format", "json")
    assert Path(run.json["outputs"]["text"]["path"]).read_text("utf-8") == "2026-01-02\n"
    again = mlp("run", "x.mlp", "run.day=2026-01-02", "--format", "json")
    assert [node["state"] for node in again.json["nodes"]] == ["hit"]
    other = mlp("plan", "x.mlp", "run.day=2026-01-03", "--format", "json")
    assert other.json["totals"]["run"] == 1
