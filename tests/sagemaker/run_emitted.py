"""Runs an emitted definition here: the document alone, its references resolved as SageMaker does.

Each step becomes one process with the entrypoint, arguments and environment that the document
says. The engine's paths lie in a scratch folder per step, the bucket is a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

ENGINE = "/opt/ml/processing"
EXECUTION = "a1b2c3d4e5f6"


class StepFailedError(Exception):
    """A step's process ended with something other than 0; the execution fails."""

    def __init__(self, step: str, code: int, log: str) -> None:
        super().__init__(f"{step} ended with {code}\n{log}")
        self.step, self.code, self.log = step, code, log


class RefusedError(Exception):
    """SageMaker would not have started this."""


@dataclass
class Bucket:
    """The folder that stands for everything under a URL."""

    url: str
    folder: Path

    def path(self, url: str) -> Path:
        prefix = self.url.rstrip("/")
        if url != prefix and not url.startswith(prefix + "/"):
            raise RefusedError(f"{url} does not lie in {prefix}")
        return self.folder / url[len(prefix) :].lstrip("/")

    def download(self, url: str, to: Path) -> None:
        """All objects whose keys begin with the URL's, as an S3Prefix input gets them."""
        to.mkdir(parents=True, exist_ok=True)
        source = self.path(url)
        found = sorted(source.parent.glob(source.name + "*"))
        if not found:
            raise RefusedError(f"there is nothing at {url}")
        for path in found:
            if path.is_dir():
                shutil.copytree(path, to, dirs_exist_ok=True)
            else:
                shutil.copy(path, to / path.name)

    def upload(self, folder: Path, url: str) -> None:
        if folder.is_dir():
            shutil.copytree(folder, self.path(url), dirs_exist_ok=True)


@dataclass
class Execution:
    """What references resolve to: parameters now, property files as steps finish."""

    parameters: Mapping[str, object]
    name: str
    files: dict[tuple[str, str], Any] = field(default_factory=dict)

    def value(self, written: Any) -> Any:
        if isinstance(written, dict):
            if set(written) == {"Get"}:
                return self._get(written["Get"])
            if set(written) == {"Std:Join"}:
                join = written["Std:Join"]
                return join["On"].join(_text(self.value(part)) for part in join["Values"])
            if set(written) == {"Std:JsonGet"}:
                return self._json_get(written["Std:JsonGet"])
            return {name: self.value(part) for name, part in written.items()}
        if isinstance(written, list):
            return [self.value(part) for part in written]
        return written

    def _get(self, name: str) -> object:
        space, _, rest = name.partition(".")
        if space == "Parameters":
            return self.parameters[rest]
        if name == "Execution.PipelineExecutionId":
            return EXECUTION
        if name == "Execution.PipelineName":
            return self.name
        raise RefusedError(f"this executor cannot resolve {name}")

    def _json_get(self, read: Any) -> object:
        _, step, _, file = read["PropertyFile"]["Get"].split(".", 3)
        found = self.files[step, file]
        for part in read["Path"].split("."):
            found = found[part]
        return found


