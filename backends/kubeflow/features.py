"""What Kubeflow Pipelines v2 can do: one answer for every feature a pipeline may ask for."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ...compiler.contract.feature import Feature, Impossible, Lowered, Native, Support
from ..later import BUILT_ENVIRONMENTS, PROJECT_FILES, later

_OTHER = "choose another target; `mlp targets` shows which one can"

FEATURES: Final = MappingProxyType[Feature, Support](
    {
        Feature.PARAMETERS: Native("inputDefinitions, with type and default"),
        Feature.ENUM_PARAMETERS: Native("literals"),
        Feature.LIST_PARAMETERS: Native("LIST and STRUCT"),
        Feature.ARTIFACT_PARAMETERS: later(
            "take files as parameters yet",
            "let a first step read it: a step may take its place as a text",
        ),
        Feature.RUN_FIELDS: later(
            "tell steps which run they belong to yet", "pass a parameter that says it", _OTHER
        ),
        Feature.TEXT: Lowered("a helper task builds the text"),
        Feature.RUN_TIME_EXPRESSIONS: Lowered("a helper task computes them"),
        Feature.FILES: Lowered("the edge carries a result's id, the store the bytes"),
        Feature.FOLDERS: Lowered("the edge carries a result's id, the store the bytes"),
        Feature.SCALARS: Lowered("read from the result that the edge names"),
        Feature.PIPELINE_OUTPUTS: Lowered("a last task prints and publishes them"),
        Feature.PYTHON: Native("container executor"),
        Feature.SHELL: Native("container executor"),
        Feature.NOTEBOOK: Lowered("the launcher runs it; the image needs nbclient and ipykernel"),
        Feature.CONTAINER: Native("container executor"),
        Feature.IMAGES_WITHOUT_PYTHON: later(
            "start images without Python yet", "use an image that has Python 3.10 or newer"
        ),
        Feature.AFTER: Native("dependentTasks"),
        Feature.EXPECT: Lowered("a helper task that fails"),
        Feature.EXPECT_WARN: Lowered("a helper task that says so in its log"),
        Feature.EXPECT_STOP: later(
            "end a run quietly yet", "let the gate fail: `expect …` without `stop`"
        ),
        Feature.EXPECT_PARAMETERS: Lowered("the entry task checks them"),
        Feature.APPROVE: Impossible(
            "wait for a person",
            ("split the pipeline at the approval and submit the second half by hand", _OTHER),
        ),
        Feature.WHEN: later("decide between branches yet", _OTHER),
        Feature.FOR_STATIC: Lowered("each branch becomes tasks of its own, up to 256 branches"),
        Feature.FOR_RUN_TIME: later(
            "run loops over a list made during the run yet",
            "let one step go through the list",
            _OTHER,
        ),
        Feature.FOR_NESTED: later(
            "run loops within loops over a list made during the run yet", _OTHER
        ),
        Feature.WHEN_IN_FOR: later(
            "decide between branches within such a loop yet", "let the step decide", _OTHER
        ),
        Feature.FAN_IN: Lowered("gathered in a helper task"),
        Feature.ALLOW_FAILURES: later("go on after a failed branch yet", _OTHER),
        Feature.PARTITION: later("run partitions yet", _OTHER),
        Feature.SUB_PIPELINE: Lowered("its steps become tasks of the one that calls it"),
        Feature.ON_FAILURE: later("run hooks yet", _OTHER),
        Feature.ON_SUCCESS: later("run hooks yet", "call the step last, `after` all others"),
        Feature.FINALLY: later("run final steps yet", _OTHER),
        Feature.RETRY: Lowered("the launcher repeats the body, Kubeflow restarts a lost pod"),
        Feature.TIMEOUT: Lowered("the launcher ends an attempt, activeDeadlineSeconds the pod"),
        Feature.PIPELINE_TIMEOUT: Native("pipelineConfig.activeDeadlineSeconds"),
        Feature.CACHE: Lowered("the launcher asks Millpond's store; Kubeflow's cache is off"),
        Feature.CACHE_TTL: Lowered("the launcher looks at a result's age"),
        Feature.CPU_AND_MEMORY: Native("resources"),
        Feature.GPU: Native("accelerator"),
        Feature.GPU_TYPE: Lowered("a node selector on the label that names the gpu"),
        Feature.DISK: Lowered("an ephemeral volume that becomes the scratch folder"),
        Feature.SHARED_MEMORY: Native("emptyDirMounts in memory at /dev/shm"),
        Feature.BUILT_ENVIRONMENTS: BUILT_ENVIRONMENTS,
        Feature.PROJECT_FILES: PROJECT_FILES,
        Feature.ENVIRONMENT: Lowered("the launcher sets them for the body"),
        Feature.SECRETS: Native("secretAsEnv"),
        Feature.SCHEDULE: Lowered("a recurring run; the command stands in the README"),
        Feature.MAX_PARALLEL: Impossible(
            "bound how many steps of a pipeline run at once",
            (
                "drop `max_parallel` and bound the namespace with a resource quota",
                "order the steps with `after`",
            ),
        ),
        Feature.LABELS: Lowered("labels and annotations of every pod"),
        Feature.EFFECTS: Lowered("the launcher keeps their results per run"),
    }
)
