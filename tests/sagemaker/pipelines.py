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
from millpond.compiler.ir.settings import Resources
from millpond.compiler.ir.values import Json, Literal
from millpond.compiler.source import Span
from millpond.compiler.types import types
from millpond.compiler.types.types import Type

SPAN = Span("flights.mlp", 10, 20)
ROLE = "arn:aws:iam::123456789012:role/pipelines"
ARTIFACTS = "s3://acme-artifacts/prod"
ENTRY, GATE, SELECT, OUTPUTS = JobKind.ENTRY, JobKind.GATE, JobKind.SELECT, JobKind.OUTPUTS


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights@sha256:" + digest("image")


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
        image=IMAGE,
        resources=Resources(),
        deadline=None if helper is None else 1800.0,
        infrastructure_attempts=1 if helper is None else 3,
        secrets=(),
        settings=(),
        span=SPAN,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def pipeline(*jobs: Job, settings: dict[str, Json] | None = None, **changes: object) -> Pipeline:
    made = Pipeline(
        name="delays",
        doc=None,
        target="prod",
        artifacts=ARTIFACTS,
        settings={"role": ROLE, "artifacts": ARTIFACTS, **(settings or {})},
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
    """The example of the repository: ingest to report, one gate, three parameters."""
    small = Resources(cpu=1, memory=2 * 10**9)
    return pipeline(
        job("entry", {name: FromParameter(name) for name in
            ("first_test_day", "learning_rate", "min_auc")}, kind=ENTRY),
        job("raw", needs=("entry",), label="ingest"),
        job("cleaned",
            {"flights": FromJob("raw", "flights"), "weather": FromJob("raw", "weather"),
             "late_after": Constant("=900")},
            ("raw",), label="clean", resources=Resources(memory=2 * 10**9)),
        job("parts",
            {"rows": FromJob("cleaned", "rows"), "day": FromParameter("first_test_day")},
            ("cleaned",), label="split"),
        job("fitted",
            {"train": FromJob("parts", "train"), "rate": FromParameter("learning_rate"),
             "rounds": Constant("=100")},
            ("parts",), label="fit", resources=small, deadline=11_100.0, infrastructure_attempts=3,
            settings=(("instance", "ml.m5.xlarge"),)),
        job("score",
            {"model": FromJob("fitted", "model"), "test": FromJob("parts", "test"),
             "alarm": Constant("=0.3")},
            ("fitted", "parts"), label="evaluate"),
        job("expect_1",
            {"score.metrics.auc": FromJob("score", "metrics.auc"),
             "min_auc": FromParameter("min_auc")},
            ("score",), kind=GATE),
        job("summary",
            {"metrics": FromJob("score", "metrics"), "hours": FromJob("score", "hours")},
            ("score", "expect_1"), label="report", deadline=600.0),
        job("outputs",
            {"score.metrics": FromJob("score", "metrics"),
             "fitted.model": FromJob("fitted", "model"),
             "summary.page": FromJob("summary", "page")},
            ("summary", "fitted", "score"), kind=OUTPUTS),
        parameters=(
            parameter("first_test_day", types.DATE, "2013-12-01"),
            parameter("learning_rate", types.FLOAT, 0.1),
            parameter("min_auc", types.FLOAT, 0.71, "The least that a model must reach."),
        ),
        doc="Will this flight be late?",
    )  # fmt: skip


def everything() -> Pipeline:
    """One of each: types of parameters, resources, settings, order, retries, a schedule, names."""
    shape = types.Row(None, (types.Column("a", types.INT), types.Column("b", types.STRING)))
    parameters = (
        parameter("source", types.STRING),
        parameter("rows", types.INT, 5),
        parameter("huge", types.INT, str(2**60)),
        parameter("rate", types.FLOAT, 1),
        parameter("fast", types.BOOL, False),
        parameter("day", types.DATE, "2026-11-22"),
        parameter("wait", types.DURATION, 5400),
        parameter("room", types.SIZE, 16 * 10**9),
        parameter("tier", types.EnumOf(("gold", "standard")), "gold"),
        parameter("names", types.ListOf(types.STRING), ["x", "y: {z}"]),
        parameter("shape", shape, {"a": 1, "b": "on"}),
        parameter("weights", types.MapOf(types.FLOAT), {"a": 0.5, "b": 2}),
        parameter("anything", types.JSON, [1, {"a": None}]),
        parameter("limit", types.Optional(types.INT)),
        parameter("note", types.Optional(types.STRING), "costs 5"),
    )
    bound: dict[str, Bound] = {p.name: FromParameter(p.name) for p in parameters}
    return pipeline(
        job("entry", bound, kind=ENTRY),
        job("load_a", {"source": FromParameter("source"), "n": Constant("=1")}, ("entry",),
            label="load"),
        job("load.a", {"source": Constant("=on"), "n": FromParameter("rows")}, ("entry",),
            label="load"),
        job("total", {"load_a.n": FromJob("load_a", "n"), "load.a.n": FromJob("load.a", "n")},
            ("load_a", "load.a"), kind=SELECT),
        job("heavy",
            {"a": FromJob("load_a", "rows"), "n": FromJob("total", "value.deep.er"),
             "text": Constant("=" + "a 'quoted' \"text\" with $(HOME) and €: " * 20),
             "none": Constant("~"), "limit": FromParameter("limit")},
            ("load_a", "total"),
            resources=Resources(cpu=0.5, memory=10**9, gpu=1, gpu_type="NVIDIA-L4",
                                disk=50 * 10**9),
            deadline=4000.5, infrastructure_attempts=40),
        job("big", {"a": FromJob("heavy", "model")}, ("heavy", "load.a"),
            settings=(("instance", "ml.r5.4xlarge"), ("volume", 2 * 10**12))),
        job("outputs", {"big.page": FromJob("big", "page")}, ("big",), kind=OUTPUTS),
        name="Every_thing 2",
        parameters=parameters,
        settings={
            "subnets": ["subnet-0a1b2c3d"],
            "security_groups": ["sg-0a1b2c3d", "sg-1"],
            "volume_key": "alias/pipelines",
            "encrypt_traffic": True,
        },
        max_parallel=3,
        schedule=("30 6 * * 1-5", "Europe/Berlin"),
        labels=(("team", "ml"), ("stage", "prod")),
        owner="ada@example.com",
        doc="It's\nall here.",
    )  # fmt: skip


def chain(count: int) -> Pipeline:
    """A long pipeline in which each job reads the one before it."""
    jobs = [job("entry", kind=ENTRY)]
    for number in range(1, count):
        before = jobs[-1].id
        jobs.append(job(f"step_{number}", {"x": FromJob(before, "y")}, (before,), label="step"))
    return pipeline(*jobs)
