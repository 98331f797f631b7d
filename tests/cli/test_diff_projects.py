"""`mlp diff` where the files around a pipeline change: modules that move, and `mlp.lock`."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Mlp
from cli.test_diff import Git, commit, edit, git, write

from millpond.compiler.lock import Lock, Resolved
from millpond.compiler.lock import write as lock_text
from millpond.compiler.passes.keys import PYTHON

__all__ = ["git"]

SHARED = """\
edition 2026

step tally(rows: File) -> (n: Int) { run shell "wc -l < $rows > $n" }
"""
MAIN = """\
edition 2026

use "shared/steps.mlp" as steps

step fit(n: Int) -> (model: File) {
  run shell "echo $n > $model"
  environment { image = "ghcr.io/acme/fit:1.4" }
}
step tell(n: Int) -> (text: String) {
  run shell "echo $n > $text"
  environment { packages = ["pandas>=2"] }
}

pipeline main(rows: File = file("rows.csv")) {
  counted = steps.tally(rows = rows)
  fitted = fit(n = counted.n)
  told = tell(n = counted.n)
  output model = fitted.model
}
"""


def project(folder: Path) -> None:
    write(folder, "mlp.toml", '[project]\nname = "p"\n')
    write(folder, "shared/steps.mlp", SHARED)
    write(folder, "work.mlp", MAIN)


def test_a_module_that_moved_is_renamed(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    project(tmp_path)
    commit(git)
    git("mv", "shared", "common")
    edit(tmp_path, "work.mlp", "shared", "common")
    answer = mlp("diff", "HEAD", "work.mlp")
    assert answer.out == (
        "work.mlp: main: renamed, re-runs nothing\n"
        "  renamed      file shared/steps.mlp → common/steps.mlp\n"
    )
    edit(tmp_path, "common/steps.mlp", "wc -l", "wc -c")
    assert mlp("diff", "HEAD", "work.mlp").out.splitlines()[1:4] == [
        "  semantic     counted: the shell body of `tally` changed from wc -l < $rows > $n to "
        "wc -c < $rows > $n   common/steps.mlp:3",
        "  renamed      file shared/steps.mlp → common/steps.mlp",
        "  re-runs      1 of 3 steps: counted",
    ]


def test_what_the_lock_pins_is_part_of_a_version(mlp: Mlp, git: Git, tmp_path: Path) -> None:
    def pinned(image: str, pandas: str) -> str:
        packages = ((f"pandas=={pandas}", (f"sha256:{'0' * 64}",)),)
        found = Resolved(PYTHON, ("pandas>=2",), packages)
        return lock_text(Lock({"ghcr.io/acme/fit:1.4": f"sha256:{image * 64}"}, (found,)))

    project(tmp_path)
    write(tmp_path, "mlp.lock", pinned("a", "2.1.0"))
    commit(git)
    write(tmp_path, "mlp.lock", pinned("a", "2.1.0") + "\n")
    assert mlp("diff", "HEAD", "work.mlp").out == "work.mlp: main is the same\n"
    write(tmp_path, "mlp.lock", pinned("b", "2.2.0"))
    lines = mlp("diff", "HEAD", "work.mlp").out.splitlines()
    assert lines[0] == "work.mlp: main: semantic"
    assert sorted(line.partition("   work.mlp:")[0].strip() for line in lines[1:3]) == [
        "semantic     fitted: the image changed from ghcr.io/acme/fit@sha256:aaaaaaaa… to "
        "ghcr.io/acme/fit@sha256:bbbbbbbb…",
        "told: `pandas` changed from 2.1.0 to 2.2.0",
    ]
    assert lines[3] == "  re-runs      2 of 3 steps: fitted and told"
    (tmp_path / "mlp.lock").unlink()
    lines = mlp("diff", "HEAD", "work.mlp").out.splitlines()
    assert "  re-runs      2 of 3 steps: fitted and told" in lines
