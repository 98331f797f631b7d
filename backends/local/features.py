"""What running on this machine can do."""

from __future__ import annotations

from ...compiler.contract.feature import Feature, Impossible, Lowered, Native, Support

_WAY_OUT = ("leave it out for now", "`mlp targets` shows what each target can do today")


def _later(what: str) -> Impossible:
    return Impossible(what, _WAY_OUT, later=True)


FEATURES: dict[Feature, Support] = {
    Feature.PARAMETERS: Native(),
    Feature.ENUM_PARAMETERS: Native(),
    Feature.LIST_PARAMETERS: Native(),
    Feature.ARTIFACT_PARAMETERS: Native(),
    Feature.TEXT: Native(),
    Feature.RUN_TIME_EXPRESSIONS: Native(),
    Feature.FILES: Native(),
    Feature.FOLDERS: Native(),
    Feature.SCALARS: Native(),
    Feature.PIPELINE_OUTPUTS: Native(),
    Feature.PYTHON: Native("warm worker processes"),
    Feature.SHELL: Native("bash"),
    Feature.NOTEBOOK: _later("run notebooks"),
    Feature.CONTAINER: Lowered("through docker or podman, where one is installed"),
    Feature.IMAGES_WITHOUT_PYTHON: Lowered("the launcher runs outside the container"),
    Feature.AFTER: Native(),
    Feature.EXPECT: Native(),
    Feature.EXPECT_WARN: Native(),
    Feature.EXPECT_STOP: Native(),
    Feature.EXPECT_PARAMETERS: Native("before anything starts"),
    Feature.APPROVE: _later("wait for a person"),
    Feature.WHEN: _later("branch"),
    Feature.FOR_STATIC: _later("loop"),
    Feature.FOR_RUN_TIME: _later("loop over a list made during the run"),
    Feature.FOR_NESTED: _later("loop within loops"),
    Feature.WHEN_IN_FOR: _later("branch within loops"),
    Feature.FAN_IN: _later("collect what a loop yields"),
    Feature.ALLOW_FAILURES: _later("tolerate failures in loops"),
    Feature.PARTITION: _later("run by partitions"),
    Feature.SUB_PIPELINE: _later("call pipelines as steps"),
    Feature.ON_FAILURE: _later("run failure hooks"),
    Feature.ON_SUCCESS: _later("run success hooks"),
    Feature.FINALLY: _later("run final steps"),
    Feature.RETRY: Native(),
    Feature.TIMEOUT: Native("the whole process group"),
    Feature.PIPELINE_TIMEOUT: _later("limit the time of a whole pipeline"),
    Feature.CACHE: Native(),
    Feature.CACHE_TTL: Native(),
    Feature.CPU_AND_MEMORY: Lowered("steps wait until there is room; nothing is enforced"),
    Feature.GPU: Lowered("steps wait until there is room; `gpus` in the target says how many"),
    Feature.GPU_TYPE: Lowered("taken to be what the machine has"),
    Feature.DISK: Lowered("not enforced"),
    Feature.SHARED_MEMORY: Lowered("not enforced"),
    Feature.BUILT_ENVIRONMENTS: Native("a virtual environment per content, made once"),
    Feature.PROJECT_FILES: Native("read where they lie"),
    Feature.ENVIRONMENT: Native(),
    Feature.SECRETS: Lowered("from the environment, a file outside of git, or a keyring"),
    Feature.SCHEDULE: Lowered("a run starts now; cron or CI calls `mlp run`"),
    Feature.MAX_PARALLEL: Native(),
    Feature.LABELS: Native("in the report"),
    Feature.EFFECTS: Native(),
}
