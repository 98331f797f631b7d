"""The portable settings: which keys steps, calls, pipelines and blocks take, and within what."""

from __future__ import annotations

from ..types.settings import SettingRule, Stage
from ..types.types import (
    BOOL,
    DURATION,
    FILE,
    FLOAT,
    INT,
    SECRET,
    SIZE,
    STRING,
    UNKNOWN,
    ListOf,
    MapOf,
)
from .results import BACKOFF, SCHEDULE

_COMPILE = Stage.COMPILE

RESOURCES = SettingRule(
    "resources",
    None,
    "what the step needs of a machine",
    block=(
        SettingRule("cpu", FLOAT, "cores", least=0.001, most=100_000, example="0.5"),
        SettingRule("memory", SIZE, "main memory", least=1, example="16GB"),
        SettingRule("gpu", INT, "graphics cards", least=0, most=10_000, example="1"),
        SettingRule("gpu_type", STRING, "their model", example='"h100"'),
        SettingRule("disk", SIZE, "scratch space", least=1, example="100GB"),
        SettingRule("shm", SIZE, "shared memory", least=1, example="8GB"),
    ),
)
ENVIRONMENT = SettingRule(
    "environment",
    None,
    "where the step runs",
    block=(
        SettingRule("image", STRING, "container image", example='"ghcr.io/acme/train:1.4"'),
        SettingRule("python", STRING, "Python version", latest=_COMPILE, example='"3.12"'),
        SettingRule("lockfile", FILE, "exact packages", latest=_COMPILE, example='file("uv.lock")'),
        SettingRule(
            "requirements", FILE, "packages", latest=_COMPILE, example='file("requirements.txt")'
        ),
        SettingRule(
            "packages", ListOf(STRING), "packages", latest=_COMPILE, example='["pandas==2.2.3"]'
        ),
        SettingRule(
            "launcher",
            STRING,
            "whether the image can run the launcher",
            choices=("python", "none"),
            latest=_COMPILE,
            example='"none"',
        ),
    ),
)
RETRY = SettingRule(
    "retry",
    None,
    "what happens after a failure",
    block=(
        SettingRule("attempts", INT, "the first one counted in", least=1, most=20, example="3"),
        SettingRule("backoff", BACKOFF, "the wait between two", example="exponential(30s)"),
        SettingRule(
            "on",
            ListOf(STRING),
            "which failures",
            choices=("infrastructure", "failure", "timeout", "oom"),
            example='["infrastructure"]',
        ),
    ),
)
TIMEOUT = SettingRule("timeout", DURATION, "limit of one attempt", least=0.001, example="2h")
CACHE = SettingRule(
    "cache",
    BOOL,
    "whether earlier results may stand in",
    block=(
        SettingRule("ttl", DURATION, "how long a result counts", least=0.001, example="30d"),
        SettingRule("version", STRING, "a new one means new results", example='"3"'),
        SettingRule("key", STRING, "enters the key of the result", example='"2026-11"'),
    ),
    example="false",
)
ENV = SettingRule("env", None, "environment variables")
SECRETS = SettingRule("secrets", None, "environment variables that hold secrets")
CHECKS = SettingRule(
    "checks",
    BOOL,
    "whether the checks of schemas are made on what it hands out",
    block=(SettingRule("sample", FLOAT, "share of the rows", least=0.0001, most=1, example="10%"),),
    example="false",
)
EFFECTS = SettingRule(
    "effects", BOOL, "whether the step changes the outside world", latest=_COMPILE, example="true"
)
ISOLATE = SettingRule("isolate", BOOL, "a process of its own", latest=_COMPILE, example="true")

STEP_SETTINGS: tuple[SettingRule, ...] = (
    RESOURCES, ENVIRONMENT, RETRY, TIMEOUT, CACHE, CHECKS, ENV, SECRETS, EFFECTS, ISOLATE,
)  # fmt: skip
CALL_OPTIONS = STEP_SETTINGS

PIPELINE_OPTIONS: tuple[SettingRule, ...] = (
    SettingRule("owner", STRING, "who looks after it", latest=_COMPILE, example='"flight-ml"'),
    SettingRule("schedule", SCHEDULE, "when it runs", latest=_COMPILE, example='cron("0 5 * * 1")'),
    SettingRule("max_parallel", INT, "nodes at one time", least=1, most=10_000, example="4"),
    SettingRule("timeout", DURATION, "limit of a whole run", least=0.001, example="12h"),
    SettingRule(
        "labels", MapOf(STRING), "labels of a run", latest=_COMPILE, example='{ team = "ml" }'
    ),
    SettingRule(
        "concurrency",
        STRING,
        "what a scheduled run does while another one runs",
        choices=("skip",),
        latest=_COMPILE,
        example='"skip"',
    ),
)
_MAX_PARALLEL = SettingRule(
    "max_parallel", INT, "branches at one time", least=1, most=10_000, example="4"
)
FOR_OPTIONS: tuple[SettingRule, ...] = (
    _MAX_PARALLEL,
    SettingRule("allow_failures", FLOAT, "share of the branches", least=0, most=1, example="20%"),
)
PARTITION_OPTIONS: tuple[SettingRule, ...] = (_MAX_PARALLEL,)
PERIOD_OPTIONS: tuple[SettingRule, ...] = (
    SettingRule("reprocess", DURATION, "how far back to do all again", least=0.001, example="3d"),
    *PARTITION_OPTIONS,
)
APPROVE_OPTIONS: tuple[SettingRule, ...] = (
    SettingRule("by", ListOf(STRING), "who may decide", example='["ml-leads"]'),
    SettingRule("timeout", DURATION, "silence for so long says no", least=0.001, example="24h"),
)
CONTAINER_OPTIONS: tuple[SettingRule, ...] = (
    SettingRule(
        "command",
        ListOf(UNKNOWN),
        "the words of the command; inputs and outputs become values and paths",
        latest=Stage.RUN,
        example='["train", "--out", model]',
    ),
)
FREE_BLOCKS = {"env": STRING, "secrets": SECRET}
