"""What a pipeline can ask of a target: a closed list, and the three answers a target can give."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from ...runtime.dataclass import dataclass


class Feature(StrEnum):
    """Everything a pipeline can say that an engine may or may not be able to do.

    The value is the construct in words, as messages and the support matrix print it.
    """

    PARAMETERS = "typed parameters"
    ENUM_PARAMETERS = "parameters with a closed set of values"
    LIST_PARAMETERS = "list and record parameters"
    ARTIFACT_PARAMETERS = "artifact parameters"
    RUN_FIELDS = "facts about the run, such as `run.id`"
    TEXT = "text with values in it"
    RUN_TIME_EXPRESSIONS = "arithmetic on step outputs"
    FILES = "files between steps"
    FOLDERS = "folders between steps"
    SCALARS = "scalars between steps"
    PIPELINE_OUTPUTS = "pipeline outputs"
    PYTHON = "python steps"
    SHELL = "shell steps"
    NOTEBOOK = "notebook steps"
    CONTAINER = "container steps"
    IMAGES_WITHOUT_PYTHON = "images without Python"
    AFTER = "order without data"
    EXPECT = "gates"
    EXPECT_WARN = "gates that warn"
    EXPECT_STOP = "gates that stop quietly"
    EXPECT_PARAMETERS = "gates on parameters"
    APPROVE = "manual approval"
    WHEN = "branches"
    FOR_STATIC = "loops over a known list"
    FOR_RUN_TIME = "loops over a list made during the run"
    FOR_NESTED = "loops within loops"
    WHEN_IN_FOR = "branches within loops"
    FAN_IN = "collecting what a loop yields"
    ALLOW_FAILURES = "loops that tolerate failures"
    PARTITION = "partitions"
    SUB_PIPELINE = "pipelines called as steps"
    ON_FAILURE = "failure hooks"
    ON_SUCCESS = "success hooks"
    FINALLY = "final steps"
    RETRY = "retries with backoff"
    TIMEOUT = "step timeouts"
    PIPELINE_TIMEOUT = "pipeline timeouts"
    CACHE = "reuse of earlier results"
    CACHE_TTL = "results that age"
    CPU_AND_MEMORY = "cpu and memory"
    GPU = "gpus"
    GPU_TYPE = "gpu types"
    DISK = "disk space"
    SHARED_MEMORY = "shared memory"
    BUILT_ENVIRONMENTS = "environments made for a step"
    PROJECT_FILES = "files of the project as inputs"
    ENVIRONMENT = "environment variables"
    SECRETS = "secrets"
    SCHEDULE = "schedules"
    MAX_PARALLEL = "a bound on parallel steps"
    LABELS = "labels and owner"
    EFFECTS = "steps with outside effects"


@dataclass(frozen=True, slots=True)
class Native:
    """The engine says it itself; `how` names the engine's own word."""

    how: str = ""


@dataclass(frozen=True, slots=True)
class Lowered:
    """Millpond says it with other means of the engine; `how` is one clause in plain words."""

    how: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """The engine cannot; `why` completes "SageMaker cannot …", `instead` are ways out.

    `later` marks what Millpond does not build yet although the engine could do it.
    """

    why: str
    instead: tuple[str, ...]
    later: bool = False


Support: TypeAlias = Native | Lowered | Impossible
