"""Runs an emitted document as Kubeflow would, on this machine: the YAML text is all it knows.

Placeholders are filled as the driver and the launcher of Kubeflow fill them, arguments expanded as
Kubernetes expands them, importers read from a folder, and every executor's command runs as a
process of its own, in the order of the tasks. A placeholder that stands inside another one's value
is left as it is, since launchers before 2.16 may do so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

_PLACEHOLDER = re.compile(r"\{\{\$\.(\w+)\.(\w+)\['([^']+)'\](?:\.(\w+))?\}\}")
_VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_.-][\w.-]*)\)", re.ASCII)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "STRING": str,
    "BOOLEAN": bool,
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "LIST": list,
    "STRUCT": dict,
}


class TaskFailedError(Exception):
    """A task's process ended with an error; the message holds what it wrote."""


@dataclass(slots=True)
class _Run:
    spec: Object
    platform: Object
    artifacts_url: str
    artifacts_folder: Path
    scratch: Path
    parameters: dict[str, object]
    secrets: Mapping[str, Mapping[str, str]]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outputs: dict[str, dict[str, object]] = field(default_factory=dict)
    uris: dict[str, dict[str, str]] = field(default_factory=dict)


def run_pipeline(
    document: str,
    *,
    artifacts_url: str,
    artifacts_folder: Path,
    scratch: Path,
    parameters: dict[str, object],
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, str]:
    """Run every task of the root; the result id that each container task wrote, by task name.

    What the document names under `artifacts_url` lies in `artifacts_folder`. `parameters` are
    values of Kubeflow's types, `secrets` the cluster's: name -> key -> value.
    """
    parts: list[Object] = [part for part in yaml.safe_load_all(document) if part]
    spec = next(part for part in parts if "pipelineInfo" in part)
    platform: Object = next((part for part in parts if "platforms" in part), {})
    run = _Run(
        spec, platform, artifacts_url.rstrip("/"), artifacts_folder, scratch,
        _root_parameters(spec, parameters), secrets or {},
    )  # fmt: skip
    tasks: Object = spec["root"]["dag"]["tasks"]
    order = TopologicalSorter(
        {name: task.get("dependentTasks", []) for name, task in tasks.items()}
    )
    for name in order.static_order():
        component = spec["components"][tasks[name]["componentRef"]["name"]]
        executor = spec["deploymentSpec"]["executors"][component["executorLabel"]]
        if "importer" in executor:
            (output,) = component["outputDefinitions"]["artifacts"]
            run.uris[name] = {output: executor["importer"]["artifactUri"]["constant"]}
        else:
            _run_task(run, name, tasks[name], component, executor["container"])
    return {name: str(values["result"]) for name, values in run.outputs.items()}


def _root_parameters(spec: Object, given: dict[str, object]) -> dict[str, object]:
    definitions: Object = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    if unknown := given.keys() - definitions.keys():
        raise ValueError(f"the pipeline has no parameters {sorted(unknown)}")
    result: dict[str, object] = {}
    for name, definition in definitions.items():
        if name not in given and "defaultValue" not in definition:
            raise ValueError(f"the pipeline needs `{name}`")
        value = given.get(name, definition.get("defaultValue"))
        if not isinstance(value, _TYPES[definition["parameterType"]]):
            raise TypeError(f"`{name}` is {definition['parameterType']}, {value!r} given")
        if definition.get("literals") and value not in definition["literals"]:
            raise ValueError(f"`{name}` is one of {definition['literals']}, {value!r} given")
        result[name] = value
    return result


# ---- the driver: inputs -----------------------------------------------------------------------


def _inputs(run: _Run, name: str, task: Object, component: Object) -> dict[str, str]:
    definitions: Object = component.get("inputDefinitions", {}).get("parameters", {})
    bound: Object = task.get("inputs", {}).get("parameters", {})
    if missing := definitions.keys() - bound.keys():
        raise ValueError(f"{name}: nothing is bound to {sorted(missing)}")
    result: dict[str, str] = {}
    for key, source in bound.items():
        value: object
        if "componentInputParameter" in source:
            value = run.parameters[source["componentInputParameter"]]
        elif "taskOutputParameter" in source:
            producer = source["taskOutputParameter"]
            value = run.outputs[producer["producerTask"]][producer["outputParameterKey"]]
        else:
            value = source["runtimeValue"]["constant"]
            value = run.id if value == "{{$.pipeline_job_uuid}}" else value
        assert definitions[key]["parameterType"] == "STRING", "other types keep their own form"
        result[key] = as_text(value)
    return result


def as_text(value: object) -> str:
    """A parameter as the driver makes text of it (`PbValueToText`): every number is a double."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _fixed(float(value))
        case _:
            return json.dumps(_go_json(value), separators=(",", ":"), ensure_ascii=False)


def _fixed(number: float) -> str:
    """Go's `FormatFloat(number, 'f', -1, 64)`: the shortest digits, never an exponent."""
    from decimal import Decimal

    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _go_json(value: object) -> object:
    match value:
        case float() if value.is_integer() and abs(value) < 1e21:
            return int(value)
        case list():
            return [_go_json(item) for item in value]
        case dict():
            return {name: _go_json(item) for name, item in sorted(value.items())}
        case _:
            return value


