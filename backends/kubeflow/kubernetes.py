"""The shape of a `KubernetesExecutorConfig`, which Kubeflow's own model holds as a free Struct."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Shape: TypeAlias = "str | list[Shape] | Mapping[str, Shape]"

# kubernetes_platform/proto/kubernetes_executor_config.proto of Kubeflow 2.17. `int64` may be a
# number or digits in quotes, as in every JSON of a proto; `{"*": …}` takes any key.
_INPUT: Final[Shape] = {
    "runtimeValue": {"constant": "any"},
    "componentInputParameter": "string",
    "taskOutputParameter": {"producerTask": "string", "outputParameterKey": "string"},
}
_TEXTS: Final[Shape] = {"*": "string"}
_METADATA: Final[Shape] = {"labels": _TEXTS, "annotations": _TEXTS}
_VOLUME: Final[Mapping[str, Shape]] = {"mountPath": "string", "optional": "bool"}
_REQUIREMENT: Final[Shape] = [{"key": "string", "operator": "string", "values": ["string"]}]
CONFIG: Final[Mapping[str, Shape]] = {
    "secretAsVolume": [{"secretName": "string", "secretNameParameter": _INPUT, **_VOLUME}],
    "secretAsEnv": [
        {
            "secretName": "string",
            "secretNameParameter": _INPUT,
            "keyToEnv": [{"secretKey": "string", "envVar": "string"}],
            "optional": "bool",
        }
    ],
    "pvcMount": [
        {
            "taskOutputParameter": {"producerTask": "string", "outputParameterKey": "string"},
            "constant": "string",
            "componentInputParameter": "string",
            "mountPath": "string",
            "pvcNameParameter": _INPUT,
            "subPath": "string",
        }
    ],
    "nodeSelector": {"labels": _TEXTS, "nodeSelectorJson": _INPUT},
    "podMetadata": _METADATA,
    "imagePullSecret": [{"secretName": "string", "secretNameParameter": _INPUT}],
    "imagePullPolicy": "string",
    "configMapAsVolume": [{"configMapName": "string", "configMapNameParameter": _INPUT, **_VOLUME}],
    "configMapAsEnv": [
        {
            "configMapName": "string",
            "configMapNameParameter": _INPUT,
            "keyToEnv": [{"configMapKey": "string", "envVar": "string"}],
            "optional": "bool",
        }
    ],
    "activeDeadlineSeconds": "int64",
    "fieldPathAsEnv": [{"name": "string", "fieldPath": "string"}],
    "tolerations": [
        {
            "key": "string",
            "operator": "string",
            "value": "string",
            "effect": "string",
            "tolerationSeconds": "int64",
            "tolerationJson": _INPUT,
        }
    ],
    "genericEphemeralVolume": [
        {
            "volumeName": "string",
            "mountPath": "string",
            "accessModes": ["string"],
            "size": "string",
            "defaultStorageClass": "bool",
            "storageClassName": "string",
            "metadata": _METADATA,
        }
    ],
    "nodeAffinity": [
        {
            "matchExpressions": _REQUIREMENT,
            "matchFields": _REQUIREMENT,
            "weight": "int64",
            "nodeAffinityJson": _INPUT,
        }
    ],
    "podAffinity": [
        {
            "matchPodExpressions": _REQUIREMENT,
            "matchPodLabels": _TEXTS,
            "topologyKey": "string",
            "namespaces": ["string"],
            "matchNamespaceExpressions": _REQUIREMENT,
            "matchNamespaceLabels": _TEXTS,
            "weight": "int64",
            "anti": "bool",
        }
    ],
    "enabledSharedMemory": {"volumeName": "string", "size": "string"},
    "emptyDirMounts": [
        {
            "volumeName": "string",
            "mountPath": "string",
            "medium": "string",
            "sizeLimit": "string",
        }
    ],
    "securityContext": {"runAsUser": "int64", "runAsGroup": "int64", "runAsNonRoot": "bool"},
}


def check(where: str, value: object, shape: Shape = CONFIG) -> Iterator[tuple[str, str]]:
    """Everything in a configuration that the proto has no place for."""
    if isinstance(shape, str):
        if not _is(value, shape):
            yield where, f"{shape} wanted, {value!r} given"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield where, "a list is wanted"
            return
        for index, item in enumerate(value):
            yield from check(f"{where}[{index}]", item, shape[0])
    elif not isinstance(value, dict):
        yield where, "an object is wanted"
    else:
        for name, item in value.items():
            inner = shape.get(str(name), shape.get("*"))
            if inner is None:
                yield where, f"there is no field `{name}`"
            else:
                yield from check(f"{where}.{name}", item, inner)


def _is(value: object, shape: str) -> bool:
    match shape:
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "int64":
            digits = isinstance(value, str) and value.removeprefix("-").isdigit()
            return digits or (isinstance(value, int) and not isinstance(value, bool))
        case _:
            return True
