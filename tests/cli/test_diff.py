"""`mlp diff`: revisions of real repositories, what they may not do, and its three forms."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import Answer, Mlp

STEPS = """\
edition 2026

step count(rows: File, least: Int = 1) -> (n: Int) {
  run python "counting:count"
}

step half(n: Int) -> (m: Int) {
  run shell "echo $((n / 2)) > $m"
}

pipeline main(rows: File = file("rows.csv"), least: Int = 1) {
  counted = count(rows = rows, least = least)
  halved = half(n = counted.n)

  output n = halved.m
}
"""
PYTHON = """\
from pathlib import Path


def count(rows: Path, least: int) -> int:
    return len(rows.read_text().split())
"""

Git = Callable[..., str]


def _git(folder: Path, *words: str) -> str:
    settings = ("user.name=ann", "user.email=ann@example.org", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *(part for one in settings for part in ("-c", one)), *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository in the working folder with one commit on `main`; calls git in it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    _git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, "work.mlp", STEPS)
    write(tmp_path, "counting.py", PYTHON)
    write(tmp_path, "rows.csv", "a\nb\n")
    write(tmp_path, ".gitignore", ".millpond/\n__pycache__/\n")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-q", "-m", "first")

    def call(*words: str) -> str:
        return _git(tmp_path, *words)

    return call


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def edit(folder: Path, name: str, was: str, now: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert was in text
    (folder / name).write_text(text.replace(was, now), "utf-8")


def commit(git: Git, message: str = "more") -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def test_the_work_tree_against_a_revision(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    assert mlp("diff", "main").out == "nothing changed: 1 pipeline compared\n"
    assert mlp("diff", "main", "work.mlp").out == "work.mlp: main is the same\n"
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    answer = mlp("diff", "main")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "work.mlp: main: semantic\n"
        "  semantic     halved: the shell body of `half` changed from "
        "echo $((n / 2)) > $m to echo $((n / 3)) > $m   work.mlp:8\n"
        "  re-runs      1 of 2 steps: halved\n"
    )


def test_a_body_is_named_with_its_line(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    edit(tmp_path, "counting.py", "return len(", "return 2 * len(")
    commit(git)
    answer = mlp("diff", "HEAD~1", "HEAD")
    assert "counted: `counting.py:count` changed   counting.py:4" in answer.out
    assert "1 more may, if what comes in is not the same: halved" in answer.out


@pytest.mark.parametrize("words", [("one..two",), ("one", "two"), ("one", "two", "work.mlp")])
def test_two_revisions(mlp: Mlp, git: Git, tmp_path: Path, words: tuple[str, ...]) -> None:
    git("tag", "one")
    edit(tmp_path, "work.mlp", "least: Int = 1)", "least: Int = 2)")
    commit(git)
    git("tag", "two")
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    found = mlp("diff", *words, "--format", "json").json
    assert [side["kind"] for side in (found["a"], found["b"])] == ["revision", "revision"]
    assert found["b"]["commit"] == git("rev-parse", "two")
    [one] = found["files"][0]["pipelines"]
    assert [change["part"] for change in one["changes"]] == ["parameters.least.default"]


def test_three_dots_begin_where_the_lines_part(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    git("checkout", "-q", "-b", "side")
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    commit(git)
    git("checkout", "-q", "main")
    edit(tmp_path, "work.mlp", "output n", "output half")
    commit(git)
    assert "the shell body" in mlp("diff", "main...side").out
    assert "half" not in mlp("diff", "main...side").out.replace("`half`", "")
    assert "callers read the output" in mlp("diff", "main..side").out


def test_files_and_folders_limit_what_is_compared(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    write(tmp_path, "other/other.mlp", STEPS.replace('"counting:count"', '"more:count"'))
    write(tmp_path, "other/more.py", PYTHON)
    commit(git)
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    edit(tmp_path, "other/other.mlp", "n / 2", "n / 3")
    assert mlp("diff", "HEAD", "other").out.startswith("other/other.mlp: main: semantic")
    assert mlp("diff", "HEAD", "HEAD", "other/other.mlp").out.endswith("is the same\n" + UNSEEN)
    both = mlp("diff", "HEAD").out
    assert both.index("other/other.mlp") < both.index("\nwork.mlp: main")
    assert both.endswith("2 pipelines: 2 semantic; 2 of 4 steps re-run\n")


UNSEEN = "  not compared what `other/rows.csv` holds\n"


def test_from_a_folder_below_the_top(
    mlp: Mlp, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "other/other.mlp", STEPS.replace('"counting:count"', '"more:count"'))
    write(tmp_path, "other/more.py", PYTHON)
    commit(git)
    edit(tmp_path, "other/other.mlp", "n / 2", "n / 3")
    monkeypatch.chdir(tmp_path / "other")
    assert mlp("diff", "HEAD", "other.mlp").out.startswith("other/other.mlp: main: semantic")


def test_files_come_go_and_get_other_names(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    git("mv", "work.mlp", "halves.mlp")
    commit(git)
    assert mlp("diff", "HEAD~1", "HEAD").out == "work.mlp → halves.mlp: main is the same\n"
    git("rm", "-q", "halves.mlp")
    commit(git)
    assert mlp("diff", "HEAD~1", "HEAD").out == "halves.mlp: main is gone\n"
    assert mlp("diff", "HEAD", "HEAD~1").out == "halves.mlp: main is new\n"
    assert mlp("diff", "HEAD~1", "HEAD", "--fail-on", "breaking").code == 1


def test_data_that_git_does_not_keep(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    git("rm", "-q", "--cached", "rows.csv")
    write(tmp_path, ".gitignore", "*.csv\n.millpond/\n")
    commit(git)
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    answer = mlp("diff", "HEAD")
    assert answer.code == 0
    assert "  not compared what `rows.csv` holds\n" in answer.out
    assert "counted" not in answer.out


def test_data_under_version_control_counts_by_content(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    git("mv", "rows.csv", "table.csv")
    edit(tmp_path, "work.mlp", "rows.csv", "table.csv")
    commit(git)
    assert "re-runs nothing" in mlp("diff", "HEAD~1", "HEAD").out
    write(tmp_path, "table.csv", "c\n")
    assert "what `table.csv`, the default of `rows`, holds changed" in mlp("diff", "HEAD").out


def test_a_pointer_to_a_large_file_is_not_its_content(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 4\n"
    write(tmp_path, "rows.csv", pointer % ("0" * 64))
    commit(git)
    write(tmp_path, "rows.csv", pointer % ("1" * 64))
    commit(git)
    answer = mlp("diff", "HEAD~1", "HEAD", "work.mlp")
    assert answer.out == "work.mlp: main is the same\n  not compared what `rows.csv` holds\n"


def test_errors_of_the_later_side_are_shown(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    edit(tmp_path, "work.mlp", "n = counted.n", "n = counted.k")
    commit(git)
    answer = mlp("diff", "HEAD~1", "HEAD")
    assert answer.code == 1
    assert answer.out == "work.mlp: HEAD has 1 error, so there is nothing to compare\n"
    assert "error[MLP0204]" in answer.err
    assert "--> HEAD:work.mlp:13:29" in answer.err
    found = mlp("diff", "HEAD~1", "HEAD", "--format", "json").json
    [refused] = found["files"][0]["refused"]
    assert (refused["side"], refused["name"]) == ("b", "HEAD")
    assert refused["diagnostics"][0]["file"] == "HEAD:work.mlp"
    back = mlp("diff", "HEAD", "HEAD~1")
    assert back.code == 0, "a file may be mended"
    assert "HEAD has 1 error" in back.out
    assert "error[MLP0204]" in back.out
    assert mlp("diff", "HEAD", "HEAD~1", "--fail-on", "semantic").code == 1


@pytest.mark.parametrize(
    ("was", "now", "reach"),
    [
        ("edition 2026\n", "edition 2026\n# hello\n", "cosmetic"),
        (
            'run python "counting:count"',
            'run python "counting:count"\n  timeout = 5m',
            "operational",
        ),
        ("  output n", "  again = half(n = 7)\n  output n", "additive"),
        ("n / 2", "n / 4", "semantic"),
        ("output n =", "output m = counted.n\n  output k =", "breaking"),
    ],
)
def test_fail_on(mlp: Mlp, git: Git, tmp_path: Path, was: str, now: str, reach: str) -> None:
    edit(tmp_path, "work.mlp", was, now)
    order = ["cosmetic", "operational", "additive", "semantic"]
    codes = [mlp("diff", "HEAD", "--fail-on", least).code for least in (*order, "breaking")]
    upto = len(order) if reach == "breaking" else order.index(reach) + 1
    assert codes == [1] * upto + [0] * (4 - upto) + [int(reach == "breaking")]
    assert mlp("diff", "HEAD").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere",), "git knows no revision `nowhere`"),
        (("--", "--output=x"), "git knows no revision `--output=x`"),
        (("main", "gone.mlp"), "neither side has a file `gone.mlp`"),
        (("main", "wrok.mlp"), "did you mean `work.mlp`?"),
        (("main", "main", "../elsewhere.mlp"), "lies outside of the repository"),
        (("work.mlp", "gone.mlp"), "there is no file `gone.mlp`"),
        (("main:work.mlp",), "git knows no revision `main:work.mlp`"),
        (("main^{tree}",), "git knows no revision"),
        (("main\n",), "git knows no revision"),
        (("",), "git knows no revision"),
        ((), "required"),
    ],
)
def test_words_that_name_nothing(mlp: Mlp, git: Git, words: tuple[str, ...], says: str) -> None:
    answer = mlp("diff", *words)
    assert answer.code == 2, answer.err
    assert says in answer.err
    assert not Path("x").exists()


def test_a_folder_and_a_revision_of_one_name(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    answer = mlp("diff", "HEAD", "main")
    assert answer.code == 2
    assert "`main` is a folder and a revision; write `./main` or `refs/heads/main`" in answer.err
    assert mlp("diff", "refs/heads/main", "HEAD").code == 0


def test_files_of_steps_alone(mlp: Mlp, tmp_path: Path) -> None:
    for name in ("one.mlp", "two.mlp"):
        text = f'edition 2026\nstep s() -> (n: Int) {{ run shell "echo {name} > $n" }}\n'
        (tmp_path / name).write_text(text)
    found = mlp("diff", "one.mlp", "two.mlp")
    assert found.code == 0
    says = "neither side has a pipeline; steps are compared where a pipeline calls them\n"
    assert found.out == says


def test_without_a_repository(mlp: Mlp, tmp_path: Path) -> None:
    write(tmp_path, "work.mlp", STEPS)
    write(tmp_path, "counting.py", PYTHON)
    answer = mlp("diff", "main")
    assert (answer.code, "nothing here is under git" in answer.err) == (2, True)
    assert mlp("diff", "work.mlp").code == 2
    write(tmp_path, "new/work.mlp", STEPS.replace("n / 2", "n / 3"))
    write(tmp_path, "new/counting.py", PYTHON)
    assert "the shell body of `half`" in mlp("diff", "work.mlp", "new/work.mlp").out


def test_nothing_of_a_revision_runs(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    """Hooks, filters, text conversions, monitors: what a checkout or a `git diff` would run."""
    trap = tmp_path / "trapped"
    script = tmp_path / "trap.sh"
    script.write_text(f'#!/bin/sh\ntouch "{trap}"\ncat\n', "utf-8")
    script.chmod(0o755)
    hooks = tmp_path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in (
        "post-checkout",
        "fsmonitor-watchman",
        "post-index-change",
        "reference-transaction",
    ):
        (hooks / name).write_text(script.read_text("utf-8"), "utf-8")
        (hooks / name).chmod(0o755)
    write(
        tmp_path,
        ".gitattributes",
        "* filter=trap diff=trap export-subst ident\n",
    )
    git("-c", "core.hooksPath=/dev/null", "add", "-A")
    git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "trap")
    for name in ("filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "diff.external"):
        git("config", name, str(script))
    git("config", "core.fsmonitor", str(script))
    git("config", "core.pager", str(script))
    git("config", "alias.ls-tree", f"!{script}")
    trap.unlink(missing_ok=True)
    answer = mlp("diff", "HEAD~1", "HEAD")
    assert answer.code == 0, answer.err
    assert mlp("diff", "HEAD").code == 0
    assert not trap.exists()


def test_bodies_are_read_and_never_run(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    edit(
        tmp_path,
        "counting.py",
        "from pathlib",
        f'open({str(tmp_path / "ran")!r}, "w")\nfrom pathlib',
    )
    commit(git)
    assert mlp("diff", "HEAD~1", "HEAD").code == 0
    assert not (tmp_path / "ran").exists()


def test_links_do_not_leave_the_revision(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    write(outside, "secret.mlp", STEPS)
    os.symlink(outside, tmp_path / "away")
    os.symlink("/etc/passwd", tmp_path / "passwd.csv")
    os.symlink("loop", tmp_path / "loop")
    os.symlink("rows.csv", tmp_path / "same.csv")
    edit(tmp_path, "work.mlp", '"rows.csv"', '"passwd.csv"')
    commit(git)
    answer = mlp("diff", "HEAD~1", "HEAD")
    assert answer.code == 0
    assert "`passwd.csv` is left out" in answer.err
    assert "`away` is left out" in answer.err
    assert "what `passwd.csv` holds" in answer.out
    edit(tmp_path, "work.mlp", '"passwd.csv"', '"same.csv"')
    commit(git)
    assert "re-runs nothing" in mlp("diff", "HEAD~2", "HEAD").out, "an inner link is its file"


def test_a_tree_that_no_git_would_check_out(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    blob = git("rev-parse", "HEAD:rows.csv")
    rows = f"100644 blob {blob}\t..\n100644 blob {blob}\t.git\n".encode()
    made = subprocess.run(
        ["git", "mktree"], input=rows, cwd=tmp_path, check=True, capture_output=True
    )
    inner = made.stdout.decode().strip()
    top = git("ls-tree", "HEAD").encode() + f"\n040000 tree {inner}\tdeep\n".encode()
    tree = subprocess.run(
        ["git", "mktree"], input=top, cwd=tmp_path, check=True, capture_output=True
    )
    hostile = git("commit-tree", tree.stdout.decode().strip(), "-p", "HEAD", "-m", "hostile")
    answer = mlp("diff", "HEAD", hostile)
    assert answer.code == 0, answer.err
    assert "`deep/..` is left out" in answer.err
    assert "`deep/.git` is left out" in answer.err


HOSTILE = "a `b` <img src=x onerror=alert(1)> | @ann #1 [x](www.e.org) **c** \u202e\x1b[31m.mlp"


def test_names_make_neither_markup_nor_colours(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    write(tmp_path, HOSTILE, STEPS.replace("(n: Int) -> (m", '(n: Int, s: String = "x") -> (m'))
    commit(git)
    edit(tmp_path, HOSTILE, 's: String = "x"', 's: String = "<b>|`@ann` http://e.org</code>"')
    edit(tmp_path, HOSTILE, "n / 2", "n / 3")
    text = mlp("diff", "HEAD")
    assert text.code == 0, text.err
    assert "\x1b" not in text.out
    assert "\u202e" not in text.out
    shown = mlp("diff", "HEAD", "--format", "markdown").out
    _inert(shown)
    assert "&#60;b&#62;&#124;&#96;&#64;ann&#96;" in shown
    found = mlp("diff", "HEAD", "--format", "json").json
    assert found["files"][0]["file"] == HOSTILE


def _inert(markdown: str) -> None:
    """All that comes from the user stands in `<code>` and holds letters and numbers of signs."""
    for inner in re.findall(r"<code>(.*?)</code>", markdown):
        assert re.fullmatch(r"(?:[A-Za-z0-9 ]|&#\d+;)*", inner)
    rest = re.sub(r"<code>.*?</code>", "", markdown)
    assert not re.search(r"@|https?:|`|\[|<(?!/?(?:details|summary)>|!-- mlp diff -->)", rest)


def test_the_comment_for_a_pull_request(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    assert mlp("diff", "HEAD", "--format", "markdown").out == (
        "<!-- mlp diff -->\n### Pipelines: nothing changes\n\n"
        "<code>HEAD</code> → <code>the work tree</code>\n\n1 pipeline compared.\n"
    )
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    edit(tmp_path, "work.mlp", "output n", "output half")
    shown = mlp("diff", "HEAD", "--format", "markdown").out
    _inert(shown)
    assert shown.startswith("<!-- mlp diff -->\n### Pipelines: this breaks callers\n")
    assert (
        "| pipeline | change | runs again | may run again | targets |\n|---|---|---|---|---|\n"
        in shown
    )
    file = "<code>work&#46;mlp</code> <code>main</code>"
    assert f"| {file} | **breaks callers, semantic** | <code>halved</code> |  |  |" in shown
    assert shown.count("<details>") == shown.count("</details>") == 1


def test_the_object(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    edit(tmp_path, "work.mlp", "halved = half(", "result = half(")
    edit(tmp_path, "work.mlp", "halved.m", "result.m")
    found = mlp("diff", "HEAD", "--format", "json").json
    assert set(found) == {"version", "a", "b", "files", "totals"}
    assert found["a"] == {"name": "HEAD", "kind": "revision", "commit": git("rev-parse", "HEAD")}
    assert found["b"] == {"name": "the work tree", "kind": "work tree", "commit": None}
    [file] = found["files"]
    assert set(file) == {"file", "was", "same", "pipelines", "added", "removed", "refused"}
    [one] = file["pipelines"]
    assert set(one) == {
        "name", "was", "category", "breaking", "changes", "renames", "steps", "reruns", "targets",
        "not_compared",
    }  # fmt: skip
    assert one["renames"] == [{"kind": "node", "was": "halved", "now": "result"}]
    assert one["reruns"] == [{"id": "result", "state": "run", "new": False, "text": "changed"}]
    [change] = one["changes"]
    assert set(change) == {
        "category", "breaking", "part", "text", "was", "now", "nodes", "targets", "file", "span",
    }  # fmt: skip
    assert change["file"] == "work.mlp"
    assert change["span"]["start"] == {"line": 8, "column": 1}
    assert found["totals"] == {
        "cosmetic": 0, "operational": 0, "additive": 0, "semantic": 1, "breaking": 0, "steps": 2,
        "run": 1, "depends": 0,
    }  # fmt: skip


def test_values_for_parameters(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    edit(tmp_path, "work.mlp", "least: Int = 1) {\n  counted", "least: Int = 3) {\n  counted")
    assert "counted" in mlp("diff", "HEAD").out
    said = mlp("diff", "HEAD", "least=5").out
    assert "the default of `least` changed from 1 to 3" in said
    assert "re-runs nothing" in said
    wrong = mlp("diff", "HEAD", "leats=5")
    assert (wrong.code, "leats" in wrong.err) == (2, True)


def test_nothing_is_left_behind(
    mlp: Mlp, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path.parent / f"{tmp_path.name}-scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    edit(tmp_path, "work.mlp", "n / 2", "n / 3")
    before = git("status", "--porcelain")
    assert mlp("diff", "HEAD").code == 0
    assert mlp("diff", "HEAD", "nope.mlp").code == 2
    assert list(scratch.iterdir()) == []
    assert git("status", "--porcelain") == before
    assert not (tmp_path / ".millpond").exists()


def test_help_shows_examples(mlp: Mlp) -> None:
    answer: Answer = mlp("diff", "--help")
    assert answer.code == 0
    assert "mlp diff main pipelines/churn.mlp" in answer.out
    assert json.dumps(answer.out)


def test_data_that_only_one_side_has_is_compared_on_neither(
    mlp: Mlp, git: Git, tmp_path: Path
) -> None:
    write(
        tmp_path, "rows.csv", f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\n"
    )
    commit(git)
    write(tmp_path, "rows.csv", "what the pointer stands for\n")
    answer = mlp("diff", "HEAD", "work.mlp")
    assert answer.out == "work.mlp: main is the same\n  not compared what `rows.csv` holds\n"


def test_of_a_folder_what_git_keeps_counts(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    write(tmp_path, "days/1.csv", "a\n")
    write(tmp_path, ".gitignore", "*.log\n")
    edit(tmp_path, "work.mlp", "rows: File", "rows: Dir")
    edit(tmp_path, "work.mlp", 'file("rows.csv")', 'file("days")')
    commit(git)
    write(tmp_path, "days/x.log", "noise\n")
    assert mlp("diff", "HEAD", "work.mlp").out == "work.mlp: main is the same\n"
    write(tmp_path, "days/1.csv", "b\n")
    assert "what `days`, the default of `rows`, holds changed" in mlp("diff", "HEAD").out


def test_a_file_moves_with_its_project(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    for name in ("work.mlp", "counting.py", "rows.csv"):
        write(tmp_path, f"old/{name}", (tmp_path / name).read_text("utf-8"))
    commit(git)
    git("mv", "old", "new")
    edit(tmp_path, "new/work.mlp", "n / 2", "n / 3")
    commit(git)
    answer = mlp("diff", "HEAD~1", "HEAD", "new/work.mlp")
    assert answer.out.startswith("old/work.mlp → new/work.mlp: main: semantic\n")
    assert "re-runs      1 of 2 steps: halved" in answer.out
