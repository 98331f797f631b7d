"""Runs an emitted WorkflowTemplate without a cluster: its text alone says what is executed.

Variables are substituted in the JSON of a task and then of its template, as the controller does;
arguments are expanded as the kubelet does; each container is a process. The engine's paths lie in
a scratch folder, the bucket is a folder here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .expressions import evaluate

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_EXPANSION = re.compile(r"\$\$|\$\(([^)]+)\)")
UID = "5f0a3c1e-0000-4000-8000-000000000001"


class ContainerFailedError(Exception):
    """A container ended badly. `log` holds what it wrote."""

    def __init__(self, task: str, code: int, log: str) -> None:
        super().__init__(f"{task} ended with {code}:\n{log}")
        self.task, self.code, self.log = task, code, log


@dataclass(frozen=True, slots=True)
class Place:
    """Where the engine's things are on this machine."""

    artifacts_url: str
    artifacts_folder: Path
    scratch: Path
    secrets: Mapping[str, Mapping[str, str]]

    def here(self, url: str) -> Path:
        """The file behind a URL below the artifacts."""
        assert url.startswith(f"{self.artifacts_url}/"), url
        return self.artifacts_folder / url.removeprefix(f"{self.artifacts_url}/")


def run_workflow(
    document: str,
    *,
    artifacts_url: str,
    artifacts_folder: Path,
    scratch: Path,
    parameters: Mapping[str, str],
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, str]:
    """The result id of every task, by the task's name; ends at the first container that fails."""
    spec = yaml.safe_load(document)["spec"]
    place = Place(artifacts_url.rstrip("/"), artifacts_folder.resolve(), scratch, secrets or {})
    templates = {template["name"]: template for template in spec["templates"]}
    values = {"workflow.uid": UID}
    for parameter in spec.get("arguments", {}).get("parameters", []):
        name = parameter["name"]
        value = parameters.get(name, parameter.get("value"))
        assert value is not None, f"parameter {name} has no value"
        assert "enum" not in parameter or value in parameter["enum"], f"{name} cannot be {value}"
        values[f"workflow.parameters.{name}"] = value
    tasks = {task["name"]: task for task in templates[spec["entrypoint"]]["dag"]["tasks"]}
    results: dict[str, str] = {}
    while len(results) < len(tasks):
        ready = [name for name in tasks if name not in results and _ready(tasks[name], results)]
        assert ready, "no task can start: the rest wait for one another"
        for name in ready:
            task = substitute(tasks[name], values)
            outputs = run_task(task, templates[task["template"]], values, place)
            for output, value in outputs.items():
                values[f"tasks.{name}.outputs.parameters.{output}"] = value
            results[name] = outputs["result"]
    return results


def run_task(task: Any, template: Any, values: Mapping[str, str], place: Place) -> dict[str, str]:
    """Run one container and read its output parameters."""
    given = {p["name"]: p["value"] for p in task.get("arguments", {}).get("parameters", [])}
    wanted = [p["name"] for p in template["inputs"].get("parameters", [])]
    assert sorted(given) == sorted(wanted), f"{task['name']} is given {given}, wants {wanted}"
    inputs = {f"inputs.parameters.{name}": value for name, value in given.items()}
    template = substitute(template, {**values, **inputs, "tasks.name": task["name"]})
    root = place.scratch / task["name"]
    paths: dict[str, Path] = {}
    for artifact in template["inputs"].get("artifacts", []):
        paths[artifact["path"]] = root / artifact["path"].lstrip("/")
        paths[artifact["path"]].parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place.here(_url(artifact)), paths[artifact["path"]])
    outputs = {
        parameter["name"]: parameter["valueFrom"]["path"]
        for parameter in template["outputs"]["parameters"]
    }
    for path in outputs.values():
        paths[path] = root / path.lstrip("/")
    _run_container(task["name"], template["container"], root, paths, place)
    return {name: paths[path].read_text(encoding="utf-8") for name, path in outputs.items()}


def substitute(part: Any, values: Mapping[str, str]) -> Any:
    """The part with its `{{…}}` resolved in its JSON; what is not known here stays."""

    def value(match: re.Match[str]) -> str:
        tag = match[1]
        if tag.startswith("="):
            text = evaluate(json.loads(f'"{tag[1:]}"'), values)
        elif tag.strip() in values:
            text = values[tag.strip()]
        else:
            raise KeyError(f"failed to resolve {{{{{tag}}}}}")
        return json.dumps(text)[1:-1]

    return json.loads(_TAG.sub(value, json.dumps(part, ensure_ascii=False)))


def expand(text: str, environment: Mapping[str, str]) -> str:
    """`$(NAME)` is a variable's value where there is one, `$$` is a dollar."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else environment.get(match[1], match[0])

    return _EXPANSION.sub(value, text)


def _ready(task: Any, results: Mapping[str, str]) -> bool:
    needs = [need for need in task.get("depends", "").split(" && ") if need]
    assert all(need.endswith(".Succeeded") for need in needs), needs
    return all(need.removesuffix(".Succeeded") in results for need in needs)


def _url(artifact: Any) -> str:
    assert artifact["archive"] == {"none": {}}, "Argo would unpack it"
    scheme, location = ("s3", artifact["s3"]) if "s3" in artifact else ("gs", artifact["gcs"])
    assert scheme == "gs" or location["endpoint"], "Argo would look in the default bucket"
    return f"{scheme}://{location['bucket']}/{location['key']}"


def _run_container(
    name: str, container: Any, root: Path, paths: Mapping[str, Path], place: Place
) -> None:
    declared = {
        variable["name"]: variable.get("value") or _secret(variable, place)
        for variable in container.get("env", [])
    }
    folders = {"HOME": str(root / "home"), "TMPDIR": str(root / "tmp")}
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    words = [expand(word, declared) for word in (*container["command"], *container["args"])]
    assert words[0] == "python3", words[0]
    command = [sys.executable, *(_mapped(word, paths, place) for word in words[1:])]
    done = subprocess.run(
        command,
        cwd=root,
        env={"PATH": os.environ["PATH"], **folders, **declared},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ContainerFailedError(name, done.returncode, done.stdout + done.stderr)


def _secret(variable: Any, place: Place) -> str:
    reference = variable["valueFrom"]["secretKeyRef"]
    return place.secrets[reference["name"]][reference["key"]]


def _mapped(word: str, paths: Mapping[str, Path], place: Place) -> str:
    """An argument with the engine's paths and the bucket replaced by those of this machine."""
    if word == place.artifacts_url or word.startswith(f"{place.artifacts_url}/"):
        return place.artifacts_folder.as_uri() + word.removeprefix(place.artifacts_url)
    return str(paths[word]) if word in paths else word
