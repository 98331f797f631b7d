"""What Argo can say: one answer for every feature, from which errors, docs and tests are made."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ...compiler.contract.feature import Feature, Lowered, Native, Support
from ..later import BUILT_ENVIRONMENTS, PROJECT_FILES, later

FEATURES: Final = MappingProxyType[Feature, Support](
    {
        Feature.PARAMETERS: Lowered("as texts; the entry step reads them by their types"),
        Feature.ENUM_PARAMETERS: Native("enum"),
        Feature.LIST_PARAMETERS: Lowered("as JSON texts; the entry step reads them"),
        Feature.ARTIFACT_PARAMETERS: later(
            "take a file or dataset as a parameter",
            "let a first step read it: a step may take its place as a text",
        ),
        Feature.RUN_FIELDS: later(
            "tell steps which run they belong to",
            "pass a parameter that says it",
        ),
        Feature.TEXT: Lowered("put together in a helper step"),
        Feature.RUN_TIME_EXPRESSIONS: Lowered("worked out in a helper step"),
        Feature.FILES: Lowered("fetched from the store by the id of the result"),
        Feature.FOLDERS: Lowered("fetched from the store by the id of the result"),
        Feature.SCALARS: Lowered("read from the result by its id"),
        Feature.PIPELINE_OUTPUTS: Lowered("gathered and printed by a last step"),
        Feature.PYTHON: Lowered("run by the launcher"),
        Feature.SHELL: Lowered("run by the launcher"),
        Feature.NOTEBOOK: Lowered("the launcher runs it; the image needs nbclient and ipykernel"),
        Feature.CONTAINER: Lowered("the launcher runs the command inside its image"),
        Feature.IMAGES_WITHOUT_PYTHON: later(
            "run images without Python",
            "add Python 3.10 or later to the image",
        ),
        Feature.AFTER: Native("depends"),
        Feature.EXPECT: Lowered("a helper step that fails"),
        Feature.EXPECT_WARN: Lowered("a helper step that warns in its log"),
        Feature.EXPECT_STOP: later(
            "stop quietly at a gate",
            "let the gate fail: `else fail`",
            "only say so: `else warn`",
        ),
        Feature.EXPECT_PARAMETERS: Lowered("checked by the entry step"),
        Feature.APPROVE: later(
            "wait for a person's approval",
            "split the pipeline in two where a person decides",
        ),
        Feature.WHEN: later(
            "choose between branches",
            "decide with a value known when compiling",
        ),
        Feature.FOR_STATIC: Lowered("each branch becomes tasks of its own, up to 256 branches"),
        Feature.FOR_RUN_TIME: later(
            "repeat steps over a list made during the run",
            "let one step go through the list",
        ),
        Feature.FOR_NESTED: later(
            "put loops within loops",
            "let one step go through the inner list",
        ),
        Feature.WHEN_IN_FOR: later(
            "choose between branches within a loop",
            "let the step decide what to do",
        ),
        Feature.FAN_IN: Lowered("gathered in a helper step"),
        Feature.ALLOW_FAILURES: later(
            "tolerate some failures in a loop",
            "catch the failure in the step and return what is left",
        ),
        Feature.PARTITION: later(
            "run partitions",
            "pass the day as a parameter and schedule one run a day",
        ),
        Feature.SUB_PIPELINE: Lowered("its steps become tasks of the one that calls it"),
        Feature.ON_FAILURE: later(
            "run steps when a pipeline fails",
            "watch the label `workflows.argoproj.io/phase` of the workflow",
        ),
        Feature.ON_SUCCESS: later(
            "run steps when a pipeline succeeds",
            "call the step last, `after` all others",
        ),
        Feature.FINALLY: later(
            "run steps at the end whatever happened",
            "call the step last, `after` all others",
        ),
        Feature.RETRY: Lowered(
            "the launcher repeats a step that failed; `retryStrategy` repeats lost pods"
        ),
        Feature.TIMEOUT: Lowered(
            "the launcher ends an attempt; `activeDeadlineSeconds` ends a pod that hangs"
        ),
        Feature.PIPELINE_TIMEOUT: Native("activeDeadlineSeconds"),
        Feature.CACHE: Lowered("the launcher looks into the store; Argo's memoize stays off"),
        Feature.CACHE_TTL: Lowered("the launcher asks how old a result is"),
        Feature.CPU_AND_MEMORY: Native("resources"),
        Feature.GPU: Native("nvidia.com/gpu"),
        Feature.GPU_TYPE: Lowered("a `nodeSelector` on the label that says a node's gpu"),
        Feature.DISK: Native("ephemeral-storage"),
        Feature.SHARED_MEMORY: Native("a memory volume at /dev/shm"),
        Feature.BUILT_ENVIRONMENTS: BUILT_ENVIRONMENTS,
        Feature.PROJECT_FILES: PROJECT_FILES,
        Feature.ENVIRONMENT: Lowered("set by the launcher"),
        Feature.SECRETS: Native("secretKeyRef"),
        Feature.SCHEDULE: Native("CronWorkflow"),
        Feature.MAX_PARALLEL: Native("parallelism"),
        Feature.LABELS: Native("labels"),
        Feature.EFFECTS: Lowered("the launcher never answers them from the store"),
    }
)
