"""What SageMaker Pipelines can do: one answer for every feature a pipeline may ask for."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ...compiler.contract.feature import Feature, Impossible, Lowered, Native, Support
from ..later import BUILT_ENVIRONMENTS, PROJECT_FILES, later

_OTHER = "choose another target; `mlp targets` shows which one can"

FEATURES: Final = MappingProxyType[Feature, Support](
    {
        Feature.PARAMETERS: Lowered("Integer, Float and String; the entry step reads them"),
        Feature.ENUM_PARAMETERS: Native("EnumValues"),
        Feature.LIST_PARAMETERS: Lowered("String parameters that hold JSON"),
        Feature.ARTIFACT_PARAMETERS: later(
            "take a file or dataset as a parameter yet",
            "let a first step read it: a step may take its place as a text",
        ),
        Feature.RUN_FIELDS: later(
            "tell steps which run they belong to yet", "pass a parameter that says it"
        ),
        Feature.TEXT: Lowered("put together in a helper step"),
        Feature.RUN_TIME_EXPRESSIONS: Lowered("worked out in a helper step"),
        Feature.FILES: Lowered("fetched from the store by the id of the result"),
        Feature.FOLDERS: Lowered("fetched from the store by the id of the result"),
        Feature.SCALARS: Lowered("read from the result by its id"),
        Feature.PIPELINE_OUTPUTS: Lowered("gathered and printed by a last step"),
        Feature.PYTHON: Lowered("a Processing step in which the launcher calls the function"),
        Feature.SHELL: Lowered("a Processing step in which the launcher runs the script"),
        Feature.NOTEBOOK: Lowered("the launcher runs it; the image needs nbclient and ipykernel"),
        Feature.CONTAINER: Lowered("a Processing step in which the launcher runs the command"),
        Feature.IMAGES_WITHOUT_PYTHON: later(
            "start images without Python yet", "add Python 3.10 or newer to the image"
        ),
        Feature.AFTER: Native("DependsOn"),
        Feature.EXPECT: Lowered("a helper step that fails, and the execution with it"),
        Feature.EXPECT_WARN: Lowered("a helper step that warns in its log"),
        Feature.EXPECT_STOP: later(
            "end an execution quietly yet",
            "let the gate fail: `else fail`",
            "only say so: `else warn`",
        ),
        Feature.EXPECT_PARAMETERS: Lowered("checked by the entry step"),
        Feature.APPROVE: later(
            "wait for a person's approval yet", "split the pipeline in two where a person decides"
        ),
        Feature.WHEN: later(
            "choose between branches yet", "decide with a value known when compiling"
        ),
        Feature.FOR_STATIC: Lowered("each branch becomes steps of its own, up to 256 branches"),
        Feature.FOR_RUN_TIME: later(
            "repeat steps over a list made during the run yet", "let one step go through the list"
        ),
        Feature.FOR_NESTED: Impossible(
            "put loops within loops", ("let one step go through the inner list", _OTHER)
        ),
        Feature.WHEN_IN_FOR: Impossible(
            "choose between branches within a loop",
            ("decide inside the step", "filter the list before the loop", _OTHER),
        ),
        Feature.FAN_IN: Lowered("gathered in a helper step"),
        Feature.ALLOW_FAILURES: later(
            "let branches of a loop fail yet", "catch the failure inside the step"
        ),
        Feature.PARTITION: later("run partitions yet", _OTHER),
        Feature.SUB_PIPELINE: Lowered("its steps become steps of the one that calls it"),
        Feature.ON_FAILURE: later(
            "run a step when the pipeline fails yet",
            "let an EventBridge rule watch the execution's status",
        ),
        Feature.ON_SUCCESS: later(
            "run hooks yet", "call the step last, `after` everything it reports on"
        ),
        Feature.FINALLY: later("run final steps yet", _OTHER),
        Feature.RETRY: Lowered("the launcher repeats the body, RetryPolicies a lost instance"),
        Feature.TIMEOUT: Lowered("the launcher ends an attempt, StoppingCondition the job"),
        Feature.PIPELINE_TIMEOUT: Impossible(
            "end a whole execution after a time",
            ("give each step a `timeout`", _OTHER),
        ),
        Feature.CACHE: Lowered("the launcher asks Millpond's store; step caching stays off"),
        Feature.CACHE_TTL: Lowered("the launcher looks at a result's age"),
        Feature.CPU_AND_MEMORY: Lowered("the smallest instance type that has both"),
        Feature.GPU: Lowered("the smallest instance type that has them"),
        Feature.GPU_TYPE: Lowered("the smallest instance type that has it"),
        Feature.DISK: Native("VolumeSizeInGB"),
        Feature.SHARED_MEMORY: Impossible(
            "set the size of a container's shared memory",
            ("drop `shm` and use fewer worker processes that load data", _OTHER),
        ),
        Feature.BUILT_ENVIRONMENTS: BUILT_ENVIRONMENTS,
        Feature.PROJECT_FILES: PROJECT_FILES,
        Feature.ENVIRONMENT: Lowered("the launcher sets them for the body"),
        Feature.SECRETS: Lowered(
            "the launcher reads them from Secrets Manager; boto3 in the image"
        ),
        Feature.SCHEDULE: Lowered("EventBridge Scheduler; the command stands in the README"),
        Feature.MAX_PARALLEL: Native("ParallelismConfiguration, in the command that creates it"),
        Feature.LABELS: Lowered("tags of every job"),
        Feature.EFFECTS: Lowered("the launcher keeps their results per run"),
    }
)
