"""How large a pipeline becomes in the cluster: the Argo workflow that Kubeflow makes of it.

The API server writes every task twice (the root component and the driver's argument), JSON in JSON,
and each component and executor once; Kubernetes takes 1.5 MiB (etcd) and a little less. The fixed
parts were measured on the output of `backend/src/v2/compiler/argocompiler` of Kubeflow 2.17.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .reading import mapping, text, texts

LIMIT: Final = 1_572_864
CONTROLLER_LIMIT: Final = 1_048_576
"""Beyond this Argo's controller no longer packs the status of nodes into the workflow."""
_FRAME: Final = 9_000
"""Templates, environment and security settings, the same for every pipeline."""
_METADATA_FRAME: Final = 6_000
"""Two more templates, with and without retries, where pods bear labels."""
_HASH: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Expanded:
    """Bytes of the workflow by what takes them."""

    frame: int
    tasks: int
    definitions: int
    root: int

    @property
    def total(self) -> int:
        return self.frame + self.tasks + self.definitions + self.root


def expanded(pipeline: Mapping[str, object], platform: Mapping[str, object]) -> Expanded:
    """The size of the workflow that the API server stores for one run."""
    components = mapping(pipeline.get("components"))
    executors = mapping(mapping(pipeline.get("deploymentSpec")).get("executors"))
    kubernetes = mapping(mapping(platform.get("platforms")).get("kubernetes"))
    configured = mapping(mapping(kubernetes.get("deploymentSpec")).get("executors"))
    definitions = sum(
        len(_nested(body)) + 2 * len(_HASH)
        for part in (components, executors, configured)
        for body in part.values()
    )
    root = mapping(pipeline.get("root"))
    extra: dict[str, Mapping[str, object]] = {}
    for name, body in components.items():
        config = configured.get(text(mapping(body).get("executorLabel")))
        if config is not None:
            extra[name] = mapping(config)
    labelled = any("podMetadata" in config for config in extra.values())
    return Expanded(
        frame=_FRAME + (_METADATA_FRAME if labelled else 0),
        tasks=sum(
            _task(name, mapping(task), extra)
            for component in (root, *components.values())
            for name, task in mapping(mapping(mapping(component).get("dag")).get("tasks")).items()
        ),
        definitions=definitions,
        root=len(_nested(root)),
    )


def _task(name: str, task: dict[str, object], extra: Mapping[str, Mapping[str, object]]) -> int:
    """The driver and the executor that stand in the workflow for one task."""
    component = text(mapping(task.get("componentRef")).get("name"))
    depends = " && ".join(f"{other}.Succeeded" for other in texts(task.get("dependentTasks")))
    # For an importer there is one task and no driver; the difference is small.
    arguments = {
        "component": f"{{{{workflow.parameters.components-{_HASH}}}}}",
        "task": _json(task),
        "container": f"{{{{workflow.parameters.implementations-{_HASH}}}}}",
        "task-name": name,
        "parent-dag-id": "{{inputs.parameters.parent-dag-id}}",
    }
    outputs = f"{{{{tasks.{name}-driver.outputs.parameters."
    values = {"pod-spec-patch": f"{outputs}pod-spec-patch}}}}"}
    if component in extra:
        arguments["kubernetes-config"] = f"{{{{workflow.parameters.kubernetes-{component}}}}}"
        for kind, entries in mapping(extra[component].get("podMetadata")).items():
            for index, (key, value) in enumerate(mapping(entries).items()):
                values[f"pod-metadata-{kind}-key-{index}"] = key
                values[f"pod-metadata-{kind}-val-{index}"] = str(value)
    for field, value in mapping(task.get("retryPolicy")).items():
        values[f"retry-{field}"] = str(value)
    driver = {
        "arguments": {"parameters": _parameters(arguments)},
        "depends": depends,
        "name": f"{name}-driver",
        "template": "system-container-driver",
    }
    cached = {
        "default": "false",
        "name": "cached-decision",
        "value": f"{outputs}cached-decision}}}}",
    }
    executor = {
        "arguments": {"parameters": [*_parameters(values), cached]},
        "depends": f"{name}-driver.Succeeded",
        "name": name,
        "template": "system-container-executor",
    }
    return len(_json([driver, executor]))


def _parameters(values: Mapping[str, str]) -> list[object]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _nested(value: object) -> str:
    """JSON as the text of a workflow argument."""
    return json.dumps(_json(value))