def run_pipeline(
    document: str,
    *,
    artifacts_url: str,
    artifacts_folder: Path,
    scratch: Path,
    parameters: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """The id of every step's result by the step's name, in the order in which they ran.

    `parameters` are by their names in the document. Everything under `artifacts_url` lies in
    `artifacts_folder`. Raises `StepFailedError`, and `RefusedError` for what SageMaker would not
    start.
    """
    definition = json.loads(document)
    steps = {step["Name"]: step for step in definition["Steps"]}
    execution = Execution(_given(definition["Parameters"], parameters or {}), "pipeline")
    bucket = Bucket(artifacts_url, artifacts_folder.resolve())
    waits = {name: _waits(step) for name, step in steps.items()}
    results: dict[str, str] = {}
    for name in TopologicalSorter(waits).static_order():
        results[name] = _run(steps[name], execution, bucket, scratch.resolve() / name)
    return results


def _given(declared: Sequence[Any], given: Mapping[str, object]) -> dict[str, object]:
    kinds = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
    values: dict[str, object] = {}
    for parameter in declared:
        name = parameter["Name"]
        if name not in given and "DefaultValue" not in parameter:
            raise RefusedError(f"parameter {name} has no value")
        value = given.get(name, parameter.get("DefaultValue"))
        if not isinstance(value, kinds[parameter["Type"]]) or len(str(value)) > 1024:
            raise RefusedError(f"{value!r} is no {parameter['Type']} for {name}")
        if value not in parameter.get("EnumValues", [value]):
            raise RefusedError(f"{value!r} is none of the values of {name}")
        values[name] = value
    if unknown := given.keys() - values.keys():
        raise RefusedError(f"there is no parameter {sorted(unknown)[0]}")
    return values


def _waits(step: Any) -> set[str]:
    """What a step names in `DependsOn`, and what it reads from."""
    found = {
        entry if isinstance(entry, str) else entry["Step"] for entry in step.get("DependsOn", [])
    }

    def visit(value: Any) -> None:
        if isinstance(value, dict):
            name = value.get("Get")
            if isinstance(name, str) and name.startswith("Steps."):
                found.add(name.split(".")[1])
            for part in value.values():
                visit(part)
        elif isinstance(value, list):
            for part in value:
                visit(part)

    visit(step["Arguments"])
    return found


def _run(step: Any, execution: Execution, bucket: Bucket, scratch: Path) -> str:
    """Start the job of one Processing step, upload what it leaves, read its property files."""
    if step["Type"] != "Processing":
        raise RefusedError(f"this executor runs Processing steps only, not {step['Type']}")
    request = execution.value(step["Arguments"])
    outputs = request["ProcessingOutputConfig"]["Outputs"]
    for channel in request["ProcessingInputs"]:
        source = channel["S3Input"]
        bucket.download(source["S3Uri"], _here(source["LocalPath"], scratch))
    for output in outputs:
        _here(output["S3Output"]["LocalPath"], scratch).mkdir(parents=True, exist_ok=True)
    _start(step["Name"], request, bucket, scratch)
    folders = {}
    for output in outputs:
        target = output["S3Output"]["S3Uri"]
        bucket.upload(_here(output["S3Output"]["LocalPath"], scratch), target)
        folders[output["OutputName"]] = bucket.path(target)
    for file in step.get("PropertyFiles", []):
        content = (folders[file["OutputName"]] / file["FilePath"]).read_text(encoding="utf-8")
        execution.files[step["Name"], file["PropertyFileName"]] = json.loads(content)
    return str(execution.files[step["Name"], "result"]["result"])


def _start(name: str, request: Any, bucket: Bucket, scratch: Path) -> None:
    application = request["AppSpecification"]
    arguments = application.get("ContainerArguments", [])
    words = [*application["ContainerEntrypoint"], *arguments]
    for word in words:
        if not isinstance(word, str) or not 1 <= len(word) <= 256 or "\n" in word:
            raise RefusedError(f"{name}: {word!r} is no argument")
    if not 1 <= len(arguments) <= 100:
        raise RefusedError(f"{name}: {len(arguments)} arguments")
    command = [_mapped(word, bucket, scratch) for word in words]
    if command[0] in ("python", "python3"):
        command[0] = sys.executable
    environment = {"PATH": os.environ["PATH"], **request.get("Environment", {})}
    scratch.mkdir(parents=True, exist_ok=True)
    log = scratch / "log"
    with log.open("wb") as stream:
        code = subprocess.run(
            command,
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            timeout=request["StoppingCondition"]["MaxRuntimeInSeconds"],
            check=False,
        ).returncode
    if code != 0:
        raise StepFailedError(name, code, log.read_text(encoding="utf-8", errors="replace"))


def _here(path: str, scratch: Path) -> Path:
    if not path.startswith(ENGINE):
        raise RefusedError(f"{path} does not lie in {ENGINE}")
    return scratch / path.lstrip("/")


def _mapped(word: str, bucket: Bucket, scratch: Path) -> str:
    """An argument with the engine's paths and the bucket's address where they are here."""
    moved = word.replace(ENGINE, str(scratch / ENGINE.lstrip("/")))
    return moved.replace(bucket.url.rstrip("/"), bucket.folder.as_uri())


def _text(value: object) -> str:
    """A value inside a join; booleans as Java writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
