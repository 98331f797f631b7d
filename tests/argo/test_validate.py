"""Validation: every planted fault is found where it was planted, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from argo.pipelines import everything, flights

from millpond.backends.argo import TARGET
from millpond.backends.argo.depends import DependsError, Need, needs
from millpond.backends.argo.variables import variables
from millpond.backends.documents import to_yaml

TEMPLATE, RUN, CRON = "workflowtemplate.yaml", "workflow.yaml", "cronworkflow.yaml"
SHARED = Path(__file__).parents[3] / "shared"


def files(made: Callable[[], Any]) -> dict[str, bytes]:
    emission, _ = TARGET.emit(made())
    assert emission is not None
    return emission.files


def templates(document: Any) -> dict[str, Any]:
    return {template["name"]: template for template in document["spec"]["templates"]}


def tasks(document: Any) -> dict[str, Any]:
    return {task["name"]: task for task in templates(document)["main"]["dag"]["tasks"]}


def change(document: Any, path: str, value: object) -> None:
    """Set what is at a path such as `fit.container.image`, from a template's name on."""
    *before, last = path.split(".")
    part: Any = templates(document)
    for key in before:
        part = part[int(key)] if isinstance(part, list) else part[key]
    part[int(last) if isinstance(part, list) else last] = value


MEMOIZE = {"key": "x", "maxAge": "1h", "cache": {"configMap": {"name": "c"}}}
Planted = Callable[[Any], object]