# ---- the pod ----------------------------------------------------------------------------------


def _run_task(run: _Run, name: str, task: Object, component: Object, container: Object) -> None:
    folder = run.scratch / name
    work = folder / "work"
    work.mkdir(parents=True)
    config = _config(run, component["executorLabel"])
    environment = _environment(run, folder, container, config)
    fills = {
        ("inputs", "parameters", k, None): v for k, v in _inputs(run, name, task, component).items()
    }
    for key, source in task.get("inputs", {}).get("artifacts", {}).items():
        producer = source["taskOutputArtifact"]
        uri = run.uris[producer["producerTask"]][producer["outputArtifactKey"]]
        fills["inputs", "artifacts", key, "path"] = str(_downloaded(run, folder, uri))
        fills["inputs", "artifacts", key, "uri"] = uri
    results: dict[str, Path] = {}
    for key in component.get("outputDefinitions", {}).get("parameters", {}):
        results[key] = folder / "outputs" / key
        results[key].parent.mkdir(exist_ok=True)
        fills["outputs", "parameters", key, "output_file"] = str(results[key])
    command = [
        _mapped(run, folder, config, _filled(word, fills, environment))
        for word in [*container["command"], *container.get("args", [])]
    ]
    if command[0] in ("python", "python3"):
        command[0] = sys.executable
    deadline = config.get("activeDeadlineSeconds")
    attempts = 1 + int(task.get("retryPolicy", {}).get("maxRetryCount", 0))
    for attempt in range(1, attempts + 1):
        done = subprocess.run(
            command,
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=None if deadline is None else float(deadline),
        )
        if done.returncode == 0:
            break
        if attempt == attempts:
            said = f"{done.stdout}\n{done.stderr}".strip()
            raise TaskFailedError(f"{name} ended with {done.returncode}: {command}\n{said}")
    # A STRING is the file's text, to the last byte: a newline would become part of it.
    run.outputs[name] = {key: path.read_text() for key, path in results.items()}


def _config(run: _Run, label: str) -> Object:
    kubernetes: Object = run.platform.get("platforms", {}).get("kubernetes", {})
    found: Object = kubernetes.get("deploymentSpec", {}).get("executors", {}).get(label, {})
    return found


def _environment(run: _Run, folder: Path, container: Object, config: Object) -> dict[str, str]:
    """What an image would have, and what the document adds; nothing of this process."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    environment = {"PATH": path, "HOME": str(folder / "work"), "LANG": "C.UTF-8"}
    environment |= {item["name"]: item.get("value", "") for item in container.get("env", [])}
    for secret in config.get("secretAsEnv", []):
        values = run.secrets[secret["secretNameParameter"]["runtimeValue"]["constant"]]
        environment |= {key["envVar"]: values[key["secretKey"]] for key in secret["keyToEnv"]}
    return environment


def _downloaded(run: _Run, folder: Path, uri: str) -> Path:
    """The local copy of an artifact, at Kubeflow's own path below the task's folder."""
    scheme, _, rest = uri.partition("://")
    root = {"gs": "gcs", "s3": "s3", "minio": "minio"}[scheme]
    target = folder / root / rest
    target.parent.mkdir(parents=True, exist_ok=True)
    assert uri.startswith(f"{run.artifacts_url}/"), f"{uri} lies outside of {run.artifacts_url}"
    shutil.copyfile(run.artifacts_folder / uri.removeprefix(f"{run.artifacts_url}/"), target)
    return target


def _filled(
    word: str, fills: Mapping[tuple[str, str, str, str | None], str], variables: Mapping[str, str]
) -> str:
    """One pass of placeholders, then one of Kubernetes' variables, over word and values alike."""

    def fill(found: re.Match[str]) -> str:
        key = (found[1], found[2], found[3], found[4])
        if key not in fills:
            raise ValueError(f"nothing fills {found[0]}")
        return fills[key]

    return _VARIABLE.sub(
        lambda found: "$" if found[1] is None else variables.get(found[1], found[0]),
        _PLACEHOLDER.sub(fill, word),
    )


def _mapped(run: _Run, folder: Path, config: Object, word: str) -> str:
    """A word with the bucket and the pod's mounts where they lie on this machine."""
    if word == run.artifacts_url or word.startswith(f"{run.artifacts_url}/"):
        local = run.artifacts_folder.resolve().as_uri()
        return local + word.removeprefix(run.artifacts_url)
    for mount in [*config.get("genericEphemeralVolume", []), *config.get("emptyDirMounts", [])]:
        if word == mount["mountPath"] or word.startswith(f"{mount['mountPath']}/"):
            place = folder / "mounts" / mount["volumeName"]
            place.mkdir(parents=True, exist_ok=True)
            return str(place) + word.removeprefix(mount["mountPath"])
    return word
