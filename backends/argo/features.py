"""What Argo can say: one answer for every feature, from which errors, docs and tests are made."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ...compiler.contract.feature import Feature, Impossible, Lowered, Native, Support

FEATURES: Final = MappingProxyType[Feature, Support](
    {
        Feature.PARAMETERS: Lowered("as texts; the entry step reads them by their types"),
        Feature.ENUM_PARAMETERS: Native("enum"),
        Feature.LIST_PARAMETERS: Lowered("as JSON texts; the entry step reads them"),
        Feature.ARTIFACT_PARAMETERS: Impossible(
            "take a file or dataset as a parameter",
            ("let a first step read it: a step may take its place as a text",),
            later=True,
        ),
        Feature.RUN_FIELDS: Impossible(
            "tell steps which run they belong to",
            ("pass a parameter that says it",),
            later=True,
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
        Feature.IMAGES_WITHOUT_PYTHON: Impossible(
            "run images without Python",
            ("add Python 3.10 or later to the image",),
            later=True,
        ),
        Feature.AFTER: Native("depends"),
        Feature.EXPECT: Lowered("a helper step that fails"),
        Feature.EXPECT_WARN: Lowered("a helper step that warns in its log"),
        Feature.EXPECT_STOP: Impossible(
            "stop quietly at a gate",
            ("let the gate fail: `else fail`", "only say so: `else warn`"),
            later=True,
        ),
        Feature.EXPECT_PARAMETERS: Lowered("checked by the entry step"),
        Feature.APPROVE: Impossible(
            "wait for a person's approval",
            ("split the pipeline in two where a person decides",),
            later=True,
        ),
        Feature.WHEN: Impossible(
            "choose between branches",
            ("decide with a value known when compiling",),
            later=True,
        ),
        Feature.FOR_STATIC: Lowered("each branch becomes tasks of its own, up to 256 branches"),
        Feature.FOR_RUN_TIME: Impossible(
            "repeat steps over a list made during the run",
            ("let one step go through the list",),
            later=True,
        ),
        Feature.FOR_NESTED: Impossible(
            "put loops within loops",
            ("let one step go through the inner list",),
            later=True,
        ),
        Feature.WHEN_IN_FOR: Impossible(
            "choose between branches within a loop",
            ("let the step decide what to do",),
            later=True,
        ),
        Feature.FAN_IN: Lowered("gathered in a helper step"),
        Feature.ALLOW_FAILURES: Impossible(
            "tolerate some failures in a loop",
            ("catch the failure in the step and return what is left",),
            later=True,
        ),
        Feature.PARTITION: Impossible(
            "run partitions",
            ("pass the day as a parameter and schedule one run a day",),
            later=True,
        ),
        Feature.SUB_PIPELINE: Lowered("its steps become tasks of the one that calls it"),
        Feature.ON_FAILURE: Impossible(
            "run steps when a pipeline fails",
            ("watch the label `workflows.argoproj.io/phase` of the workflow",),
            later=True,
        ),
        Feature.ON_SUCCESS: Impossible(
            "run steps when a pipeline succeeds",
            ("call the step last, `after` all others",),
            later=True,
        ),
        Feature.FINALLY: Impossible(
            "run steps at the end whatever happened",
            ("call the step last, `after` all others",),
            later=True,
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
        Feature.BUILT_ENVIRONMENTS: Impossible(
            "make an environment for a step yet",
            ('name an image that holds it: `environment { image = "…@sha256:…" }`',),
            later=True,
        ),
        Feature.PROJECT_FILES: Impossible(
            "carry files of the project yet",
            ("let a first step write or fetch the file", "put it beside the step's code"),
            later=True,
        ),
        Feature.ENVIRONMENT: Lowered("set by the launcher"),
        Feature.SECRETS: Native("secretKeyRef"),
        Feature.SCHEDULE: Native("CronWorkflow"),
        Feature.MAX_PARALLEL: Native("parallelism"),
        Feature.LABELS: Native("labels"),
        Feature.EFFECTS: Lowered("the launcher never answers them from the store"),
    }
)
