"""The standard modules as a pipeline uses them: they check, they type, and they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.face import api

STDLIB = Path(__file__).resolve().parents[2] / "stdlib"
MODULES = sorted(STDLIB.rglob("*.mlp"))


def said(tmp_path: Path, text: str) -> list[str]:
    """What `mlp check` says of a file."""
    file = tmp_path / "p.mlp"
    file.write_text("edition 2026\n" + text)
    return [f"{d.code} {d.message}" for d in api.check(file)]


def test_there_are_modules() -> None:
    names = {path.relative_to(STDLIB).with_suffix("").as_posix() for path in MODULES}
    assert names == {
        "data",
        "deploy",
        "monitor",
        "notify",
        "notify/slack",
        "partition",
        "registry",
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_has_no_diagnostics(module: Path) -> None:
    assert api.check(module) == ()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_step_says_what_it_is_for(module: Path) -> None:
    lines = module.read_text(encoding="utf-8").splitlines()
    steps = [number for number, line in enumerate(lines) if line.startswith("step ")]
    assert steps
    assert all(lines[number - 1].startswith("## ") for number in steps)


def test_what_a_release_needs_is_typed(tmp_path: Path) -> None:
    text = """
use std.notify.slack
use std.registry
schema Quality { auc: Float }
step fit() -> (model: Model, metrics: Metrics[Quality]) { run shell "true" }
pipeline p() {
  fitted = fit()
  champion = registry.find(name = "m", stage = "production")
  release = when fitted.metrics.auc > (champion.metrics?.auc ?? 0.0) + 0.002 {
    made = registry.register(
      model = fitted.model, name = "m", stage = "production", metrics = fitted.metrics,
    )
    slack.post(channel = "#ml", text = f"v{made.version} is live")
    back = registry.promote(name = "m", version = made.version, stage = "staging")
    registry.alias(name = "m", version = back.previous ?? 1, alias = "before")
    yield made.version
  }
  output version: Int = release ?? champion.version ?? 0
}
"""
    assert said(tmp_path, text) == []


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ('registry.find(nam = "m")', "MLP0208"),
        ('registry.find(stage = "m")', "MLP0210"),
        ("registry.find(name = 3)", "MLP0301"),
        ("registry.fnd()", "MLP0203"),
    ],
)
def test_a_wrong_call_is_told(tmp_path: Path, call: str, code: str) -> None:
    text = f"use std.registry\npipeline p() {{\n  x = {call}\n  output v = x.version ?? 0\n}}\n"
    assert [each.split()[0] for each in said(tmp_path, text)] == [code]


def test_what_may_be_missing_must_be_asked_for(tmp_path: Path) -> None:
    text = 'use std.registry\npipeline p() {\n  x = registry.find(name = "m")\n  output v = '
    assert said(tmp_path, text + "x.metrics.auc\n}\n")[0].startswith("MLP0305")
    assert said(tmp_path, text + 'f"v{x.version}"\n}\n')[0].startswith("MLP0305")
