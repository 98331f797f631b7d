"""Pipelines as the emitter sees them, built by hand: ordinary, rich, large and odd ones."""

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
from millpond.compiler.types.types import (
    DATE,
    DURATION,
    FLOAT,
    INT,
    STRING,
    EnumOf,
    ListOf,
    Optional,
    Type,
)

SPAN = Span("flights.mlp", 0, 10)
IMAGE = "ghcr.io/acme/flights@sha256:" + "ab" * 32


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def parameter(name: str, type_: Type, *default: Json, doc: str | None = None) -> Parameter:
    return Parameter(name, type_, Literal(type_, default[0]) if default else None, SPAN, doc)


def task(id_: str, step: str = "", needs: tuple[str, ...] = (), **inputs: Bound) -> Job:
    return Job(
        id=id_,
        kind=JobKind.TASK,
        label=step or id_,
        bundle=digest(step or id_),
        helper=None,
        inputs=tuple(inputs.items()),
        needs=needs,
        image=IMAGE,
        resources=Resources(),
        deadline=None,
        infrastructure_attempts=1,
        secrets=(),
        settings=(),
        span=SPAN,
    )


def helper(id_: str, kind: JobKind, needs: tuple[str, ...], inputs: dict[str, Bound]) -> Job:
    job = task(id_, needs=needs)
    return replace(
        job,
        kind=kind,
        helper=id_,
        bundle=digest("helpers"),
        inputs=tuple(inputs.items()),
        deadline=1800.0,
        infrastructure_attempts=3,
    )


