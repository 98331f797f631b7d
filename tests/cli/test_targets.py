"""Which target a command takes, and who has the last word about parameters and settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cli.conftest import HELLO, Mlp

from millpond.compiler.contract.feature import Feature

CLOUD = 'target {name}: {kind} {{ artifacts = "s3://bucket/x" {more} }}\n'


def target_of(mlp: Mlp, *words: str) -> str:
    answer = mlp("plan", "hello.mlp", "--format", "json", *words)
    assert answer.code == 0, answer.err
    found: str = answer.json["target"]
    return found


@pytest.mark.parametrize(
    ("blocks", "words", "chosen"),
    [
        ("", (), "local"),
        ("target laptop: local {}\n", (), "laptop"),
        ("target a: local {}\ntarget b: local {}\n", (), "local"),
        ("target a: local {}\ntarget b: local {}\n", ("--target", "b"), "b"),
        ("target laptop: local {}\n", ("--target", "local"), "local"),
        ("target local {}\n", (), "local"),
        ("target laptop: local {}\n", ("--target", "laptop"), "laptop"),
    ],
)
def test_the_target_that_is_meant(
    mlp: Mlp, hello: Path, blocks: str, words: tuple[str, ...], chosen: str
) -> None:
    hello.write_text(HELLO + blocks, "utf-8")
    assert target_of(mlp, *words) == chosen


def test_a_block_hides_the_kind_of_its_name(mlp: Mlp, hello: Path) -> None:
    hello.write_text(HELLO + CLOUD.format(name="argo", kind="kubeflow", more=""), "utf-8")
    answer = mlp("compile", "hello.mlp", "--target", "argo", "-o", "out", "--format", "json")
    assert answer.code == 0, answer.err
    assert (answer.json["target"], answer.json["kind"]) == ("argo", "kubeflow")


@pytest.mark.parametrize("command", ["plan", "run", "compile"])
def test_an_unknown_target_lists_those_that_there_are(mlp: Mlp, hello: Path, command: str) -> None:
    hello.write_text(HELLO + CLOUD.format(name="staging", kind="argo", more=""), "utf-8")
    more = ["-o", "out"] if command == "compile" else []
    answer = mlp(command, "hello.mlp", "--target", "stagging", *more)
    assert (answer.code, answer.out) == (2, "")
    for word in ("`stagging`", "`staging`", "`local`", "`argo`", "`kubeflow`", "`sagemaker`"):
        assert word in answer.err


def test_only_local_targets_run(mlp: Mlp, hello: Path) -> None:
    hello.write_text(HELLO + CLOUD.format(name="staging", kind="argo", more=""), "utf-8")
    for target in ("staging", "kubeflow"):
        answer = mlp("run", "hello.mlp", "--target", target)
        assert (answer.code, answer.out) == (2, "")
        assert f"mlp compile hello.mlp --target {target} -o out/{target}" in answer.err


def test_the_pipeline_must_be_named_where_there_are_several(mlp: Mlp, hello: Path) -> None:
    second = HELLO[HELLO.index("pipeline") :].replace("pipeline hello", "pipeline bye")
    hello.write_text(f"{HELLO}\n{second}", "utf-8")
    for command in ("plan", "run", "graph"):
        answer = mlp(command, "hello.mlp")
        assert (answer.code, answer.out) == (2, "")
        assert "`hello` or `bye`" in answer.err
    assert mlp("plan", "hello.mlp", "--pipeline", "bye").code == 0
    answer = mlp("plan", "hello.mlp", "--pipeline", "by")
    assert (answer.code, answer.out) == (2, "")
    assert "`hello`, `bye`" in answer.err


@pytest.mark.parametrize(
    ("target", "words", "name"),
    [
        ("", (), "world"),
        ('target t: local { params { name = "target" } }\n', (), "target"),
        ('target t: local { params { name = "target" } }\n', ("name=line",), "line"),
        ('target t: local { params { name = "target" } }\n', ("--target", "local"), "world"),
    ],
)
def test_command_line_before_target_before_default(
    mlp: Mlp, hello: Path, target: str, words: tuple[str, ...], name: str
) -> None:
    hello.write_text(HELLO + target, "utf-8")
    answer = mlp("plan", "hello.mlp", "--format", "json", *words)
    assert answer.json["parameters"] == {"name": name}
    answer = mlp("run", "hello.mlp", "--format", "json", *words)
    assert answer.json["outputs"]["message"] == f"Hello, {name}."


# What the engine allows beyond the time of all attempts.
MARGIN = 300

SETTINGS = """\
edition 2026

step work(n: Int) -> (m: Int) {{
  run shell "echo $n > $m"
  {step}
}}

pipeline main(n: Int = 1) {{
  first = work(n = n) {call}
  second = work(n = first.m)
  output m = second.m
}}

target t: argo {{
  artifacts = "s3://bucket/x"
  {defaults}
  {override}
}}
"""


def minutes_of(mlp: Mlp, folder: Path, **written: str) -> list[int]:
    """The timeouts of both nodes, as the launchers are told."""
    parts = {"step": "", "call": "", "defaults": "", "override": "", **written}
    (folder / "x.mlp").write_text(SETTINGS.format(**parts), "utf-8")
    answer = mlp("compile", "x.mlp", "--target", "t", "-o", "out", "--format", "json")
    assert answer.code == 0, answer.err + answer.out
    document = yaml.safe_load((folder / "out" / "workflowtemplate.yaml").read_text("utf-8"))
    templates = {template["name"]: template for template in document["spec"]["templates"]}
    tasks = {task["name"]: task["template"] for task in templates["main"]["dag"]["tasks"]}
    deadlines = [templates[tasks[name]]["activeDeadlineSeconds"] for name in ("first", "second")]
    return [(int(seconds) - MARGIN) // 60 for seconds in deadlines]


DEFAULTS = "defaults { timeout = 1m }"
STEP = "timeout = 2m"
CALL = "with (timeout = 3m)"
OVERRIDE = "override first { timeout = 4m }"


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ({"defaults": DEFAULTS}, [1, 1]),
        ({"defaults": DEFAULTS, "step": STEP}, [2, 2]),
        ({"defaults": DEFAULTS, "step": STEP, "call": CALL}, [3, 2]),
        ({"defaults": DEFAULTS, "step": STEP, "call": CALL, "override": OVERRIDE}, [4, 2]),
        ({"step": STEP, "override": "override work { timeout = 5m }"}, [5, 5]),
        ({"step": STEP, "override": "override step.work { timeout = 5m }"}, [5, 5]),
        ({"step": STEP, "override": "override node.second { timeout = 5m }"}, [2, 5]),
    ],
)
def test_override_before_call_before_step_before_defaults(
    mlp: Mlp, tmp_path: Path, written: dict[str, str], minutes: list[int]
) -> None:
    assert minutes_of(mlp, tmp_path, **written) == minutes


def test_the_table_of_targets_is_total(mlp: Mlp) -> None:
    answer = mlp("targets", "--format", "json")
    tables = answer.json["targets"]
    assert list(tables) == ["local", "argo", "kubeflow", "sagemaker"]
    for table in tables.values():
        assert list(table) == [feature.value for feature in Feature]
        for cell in table.values():
            assert set(cell) == {"support", "note"}
            assert cell["support"] in ("native", "lowered", "later", "no")
            assert cell["support"] in ("native",) or cell["note"]
    text = mlp("targets").out
    assert all(f"\n{feature.value} " in text for feature in Feature)
    assert json.loads(answer.out) == mlp("targets", "--format", "json").json
