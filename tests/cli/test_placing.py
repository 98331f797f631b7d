"""What a plan for a cloud target says beside its steps: helpers, machines, and what cannot be."""

from __future__ import annotations

from pathlib import Path

from millpond.compiler.driver.build import build, plan_of
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.driver.placing import Added, Placed, placed
from millpond.compiler.plan import NoResults
from millpond.face.api import TARGETS

PROGRAM = """\
edition 2026

step load(n: Int) -> (rows: File) { run shell "seq $n > $rows" }
step fit(rows: File, label: String) -> (auc: Float) {
  run shell "echo 1 > $auc"
  resources { cpu = 4, memory = 30GB }
}

pipeline main(n: Int = 5) {
  loaded = load(n = n)
  fitted = fit(rows = loaded.rows, label = f"n{n + 1}")
  expect fitted.auc > 0.5
  after_all = load(n = n + 2)
  WHEN
  output auc = fitted.auc
}

target cluster: argo { artifacts = "s3://pond/a" defaults { environment { image = "IMAGE" } } }
target prod: sagemaker {
  role = "arn:aws:iam::123456789012:role/pipelines"
  artifacts = "s3://pond/b"
  defaults { environment { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/IMAGE" } }
}
target bare: argo { }
"""
WHEN = "when fitted.auc > 0.9 { load(n = 7) }"


def placed_on(folder: Path, target: str, when: str = "") -> Placed:
    file = folder / "main.mlp"
    text = PROGRAM.replace("WHEN", when).replace("IMAGE", f"acme/fit@sha256:{'0' * 64}")
    file.write_text(text, "utf-8")
    checked = front(file, TARGETS)
    chosen = choose(checked, TARGETS, None, target)
    values = given_values(checked, chosen, {}, complete=True)
    built = build(checked, chosen, values, frozen=True)
    found = placed(checked, built, plan_of(built, NoResults()), TARGETS)
    assert not checked.report.has_errors, "what a target refuses does not refuse the plan"
    return found


def test_the_jobs_that_a_target_adds_are_told(tmp_path: Path) -> None:
    found = placed_on(tmp_path, "cluster")
    assert Added("entry", "checks the parameters") in found.added
    assert Added("outputs", "gathers the outputs") in found.added
    assert {job.id for job in found.added}.isdisjoint({"loaded", "fitted", "expect_1"})
    assert (found.machines, found.refused) == ({}, ())


def test_the_machines_that_were_chosen_are_told(tmp_path: Path) -> None:
    found = placed_on(tmp_path, "prod")
    assert found.machines["fitted"] == "ml.r5.xlarge"
    assert found.machines["expect_1"] == "ml.t3.medium"
    assert found.refused == ()


def test_what_the_target_cannot_take_is_told_where_it_stands(tmp_path: Path) -> None:
    found = placed_on(tmp_path, "cluster", WHEN)
    assert [d.message for d in found.refused] == ["not built yet for Argo: branches"]
    assert found.added == ()
    assert [d.code for d in placed_on(tmp_path, "bare").refused] == ["MLP0909"]


def test_of_a_local_target_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert placed_on(tmp_path, "local", WHEN) == Placed()