def pipeline(*jobs: Job, **changes: object) -> Pipeline:
    plain = Pipeline(
        name="flights",
        doc=None,
        target="staging",
        artifacts="s3://acme-artifacts/staging",
        settings={},
        parameters=(),
        jobs=jobs,
        max_parallel=None,
        timeout=None,
        schedule=None,
        labels=(),
        owner=None,
        span=SPAN,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def flights() -> Pipeline:
    """The pipeline of the flights example, 8 steps, a gate and the two ends."""
    return pipeline(
        helper(
            "entry",
            JobKind.ENTRY,
            (),
            {name: FromParameter(name) for name in ("first_test_day", "learning_rate", "min_auc")},
        ),
        task("raw", "ingest", ("entry",)),
        task("never_left", "count_cancelled", ("raw",), flights=FromJob("raw", "flights")),
        task(
            "cleaned",
            "clean",
            ("raw",),
            flights=FromJob("raw", "flights"),
            weather=FromJob("raw", "weather"),
            late_after=Constant("=900"),
        ),
        task(
            "parts",
            "split",
            ("cleaned",),
            rows=FromJob("cleaned", "rows"),
            first_test_day=FromParameter("first_test_day"),
        ),
        replace(
            task(
                "fitted",
                "fit",
                ("parts",),
                train=FromJob("parts", "train"),
                learning_rate=FromParameter("learning_rate"),
                rounds=Constant("=100"),
            ),
            resources=Resources(cpu=1, memory=2 * 10**9),
            infrastructure_attempts=3,
            deadline=3090.0,
        ),
        task(
            "score",
            "evaluate",
            ("parts", "fitted"),
            model=FromJob("fitted", "model"),
            test=FromJob("parts", "test"),
            alarm=Constant("=0.3"),
        ),
        helper(
            "expect_1",
            JobKind.GATE,
            ("score",),
            {"score.metrics": FromJob("score", "metrics"), "min_auc": FromParameter("min_auc")},
        ),
        task(
            "summary",
            "report",
            ("score", "never_left", "expect_1"),
            metrics=FromJob("score", "metrics"),
            table=FromJob("never_left", "table"),
            auc=FromJob("score", "metrics.auc"),
        ),
        helper(
            "outputs",
            JobKind.OUTPUTS,
            ("fitted", "score", "summary"),
            {
                "score.metrics": FromJob("score", "metrics"),
                "fitted.model": FromJob("fitted", "model"),
                "summary.page": FromJob("summary", "page"),
            },
        ),
        name="delays",
        doc="Will this flight be late?",
        settings={"namespace": "ml-staging", "service_account": "pipelines"},
        parameters=(
            parameter("first_test_day", DATE, "2013-12-01"),
            parameter("learning_rate", FLOAT, 0.1),
            parameter("min_auc", FLOAT, 0.65),
        ),
    )


def everything() -> Pipeline:
    """All that the emitter can be asked for, at once."""
    shared: dict[str, Json] = {"pool": "cpu", "kubernetes.io/arch": "amd64"}
    fit = replace(
        task(
            "fit_small",
            "fit",
            ("entry", "load"),
            rows=FromJob("load", "rows"),
            mode=FromParameter("mode"),
            note=FromParameter("note"),
            weights=FromParameter("weights"),
            tag=FromParameter("tag"),
        ),
        resources=Resources(
            cpu=0.5, memory=16 * 2**30, gpu=2, gpu_type="NVIDIA-H100", disk=50 * 10**9, shm=2**30
        ),
        deadline=7200.5,
        infrastructure_attempts=4,
        secrets=(SecretRef("HF_TOKEN", "hub/token"), SecretRef("WANDB_KEY", "WANDB_KEY")),
        settings=(
            ("node_selector", {"pool": "gpu"}),
            (
                "tolerations",
                [
                    {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
                    {"key": "dedicated", "value": "ml", "effect": "NoExecute", "seconds": 60},
                ],
            ),
            ("priority_class", "high"),
        ),
    )
    return pipeline(
        helper(
            "entry",
            JobKind.ENTRY,
            (),
            {name: FromParameter(name) for name in ("mode", "note", "weights", "tag", "wait", "n")},
        ),
        task(
            "load",
            "load",
            ("entry",),
            query=Constant("=SELECT '{{day}}' || \"$x\" -- $(HOME) $$ {{{a}}}"),
            missing=Constant("~"),
            many=Constant('*["=1","=2"]'),
        ),
        fit,
        replace(fit, id="fit_large", resources=Resources(cpu=2, memory=32 * 10**9), secrets=()),
        helper(
            "gate.1",
            JobKind.GATE,
            ("fit_small", "fit_large"),
            {
                "fit_small.metrics": FromJob("fit_small", "metrics"),
                "fit_large.metrics": FromJob("fit_large", "metrics"),
            },
        ),
        helper(
            "text_1",
            JobKind.SELECT,
            ("gate.1",),
            {"fit_large.metrics": FromJob("fit_large", "metrics"), "n": FromParameter("n")},
        ),
        helper("outputs", JobKind.OUTPUTS, ("text_1",), {"text_1.t": FromJob("text_1", "t")}),
        name="Everything_at_once",
        doc="All features.\nAnd a second line: with {{braces}}.",
        artifacts="s3://acme-artifacts/staging/",
        settings={
            "namespace": "ml-staging",
            "artifacts": "s3://acme-artifacts/staging/",
            "service_account": "pipelines",
            "image_pull_secrets": ["registry"],
            "node_selector": shared,
            "tolerations": [{"key": "spot", "operator": "Exists"}],
            "priority": 10,
            "priority_class": "batch-low",
            "gpu_label": "cloud.google.com/gke-accelerator",
            "endpoint": "http://minio.argo:9000",
            "region": "eu-central-1",
            "credentials": "minio-credentials",
        },
        parameters=(
            parameter("mode", EnumOf(("on", "off", "1e3")), "on", doc="How; {{x}} is no variable"),
            parameter("note", STRING, "costs $5 and 'quotes' \"too\""),
            parameter("weights", ListOf(FLOAT), [0.1, 0.9]),
            parameter("tag", Optional(STRING), None),
            parameter("wait", DURATION, 90),
            parameter("n", INT, 400),
        ),
        max_parallel=5,
        timeout=86400.0,
        schedule=("0 6 * * *", "Europe/Berlin"),
        labels=(("team", "growth"), ("cost centre", "4 711")),
        owner="ml@acme.example",
    )


def large(count: int = 1000) -> Pipeline:
    """A tree of `count` nodes over three step definitions."""
    jobs = [task("n0000", "load")]
    for index in range(1, count):
        parent = f"n{(index - 1) // 2:04}"
        step = ("train", "score", "merge")[index % 3]
        jobs.append(
            task(
                f"n{index:04}",
                step,
                (parent,),
                rows=FromJob(parent, "rows"),
                seed=Constant(f"={index}"),
            )
        )
    return pipeline(*jobs, name="large")


def odd_names() -> Pipeline:
    """Names that Argo refuses, that meet when mapped, and values that YAML could misread."""
    long = "a_rather_long_name_for_a_step_that_somebody_wrote_on_a_very_long_evening"
    values = ("on", "N", "1e3", "2026-11-22", "0x1F", "~", "null", "", " a: b # c", "a\nb", "ü 😀")
    inputs: dict[str, Bound] = {f"v{i}": Constant(f"={text}") for i, text in enumerate(values)}
    return pipeline(
        task("a_b", "step_x", **inputs),
        task("a.b", "step.x", ("a_b",), on=FromJob("a_b", "y"), off=FromParameter("null")),
        task("main", "main", ("a.b",), _=FromJob("a.b", "N")),
        task(long, long, ("main",), **{long: FromJob("main", "x")}),
        task(f"{long}_2", f"{long}_2", (long,)),
        task("_", "_", (f"{long}_2",)),
        name="_" + long,
        parameters=(parameter("null", STRING, "no"), parameter("must", STRING)),
    )


ALL = {
    "flights": flights,
    "everything": everything,
    "odd_names": odd_names,
}
