"""Loops over known lists, decided branches and called pipelines run on engines that have none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conformance.here import ARTIFACTS, TARGETS, mlp
from conformance.test_extracted_runs import DOCUMENTS, RUNNERS, _node, _outputs
from conformance.test_golden import CLOUDS

PROGRAM = """\
edition 2026

step seed(n: Int) -> (rows: File, count: Int) {
  run shell "seq $n > $rows; echo $n > $count"
}
step scale(rows: File, factor: Int) -> (scaled: File, last: Int) {
  run shell \"\"\"
    awk -v factor=$factor '{ print $1 * factor }' "$rows" > "$scaled"
    tail -n 1 "$scaled" > "$last"
  \"\"\"
}
step join(parts: List[File], lasts: List[Int]) -> (all: File, total: Int) {
  run shell \"\"\"
    cat $(echo "$parts" | tr -d '[],"') > $all
    echo "$lasts" | tr -d '[]' | tr , '+' > $total.sum
    echo $(($(cat $total.sum))) > $total
    \"\"\"
}

deep = true

pipeline twice(rows: File, factor: Int) {
  once = scale(rows = rows, factor = factor)
  again = scale(rows = once.scaled, factor = factor)
  output rows = again.scaled
  output last = again.last
}

pipeline main(n: Int = 4) {
  made = seed(n = n)
  trials = for factor in [2, 3, 5] with (max_parallel = 2) {
    m = scale(rows = made.rows, factor = factor)
    expect m.last > 0
    inner = for more in [7, 11] {
      deeper = scale(rows = m.scaled, factor = more)
      yield deeper.last
    }
    yield { rows = m.scaled, last = m.last, best = max(inner) }
  }
  called = twice(rows = made.rows, factor = 10)
  extra = when deep {
    bonus = scale(rows = called.rows, factor = 1)
    yield bonus.last
  } else {
    yield 0
  }
  all = join(parts = trials[*].rows, lasts = trials[*].best)
  output total = all.total
  output lasts = trials[*].last
  output called = called.last
  output extra = extra
}
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """The program's folder, and what `mlp run` says of it there."""
    folder = tmp_path_factory.mktemp("loops")
    (folder / "loops.mlp").write_text(PROGRAM + "".join(CLOUDS.values()), "utf-8")
    done = mlp("run", "loops.mlp", "--pipeline", "main", "--format", "json", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, json.loads(done.stdout)


def test_here_it_comes_to_what_it_says(here: tuple[Path, dict[str, object]]) -> None:
    outputs = here[1]["outputs"]
    assert outputs == {"total": 440, "lasts": [8, 12, 20], "called": 400, "extra": 400}


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_there_it_comes_to_the_same(
    kind: str, here: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, said = here
    target = TARGETS[kind]
    out, artifacts = tmp_path / "out", tmp_path / "artifacts"
    words = ("--pipeline", "main", "--target", target, "-o", str(out), "--validate")
    done = mlp("compile", "loops.mlp", *words, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    artifacts.mkdir()
    shutil.copytree(out / "code", artifacts / "code")
    results = RUNNERS[kind](
        (out / DOCUMENTS[kind]).read_text(),
        artifacts_url=ARTIFACTS[target],
        artifacts_folder=artifacts,
        scratch=tmp_path / "scratch",
        parameters={},
    )
    found = {_node(task): _outputs(artifacts, result) for task, result in results.items()}
    nodes = said["nodes"]
    assert isinstance(nodes, list)
    for node in nodes:
        if node["kind"] == "task":
            digests = {n: e["digest"] for n, e in found[_node(node["id"])].items()}
            assert digests == node["outputs"], node["id"]
    (values,) = (outputs for outputs in found.values() if "called" in outputs)
    assert {name: entry["value"] for name, entry in values.items()} == said["outputs"]
