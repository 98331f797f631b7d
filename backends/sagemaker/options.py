"""The settings of a target block and of its steps, read and checked beyond their types."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, cast
from urllib.parse import urlsplit

from ...compiler.contract.job import Job, JobKind, Pipeline
from ...compiler.diagnostics.diagnostic import Diagnostic, error
from ...compiler.ir.settings import Resources
from ..unfit import unfit
from .instances import GIB, HELPER, INSTANCES, Instance, nearest, smallest
from .limits import SECURITY_GROUPS, SUBNETS, VOLUME

_GB: Final = 10**9
_VOLUME: Final = 30
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NETWORK_ID: Final = re.compile(r"[-0-9a-zA-Z]{1,32}")
_KEY: Final = re.compile(r"[a-zA-Z0-9:/_-]{1,2048}")


@dataclass(frozen=True, slots=True)
class Options:
    """A target block of kind `sagemaker`."""

    role: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    volume_key: str | None
    encrypt_traffic: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """What a job runs on; `volume` in GB."""

    instance: Instance
    volume: int


def options(pipeline: Pipeline) -> tuple[Options, list[Diagnostic]]:
    """The target's settings, and what is wrong with them."""
    problems = unfit(pipeline, _problems(pipeline))
    settings = pipeline.settings
    key = settings.get("volume_key")
    return (
        Options(
            role=str(settings.get("role")),
            subnets=_texts(pipeline, "subnets"),
            security_groups=_texts(pipeline, "security_groups"),
            volume_key=None if key is None else str(key),
            encrypt_traffic=settings.get("encrypt_traffic") is True,
        ),
        problems,
    )


def machine(job: Job) -> Machine | Diagnostic:
    """The instance and the volume of a job, or why it can have none."""
    settings = dict(job.settings)
    volume = math.ceil(int(cast("int | str", settings.get("volume", 0))) / _GB)
    volume = volume or math.ceil((job.resources.disk or 0) / _GB) or _VOLUME
    if volume > VOLUME:
        return error(
            "MLP0907",
            f"no SageMaker instance has a volume of {volume:,} GB",
            job.span,
            f"`{job.label}` asks for it",
            help=[f"ask for {VOLUME:,} GB at most"],
        )
    if job.kind is not JobKind.TASK:
        return Machine(INSTANCES[HELPER], volume)
    named = settings.get("instance")
    if named is None:
        instance = smallest(job.resources, volume)
        return _no_instance(job, volume) if instance is None else Machine(instance, volume)
    instance = INSTANCES.get(str(named))
    if instance is None:
        return _no_such_instance(job, str(named))
    if instance.disk is not None and instance.disk < volume:
        return error(
            "MLP0907",
            f"{instance.name} has {instance.disk:,} GB of disk, `{job.label}` needs {volume:,} GB",
            job.span,
            "this asks for more than there is",
            help=["leave `instance` out: Millpond chooses one that fits", "ask for less disk"],
        )
    return Machine(instance, volume)


def falls_short(job: Job, instance: Instance) -> bool:
    """Whether an instance that was named has less than the step asks for."""
    asked = job.resources
    return (
        instance.cpu < (asked.cpu or 0)
        or instance.memory * GIB < (asked.memory or 0)
        or instance.gpus < (asked.gpu or 0)
    )


def _no_instance(job: Job, volume: int) -> Diagnostic:
    asked = job.resources
    return error(
        "MLP0907",
        f"no SageMaker instance has {_words(asked, volume)}",
        job.span,
        f"`{job.label}` asks for it",
        notes=["the nearest are " + " and ".join(str(one) for one in nearest(asked, volume))],
        help=["ask for less", 'name a type that comes close: `instance = "…"`'],
    )


def _no_such_instance(job: Job, name: str) -> Diagnostic:
    like = get_close_matches(name, INSTANCES, n=2)
    return error(
        "MLP0907",
        f"no SageMaker instance is called `{name}`",
        job.span,
        f"`{job.label}` is to run on it",
        help=[
            *(f"did you mean `{other}`?" for other in like),
            "leave `instance` out: Millpond chooses by cpu, memory and gpu",
        ],
    )


def _words(asked: Resources, volume: int) -> str:
    words = []
    if asked.cpu is not None:
        words.append(f"{asked.cpu:g} cpu")
    if asked.memory is not None:
        words.append(f"{asked.memory / GIB:,.4g} GiB of memory")
    if asked.gpu or asked.gpu_type:
        words.append(f"{asked.gpu or 1} {asked.gpu_type or 'gpu'}")
    if volume > _VOLUME:
        words.append(f"{volume:,} GB of disk")
    return " and ".join(words)


def _problems(pipeline: Pipeline) -> Iterator[tuple[str, str, str]]:
    role = str(pipeline.settings.get("role"))
    if not _ROLE.fullmatch(role):
        example = 'role = "arn:aws:iam::123456789012:role/pipelines"'
        yield "the ARN of an IAM role as `role`", role, example
    url = urlsplit(pipeline.artifacts)
    if url.scheme != "s3" or not _BUCKET.fullmatch(url.netloc) or url.query or url.fragment:
        example = 'artifacts = "s3://acme-artifacts/prod"'
        yield "an `artifacts` folder in an S3 bucket", pipeline.artifacts, example
    subnets, groups = _texts(pipeline, "subnets"), _texts(pipeline, "security_groups")
    if bool(subnets) != bool(groups):
        has, lacks = ("subnets", "security_groups") if subnets else ("security_groups", "subnets")
        example = 'subnets = ["subnet-0a1b2c3d"], security_groups = ["sg-0a1b2c3d"]'
        yield f"`{lacks}` beside its `{has}`", f"{has} alone", example
    for name, ids, most, example in (
        ("subnets", subnets, SUBNETS, 'subnets = ["subnet-0a1b2c3d"]'),
        ("security_groups", groups, SECURITY_GROUPS, 'security_groups = ["sg-0a1b2c3d"]'),
    ):
        if len(ids) > most:
            yield f"at most {most} `{name}`", str(len(ids)), example
        for id_ in ids:
            if not _NETWORK_ID.fullmatch(id_):
                yield f"ids in `{name}`", id_, example
    key = pipeline.settings.get("volume_key")
    if key is not None and not _KEY.fullmatch(str(key)):
        yield "a KMS key's id, alias or ARN as `volume_key`", str(key), 'volume_key = "alias/data"'


def _texts(pipeline: Pipeline, name: str) -> tuple[str, ...]:
    values = pipeline.settings.get(name) or []
    return tuple(str(value) for value in cast("list[object]", values))
