"""Emitted commands really run: arguments arrive exactly as bound, in dependency order."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from argo.pipelines import digest, everything, flights, helper, parameter, pipeline, task
from argo.run_emitted import ContainerFailedError, expand, run_workflow, substitute

from millpond.backends.argo import TARGET
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, JobKind, Pipeline
from millpond.compiler.ir.settings import SecretRef
from millpond.compiler.types.types import STRING, Optional

# Says what it was given, and gives a digest of that as its result.
PROGRAM = """
import hashlib, json, os, pathlib, sys
arguments, single, words = {}, {}, iter(sys.argv[1:])
for word in words:
    if word == "--arg":
        name = next(words)
        arguments[name] = next(words)
    elif word.startswith("--more="):
        arguments[name] += word.removeprefix("--more=")
    else:
        single[word] = next(words)
if "boom" in arguments:
    sys.exit("the step broke")
said = {"arguments": arguments, "helper": single.get("--helper"), "node": single["--node"],
        "run": single["--run"], "token": os.environ.get("TOKEN")}
text = json.dumps(said, sort_keys=True)
result = hashlib.sha256(text.encode()).hexdigest()
store = pathlib.Path(single["--store"].removeprefix("file://"))
(store / "said").mkdir(exist_ok=True)
(store / "said" / result).write_text(text)
path = pathlib.Path(single["--result"])
path.parent.mkdir(parents=True)
path.write_text(result)
"""


def _run(
    made: Pipeline,
    folder: Path,
    parameters: dict[str, str] | None = None,
    secrets: dict[str, dict[str, str]] | None = None,
) -> dict[str, dict[str, object]]:
    """What every task was given, by its name."""
    emission, problems = TARGET.emit(made)
    assert emission is not None, problems
    bucket, scratch = folder / "bucket", folder / "scratch"
    (bucket / "code").mkdir(parents=True)
    for job in made.jobs:
        with zipfile.ZipFile(bucket / "code" / f"{job.bundle}.zip", "w") as archive:
            archive.writestr("__main__.py", PROGRAM)
    results = run_workflow(
        emission.files["workflowtemplate.yaml"].decode(),
        artifacts_url=made.artifacts,
        artifacts_folder=bucket,
        scratch=scratch,
        parameters=parameters or {},
        secrets=secrets,
    )
    return {
        name: json.loads((bucket / "said" / result).read_text()) | {"result": result}
        for name, result in results.items()
    }


def test_results_travel_along_the_edges(tmp_path: Path) -> None:
    said = _run(flights(), tmp_path, {"min_auc": "0.7"})
    assert list(said) == [
        "entry", "raw", "never-left", "cleaned", "parts", "fitted", "score", "expect-1",
        "summary", "outputs",
    ]  # fmt: skip
    assert said["fitted"]["arguments"] == {
        "train": f"@{said['parts']['result']}#train",
        "learning_rate": "=0.1",
        "rounds": "=100",
    }
    assert said["expect-1"]["arguments"] == {
        "score.metrics": f"@{said['score']['result']}#metrics",
        "min_auc": "=0.7",
    }
    assert said["expect-1"]["helper"] == "expect_1"
    assert said["fitted"]["helper"] is None
    assert said["fitted"]["node"] == "fitted"
    assert said["fitted"]["run"] == said["outputs"]["run"]


NASTY = [
    "{{day}}", "{{=workflow.name}}", "{{{a}}}", "{{", "}}", "$(TOKEN)", "$$", "$5", "$", "a\nb",
    "\"'\\", "ü 😀", "", " x ", "--arg", "@x#y", "=", "~", "{{inputs.parameters.a}}", "a{{b",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(NASTY)))
def test_constants_arrive_as_they_are(number: int, tmp_path: Path) -> None:
    text = f"={NASTY[number]}"
    job = replace(task("a", a=Constant(text)), secrets=(SecretRef("TOKEN", "T"),))
    said = _run(pipeline(job), tmp_path, secrets={"t": {"TOKEN": "secret"}})
    assert said["a"]["arguments"] == {"a": text}
    assert said["a"]["token"] == "secret"


@pytest.mark.parametrize("text", [t for t in NASTY if "{{" not in t])
def test_parameters_arrive_as_they_are(text: str, tmp_path: Path) -> None:
    made = pipeline(
        replace(task("a", a=FromParameter("p"), b=FromParameter("maybe")), secrets=()),
        parameters=(parameter("p", STRING), parameter("maybe", Optional(STRING), None)),
    )
    said = _run(made, tmp_path, {"p": text, "maybe": text})
    assert said["a"]["arguments"] == {"a": f"={text}", "b": f"={text}" if text else "~"}


def test_everything_runs(tmp_path: Path) -> None:
    made = replace(everything(), artifacts="s3://acme-artifacts/staging")
    secrets = {
        "hub": {"token": "hf"},
        "wandb-key": {"WANDB_KEY": "w"},
        "minio-credentials": {"accesskey": "a", "secretkey": "s"},
    }
    said = _run(made, tmp_path, secrets=secrets)
    given = said["load"]["arguments"]
    assert given == {
        "query": "=SELECT '{{day}}' || \"$x\" -- $(HOME) $$ {{{a}}}",
        "missing": "~",
        "many": '*["=1","=2"]',
    }
    assert said["fit-small"]["arguments"] == {
        "rows": f"@{said['load']['result']}#rows",
        "mode": "=on",
        "note": "=costs $5 and 'quotes' \"too\"",
        "weights": "=[0.1, 0.9]",
        "tag": "~",
    }


def test_a_step_that_fails_ends_the_run_with_its_log(tmp_path: Path) -> None:
    made = pipeline(task("a", boom=Constant("=1")), task("b", needs=("a",), x=FromJob("a", "x")))
    with pytest.raises(ContainerFailedError, match="the step broke") as failure:
        _run(made, tmp_path)
    assert failure.value.task == "a"


def test_helpers_of_one_bundle_are_told_apart(tmp_path: Path) -> None:
    made = pipeline(
        helper("g1", JobKind.GATE, (), {"x": Constant("=1")}),
        helper("g2", JobKind.GATE, ("g1",), {"x": Constant("=1")}),
    )
    said = _run(made, tmp_path)
    assert [said[name]["helper"] for name in said] == ["g1", "g2"]


def test_the_executor_itself_substitutes_and_expands() -> None:
    assert substitute({"a": "={{x}}"}, {"x": 'a"b\n'}) == {"a": '=a"b\n'}
    with pytest.raises(KeyError, match="failed to resolve"):
        substitute({"a": "{{tasks.b.outputs.parameters.result}}"}, {})
    assert expand("$(A) $(B) $$(A) $$$$ $x", {"A": "1"}) == "1 $(B) $(A) $$ $x"
    assert hashlib.sha256(b"helpers").hexdigest() == digest("helpers")
