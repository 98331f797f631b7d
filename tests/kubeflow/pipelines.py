"""Pipelines made by hand, as the plan would hand them to the target."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from millpond.compiler.contract.job import (
    Bound,
    Constant,
    FromJob,
    FromParameter,
    Job,
    JobKind,
    Pipeline,
)
from millpond.compiler.ir.nodes import Parameter
from millpond.compiler.ir.settings import Resources, SecretRef
from millpond.compiler.ir.values import Json, Literal
from millpond.compiler.source import Span
from millpond.compiler.types import types
from millpond.compiler.types.types import Type

SPAN = Span("flights.mlp", 10, 20)
ENTRY, GATE, OUTPUTS = JobKind.ENTRY, JobKind.GATE, JobKind.OUTPUTS


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def job(
    id: str,
    inputs: dict[str, Bound] | None = None,
    needs: tuple[str, ...] = (),
    *,
    label: str | None = None,
    kind: JobKind = JobKind.TASK,
    **changes: object,
) -> Job:
    """A job with the settings of most."""
    helper = None if kind is JobKind.TASK else id
    made = Job(
        id=id,
        kind=kind,
        label=label or id,
        bundle=digest(label or id) if helper is None else digest("helpers"),
        helper=helper,
        inputs=tuple((inputs or {}).items()),
        needs=needs,
        image="python:3.12-slim",
        resources=Resources(),
        deadline=None,
        infrastructure_attempts=1,
        secrets=(),
        settings=(),
        span=SPAN,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def pipeline(*jobs: Job, **changes: object) -> Pipeline:
    made = Pipeline(
        name="flights",
        doc=None,
        target="research",
        artifacts="gs://acme-research/pipelines",
        settings={"artifacts": "gs://acme-research/pipelines"},
        parameters=(),
        jobs=jobs,
        max_parallel=None,
        timeout=None,
        schedule=None,
        labels=(),
        owner=None,
        span=SPAN,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def parameter(name: str, type: Type, default: Json = None, doc: str | None = None) -> Parameter:
    missing = default is None and not isinstance(type, types.Optional)
    return Parameter(name, type, None if missing else Literal(type, default), SPAN, doc)


def flights() -> Pipeline:
    """The example of the repository: ingest to report, one gate, one parameter."""
    return pipeline(
        job("entry", {"min_auc": FromParameter("min_auc")}, kind=ENTRY),
        job("ingest", needs=("entry",), resources=Resources(cpu=1, memory=4 * 10**9)),
        job("clean", {"raw": FromJob("ingest", "rows")}, ("ingest",)),
        job("parts", {"rows": FromJob("clean", "rows"), "share": Constant("=0.8")}, ("clean",),
            label="split"),
        job("fit", {"train": FromJob("parts", "train"), "trees": Constant("=400")}, ("parts",),
            resources=Resources(cpu=2, memory=8 * 2**30), infrastructure_attempts=3),
        job("scores", {"model": FromJob("fit", "model"), "test": FromJob("parts", "test")},
            ("fit",), label="evaluate"),
        job("expect_1",
            {"scores.metrics.auc": FromJob("scores", "metrics.auc"),
             "min_auc": FromParameter("min_auc")},
            ("scores",), kind=GATE),
        job("report", {"metrics": FromJob("scores", "metrics"), "plot": FromJob("scores", "plot")},
            ("expect_1",)),
        job("outputs", {"report.page": FromJob("report", "page")}, ("report",), kind=OUTPUTS),
        parameters=(parameter("min_auc", types.FLOAT, 0.7, "The least that a model must reach."),),
        doc="Will a flight arrive late?",
    )  # fmt: skip


def everything() -> Pipeline:
    """One of each: types of parameters, resources, secrets, settings, a schedule."""
    record = types.Row(None, (types.Column("a", types.INT), types.Column("b", types.STRING)))
    parameters = (
        parameter("source", types.STRING),
        parameter("rows", types.INT, 5),
        parameter("huge", types.INT, str(2**60)),
        parameter("rate", types.FLOAT, 1e-07),
        parameter("fast", types.BOOL, False),
        parameter("day", types.DATE, "2026-11-22"),
        parameter("wait", types.DURATION, 5400),
        parameter("room", types.SIZE, 16 * 10**9),
        parameter("tier", types.EnumOf(("gold", "standard")), "gold"),
        parameter("names", types.ListOf(types.STRING), ["x", "y: $$ {z}"]),
        parameter("shape", record, {"a": 1, "b": "on"}),
        parameter("weights", types.MapOf(types.FLOAT), {"a": 0.5, "b": 2}),
        parameter("anything", types.JSON, [1, {"a": None}]),
        parameter("limit", types.Optional(types.INT)),
        parameter("note", types.Optional(types.STRING), "costs $$5"),
    )
    bound: dict[str, Bound] = {p.name: FromParameter(p.name) for p in parameters}
    return pipeline(
        job("entry", bound, kind=ENTRY),
        job("load_a", {"source": FromParameter("source"), "n": Constant("=1")}, ("entry",),
            label="load"),
        job("load_b", {"source": FromParameter("source"), "n": Constant("=2")}, ("entry",),
            label="load"),
        job("load_c", {"source": Constant("=on"), "n": FromParameter("rows")}, ("entry",),
            label="load"),
        job("heavy",
            {"a": FromJob("load_a", "rows"), "b": FromJob("load_b", "rows"),
             "text": Constant("=a 'quoted' \"text\"\nof $$two$(HOME) lines: #é"),
             "grid": Constant('=[{"a":1},{"a":2}]'), "none": Constant("~"),
             "limit": FromParameter("limit")},
            ("load_a", "load_b"),
            image="ghcr.io/acme/train@sha256:" + digest("image"),
            resources=Resources(cpu=0.5, memory=10**9, gpu=2, gpu_type="NVIDIA-L4",
                                disk=50 * 10**9, shm=2 * 2**30),
            deadline=4000.5,
            infrastructure_attempts=2,
            secrets=(SecretRef("DB_PASSWORD", "db/password"), SecretRef("TOKEN", "token")),
            settings=(
                ("node_selector", {"pool": "gpu", "big": True}),
                ("tolerations", [{"key": "dedicated", "value": "ml", "effect": "NoSchedule"},
                                 {"key": "spot", "seconds": 60}]),
                ("image_pull_policy", "IfNotPresent"),
                ("image_pull_secrets", ["registry"]),
                ("run_as_user", 1000),
            )),
        job("late", {"n": FromJob("load_c", "count")}, ("heavy", "load_c")),
        job("outputs", {"late.size": FromJob("late", "size")}, ("late",), kind=OUTPUTS),
        name="Every Feature (of one)",
        doc="One of each.\nAnd a second line.",
        parameters=parameters,
        settings={"artifacts": "s3://acme/pipelines/", "pipeline_root": "s3://acme/kubeflow",
                  "namespace": "ml-research", "service_account": "runner",
                  "gpu_label": "cloud.google.com/gke-accelerator"},
        artifacts="s3://acme/pipelines/",
        timeout=7200.0,
        schedule=("0 6 * * 1", "Europe/Berlin"),
        labels=(("team", "risk"), ("cost centre", "42"), ("motto", "we ♥ trees")),
        owner="trees@acme.example",
    )  # fmt: skip


def odd_names() -> Pipeline:
    """Names that Kubeflow does not take, or that collide once they are made legal."""
    long = "x" * 100
    return pipeline(
        job(
            "fit_model",
            {
                "code": Constant("=1"),
                "run": Constant("=2"),
                "a.b": Constant("=3"),
                "node": Constant("=4"),
            },
        ),
        job("fit.model", {"a_b": Constant("=1"), "a.b": Constant("=2")}),
        job("Fit_Model"),
        job("fit_model_driver"),
        job("_1"),
        job(long, {"from": FromJob("fit_model", "out")}, ("fit_model",)),
        job(long + "y"),
        name="Ünïcode 名前",
    )


def wide(count: int) -> Pipeline:
    """`count` jobs of four step definitions, in chains of a hundred."""
    jobs: list[Job] = [job("entry", {"day": FromParameter("day")}, kind=ENTRY)]
    for number in range(count - 1):
        before = "entry" if number % 100 == 0 else f"node_{number - 1}"
        inputs: dict[str, Bound] = {"day": FromParameter("day"), "index": Constant(f"={number}")}
        if before != "entry":
            inputs["rows"] = FromJob(before, "rows")
        jobs.append(job(f"node_{number}", inputs, (before,), label=f"step_{number % 3}"))
    return pipeline(*jobs, name="wide", parameters=(parameter("day", types.DATE, "2026-11-22"),))
