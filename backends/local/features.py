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
    Feature.RUN_FIELDS: Native(),
    Feature.TEXT: Native(),
    Feature.RUN_TIME_EXPRESSIONS: Native(),
    Feature.FILES: Native(),
    Feature.FOLDERS: Native(),
    Feature.SCALARS: Native(),
    Feature.PIPELINE_OUTPUTS: Native(),
    Feature.PYTHON: Native("warm worker processes"),
    Feature.SHELL: Native("bash"),
    Feature.NOTEBOOK: Native("in a kernel of their own, through nbclient"),
    Feature.CONTAINER: Lowered("through docker or podman, where one is installed"),
    Feature.IMAGES_WITHOUT_PYTHON: Lowered("the launcher runs outside the container"),
    Feature.AFTER: Native(),
    Feature.EXPECT: Native(),
    Feature.EXPECT_WARN: Native(),
    Feature.EXPECT_STOP: Native(),
    Feature.EXPECT_PARAMETERS: Native("before anything starts"),
    Feature.APPROVE: Native("`mlp approve` in another terminal; `by` is taken at its word"),
    Feature.WHEN: Native(),
    Feature.FOR_STATIC: Native(),
    Feature.FOR_RUN_TIME: Native(),
    Feature.FOR_NESTED: Native(),
    Feature.WHEN_IN_FOR: Native(),
    Feature.FAN_IN: Native(),
    Feature.ALLOW_FAILURES: Native(),
    Feature.PARTITION: Native("planned when the run starts"),
    Feature.SUB_PIPELINE: Native(),
    Feature.ON_FAILURE: Native(),
    Feature.ON_SUCCESS: Native(),
    Feature.FINALLY: Native("not after Ctrl-C"),
    Feature.RETRY: Native(),
    Feature.TIMEOUT: Native("the whole process group"),
    Feature.PIPELINE_TIMEOUT: Native("running steps are ended"),
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
