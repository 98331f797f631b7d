"""The page of `mlp diff`: its examples are said so, and its workflow runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/commands.md").read_text("utf-8")
SECTION = PAGE[PAGE.index("## mlp diff") :].split("\n## ")[0]
EDITS = [file.read_text("utf-8") for file in (Path(__file__).parent / "edits").glob("*.md")]

GH = """\
#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in *--paginate*) echo "$EARLIER" ;; esac
"""
STEP = 'edition 2026\n\nstep one() -> (n: Int) {\n  run shell "echo 1 > $n"\n}\n\n'
PIPELINE = "pipeline main() {\n  a = one()\n\n  output n = a.n\n}\n"


@pytest.mark.parametrize("text", re.findall(r"```text\n(.*?)```", SECTION, re.DOTALL))
def test_an_example_is_what_an_edit_gives(text: str) -> None:
    assert any(f"```text\n{text}```" in edit for edit in EDITS)


def test_the_keys_of_the_object_are_on_the_page() -> None:
    source = (ROOT / "compiler/difference/export.py").read_text("utf-8")
    keys = set(re.findall(r'^ +"(\w+)":', source, re.MULTILINE))
    assert len(keys) > 30
    assert {k for k in keys if f"`{k}`" not in SECTION} <= {
        "start", "end", "line", "column", "id", "code", "message", "text", "steps", "breaking",
    }  # fmt: skip


@pytest.fixture
def workflow() -> dict[str, Any]:
    [text] = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def script(workflow: dict[str, Any], name: str) -> str:
    [step] = [s for s in workflow["jobs"]["diff"]["steps"] if s.get("name") == name]
    text = str(step["run"])
    assert "${{" not in text, "what comes from outside stands in variables"
    return text


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [("echo 1", "echo 2", 0), ("output n", "output m", 1)],
    ids=["semantic", "breaking"],
)
def test_the_workflow_compares(
    workflow: dict[str, Any], tmp_path: Path, was: str, now: str, code: int
) -> None:
    (tmp_path / "main.mlp").write_text(STEP + PIPELINE, "utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(tmp_path, "checkout", "-q", "-b", "side")
    (tmp_path / "main.mlp").write_text((STEP + PIPELINE).replace(was, now), "utf-8")
    git(tmp_path, "commit", "-q", "-a", "-m", "second")
    done = run(script(workflow, "compare"), tmp_path, GITHUB_BASE_REF="main")
    assert done.returncode == code, done.stderr
    comment = (tmp_path / "diff.md").read_text("utf-8")
    assert comment.startswith("<!-- mlp diff -->\n### Pipelines: ")
    assert (tmp_path / "summary").read_text("utf-8") == comment


@pytest.mark.parametrize("earlier", ["", "4711"])
def test_the_workflow_comments_once(workflow: dict[str, Any], tmp_path: Path, earlier: str) -> None:
    """The service is far away: a stand-in notes what it is asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH, "utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    calls = tmp_path / "calls"
    done = run(
        script(workflow, "comment"),
        tmp_path,
        GITHUB_REPOSITORY="acme/flights",
        NUMBER="7",
        CALLS=str(calls),
        EARLIER=earlier,
    )
    assert done.returncode == 0, done.stderr
    asked = calls.read_text("utf-8").splitlines()
    assert 'startswith("<!-- mlp diff -->")' in asked[0]
    wanted = "api repos/acme/flights/issues/7/comments -F body=@diff.md"
    if earlier:
        wanted = "api -X PATCH repos/acme/flights/issues/comments/4711 -F body=@diff.md"
    assert asked[1:] == [wanted]


def run(text: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A script as GitHub runs it."""
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
    around = {"PATH": path, "HOME": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env={
            **around,
            "LC_ALL": "C.UTF-8",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