# What is done to the flights pipeline's template, where it must be found, and in which words.
FAULTS: dict[str, tuple[Planted, str, str]] = {
    "unknown field of a spec": (
        lambda d: d["spec"].update(entrypoynt="main"),
        "spec.entrypoynt", "nobody knows a field called `entrypoynt`",
    ),
    "unknown field of a container": (
        lambda d: change(d, "fit.container.imagePullPolice", "Always"),
        "spec.templates[6].container.imagePullPolice", "nobody knows",
    ),
    "a field that we never write": (
        lambda d: change(d, "fit.memoize", MEMOIZE),
        "spec.templates[6].memoize", "extra inputs are not permitted",
    ),
    "a number where a text belongs": (
        lambda d: change(d, "fit.container.args.1", 7),
        "spec.templates[6].container.args[1]", "string",
    ),
    "no such entrypoint": (
        lambda d: d["spec"].update(entrypoint="start"),
        "spec.entrypoint", "no template called `start`",
    ),
    "two templates of one name": (
        lambda d: d["spec"]["templates"].append(templates(d)["fit"]),
        "spec.templates", "two are called `fit`",
    ),
    "a template's name that Argo refuses": (
        lambda d: change(d, "fit.name", "fit_model"),
        "spec.templates[6]", "cannot name a template",
    ),
    "parallelism on a container": (
        lambda d: change(d, "fit.parallelism", 3),
        "spec.templates[6].parallelism", "only dag and steps",
    ),
    "a deadline on the dag": (
        lambda d: change(d, "main.activeDeadlineSeconds", 60),
        "spec.templates[0].activeDeadlineSeconds", "only templates that run a pod",
    ),
    "no command": (
        lambda d: change(d, "fit.container.command", []),
        "spec.templates[6].container.command", "asks the registry",
    ),
    "a volume that nobody declares": (
        lambda d: change(d, "fit.container.volumeMounts", [{"name": "shm", "mountPath": "/x"}]),
        "spec.templates[6].container.volumeMounts", "no volume called `shm`",
    ),
    "a task's name that Argo refuses": (
        lambda d: tasks(d)["never-left"].update(name="7left"),
        "spec.templates[0].dag.tasks[2]", "`7left` cannot name a task",
    ),
    "a task that waits for nobody there": (
        lambda d: tasks(d)["fitted"].update(depends="part.Succeeded"),
        "spec.templates[0].dag.tasks[5].depends", "no task called `part`",
    ),
    "a state that no task reaches": (
        lambda d: tasks(d)["fitted"].update(depends="parts.Done"),
        "spec.templates[0].dag.tasks[5].depends", "no task is ever `Done`",
    ),
    "a state of loops, without a loop": (
        lambda d: tasks(d)["fitted"].update(depends="parts.AnySucceeded"),
        "spec.templates[0].dag.tasks[5].depends", "is for loops",
    ),
    "a depends that is no expression": (
        lambda d: tasks(d)["score"].update(depends="parts.Succeeded & fitted.Succeeded"),
        "spec.templates[0].dag.tasks[6].depends", "neither a task nor an operator",
    ),
    "a circle": (
        lambda d: tasks(d)["raw"].update(depends="outputs.Succeeded"),
        "spec.templates[0].dag.tasks", "raw",
    ),
    "a template that is not there": (
        lambda d: tasks(d)["fitted"].update(template="fitt"),
        "spec.templates[0].dag.tasks[5].template", "no template called `fitt`",
    ),
    "an argument too few": (
        lambda d: tasks(d)["fitted"]["arguments"]["parameters"].pop(),
        "spec.templates[0].dag.tasks[5].arguments", "`fit` also needs `rounds`",
    ),
    "an argument too many": (
        lambda d: tasks(d)["fitted"]["arguments"]["parameters"].append({"name": "x", "value": "1"}),
        "spec.templates[0].dag.tasks[5].arguments", "`fit` takes nothing called `x`",
    ),
    "an argument twice": (
        lambda d: tasks(d)["fitted"]["arguments"]["parameters"].append(
            {"name": "rounds", "value": "1"}
        ),
        "spec.templates[0].dag.tasks[5].arguments.parameters", "two are called `rounds`",
    ),
    "a parameter that the workflow does not have": (
        lambda d: tasks(d)["entry"]["arguments"]["parameters"][0].update(
            value="={{workflow.parameters.first_day}}"
        ),
        "spec.templates[0].dag.tasks[0].arguments.parameters[0].value",
        "nothing here is called `workflow.parameters.first_day`",
    ),
    "the same in an expression": (
        lambda d: tasks(d)["entry"]["arguments"]["parameters"][0].update(
            value="={{=replace(workflow.parameters.first_day, '$', '$$')}}"
        ),
        "spec.templates[0].dag.tasks[0].arguments.parameters[0].value",
        "nothing here is called `workflow.parameters.first_day`",
    ),
    "an output of a task that comes later": (
        lambda d: tasks(d)["parts"]["arguments"]["parameters"][0].update(
            value="@{{tasks.score.outputs.parameters.result}}#rows"
        ),
        "spec.templates[0].dag.tasks[4].arguments.parameters[0].value", "does not come before this",
    ),
    "an output that the task does not have": (
        lambda d: tasks(d)["parts"]["arguments"]["parameters"][0].update(
            value="@{{tasks.cleaned.outputs.parameters.rows}}#rows"
        ),
        "spec.templates[0].dag.tasks[4].arguments.parameters[0].value", "`cleaned` has no",
    ),
    "an input that the template does not have": (
        lambda d: change(d, "fit.container.args.1", "{{inputs.parameters.rows}}"),
        "spec.templates[6].container.args[1]", "nothing here is called `inputs.parameters.rows`",
    ),
    "a variable of nothing": (
        lambda d: change(d, "fit.container.args.1", "{{workflow.id}}"),
        "spec.templates[6].container.args[1]", "nothing here is called `workflow.id`",
    ),
    "an item without a loop": (
        lambda d: change(d, "fit.container.args.1", "{{item}}"),
        "spec.templates[6].container.args[1]", "nothing here is called `item`",
    ),
    "braces that are never closed": (
        lambda d: change(d, "fit.container.args.1", "{{workflow.uid"),
        "spec.templates[6].container.args[1]", "never closed",
    ),
    "a parameter's name that Argo refuses": (
        lambda d: d["spec"]["arguments"]["parameters"].append({"name": "a.b", "value": "1"}),
        "spec.arguments.parameters[3]", "cannot name a parameter",
    ),
    "a name that Kubernetes refuses": (
        lambda d: d["metadata"].update(name="Delays"),
        "metadata.name", "cannot name a WorkflowTemplate",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(fault: str) -> None:
    plant, where, what = FAULTS[fault]
    document = yaml.safe_load(files(flights)[TEMPLATE])
    plant(document)
    findings = TARGET.validate({TEMPLATE: to_yaml(document)})
    places = [finding for finding in findings if finding.where.startswith(where)]
    assert any(what in finding.what for finding in places), findings
    assert all(finding.file == TEMPLATE for finding in findings)


# The same for the documents that refer to the template, and for a parameter with an enum.
RUN_FAULTS: dict[str, tuple[str, Planted, str, str]] = {
    "no such template": (
        RUN, lambda d: d["spec"]["workflowTemplateRef"].update(name="other"),
        "spec.workflowTemplateRef", "no WorkflowTemplate here is called `other`",
    ),
    "no such parameter": (
        RUN, lambda d: d["spec"]["arguments"]["parameters"].append({"name": "x", "value": "1"}),
        "spec.arguments", "takes nothing called `x`",
    ),
    "a value outside the enum": (
        RUN, lambda d: d["spec"]["arguments"]["parameters"][0].update(value="maybe"),
        "spec.arguments", "`mode` cannot be `maybe`",
    ),
    "a default outside the enum": (
        TEMPLATE, lambda d: d["spec"]["arguments"]["parameters"][0].update(value="maybe"),
        "spec.arguments.parameters[0].value", "not in the enum",
    ),
    "the same parameter twice": (
        RUN, lambda d: d["spec"]["arguments"]["parameters"].append({"name": "n", "value": "1"}),
        "spec.arguments.parameters", "two are called `n`",
    ),
    "no schedule": (
        CRON, lambda d: d["spec"].update(schedules=[]), "spec.schedules", "needs a schedule",
    ),
    "a schedule of four fields": (
        CRON, lambda d: d["spec"].update(schedules=["0 6 * *"]),
        "spec.schedules[0]", "five fields",
    ),
    "a name too long for a cron workflow": (
        CRON, lambda d: d["metadata"].update(name="x" * 53), "metadata.name", "CronWorkflow",
    ),
    "a kind of some other engine": (
        CRON, lambda d: d.update(kind="CronJob"), "kind", "WorkflowTemplate, Workflow",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", RUN_FAULTS)
def test_faults_in_what_starts_runs_are_found(fault: str) -> None:
    file, plant, where, what = RUN_FAULTS[fault]
    written = files(everything)
    document = yaml.safe_load(written[file])
    plant(document)
    findings = TARGET.validate({**written, file: to_yaml(document)})
    places = [finding for finding in findings if finding.where.startswith(where)]
    assert any(what in finding.what for finding in places), findings


def test_a_parameter_without_any_value_is_found() -> None:
    written = files(flights)
    template, run = yaml.safe_load(written[TEMPLATE]), yaml.safe_load(written[RUN])
    del template["spec"]["arguments"]["parameters"][0]["value"]
    run["spec"]["arguments"]["parameters"].pop(0)
    (finding,) = TARGET.validate({TEMPLATE: to_yaml(template), RUN: to_yaml(run)})
    assert finding.what == "`first_test_day` has no value anywhere"


def test_a_document_of_more_than_a_mebibyte_is_found() -> None:
    document = yaml.safe_load(files(flights)[TEMPLATE])
    change(document, "fit.container.args.1", "x" * 2**20)
    (finding,) = TARGET.validate({TEMPLATE: to_yaml(document)})
    assert "more than the 1048576" in finding.what


@pytest.mark.parametrize("content", [b"a: [", b"", b"- 1", b"kind: Secret", b"kind: Workflow"])
def test_what_is_no_workflow_is_said_to_be_none(content: bytes) -> None:
    assert TARGET.validate({"x.yaml": content})


def test_other_files_are_left_alone() -> None:
    written = {**files(flights), "README.md": b"# x", "code/ab.zip": b"PK", "manifest.json": b"{}"}
    assert TARGET.validate(written) == []


def test_depends() -> None:
    assert needs("(a-b.Succeeded || !c) && d.Failed") == [
        Need("a-b", "Succeeded"), Need("c", ""), Need("d", "Failed"),
    ]  # fmt: skip
    for text in ("", "a &&", "&& a", "a b", "(a", "a)", "a || || b", "a | b", "a !b", "()"):
        with pytest.raises(DependsError):
            needs(text)


def test_variables() -> None:
    assert list(variables("a {{x.y}}{{ z }} {{=f(inputs.parameters['a-b'], 'tasks.q') > 1}}")) == [
        "x.y", "z", "inputs.parameters.a-b",
    ]  # fmt: skip


@pytest.mark.skipif(not SHARED.is_dir(), reason="the closed schemas are not beside the repository")
class TestShared:
    """Documents that lie beside the repository, where they do."""

    def schema(self, kind: str) -> Any:
        (path,) = (SHARED / "schemas").glob(f"argo-*-{kind}-crd-stripped-closed.json")
        return json.loads(path.read_bytes())

    @pytest.mark.parametrize("made", [flights, everything])
    def test_what_is_emitted_keeps_the_closed_schemas(self, made: Callable[[], Any]) -> None:
        import jsonschema

        written = files(made)
        for file, kind in ((TEMPLATE, "workflowtemplate"), (CRON, "cronworkflow")):
            if file in written:
                validator = jsonschema.Draft202012Validator(self.schema(kind))
                errors = validator.iter_errors(yaml.safe_load(written[file]))
                assert [f"{error.json_path}: {error.message}" for error in errors] == []

    def test_a_run_keeps_the_closed_schema_of_the_specs(self) -> None:
        import jsonschema

        spec = self.schema("cronworkflow")["properties"]["spec"]["properties"]["workflowSpec"]
        run = yaml.safe_load(files(everything)[RUN])
        errors = jsonschema.Draft202012Validator(spec).iter_errors(run["spec"])
        assert [error.message for error in errors] == []

    def test_the_schemas_see_a_planted_fault(self) -> None:
        import jsonschema

        document = yaml.safe_load(files(flights)[TEMPLATE])
        change(document, "fit.retryStrategy.retryPolicy", "Sometimes")
        validator = jsonschema.Draft202012Validator(self.schema("workflowtemplate"))
        (error,) = validator.iter_errors(document)
        assert error.json_path == "$.spec.templates[6].retryStrategy.retryPolicy"

    def test_the_reference_document_has_exactly_one_fault(self) -> None:
        content = (SHARED / "reference" / "argo_rich_with_one_fault.yaml").read_bytes()
        (finding,) = TARGET.validate({"rich.yaml": content})
        assert finding.where == "spec.templates[3].parallelism"
        assert finding.what == "only dag and steps can bound it, this is a container"
