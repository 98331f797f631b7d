"""Shell and container bodies: the command, its variables, and what it leaves behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .artifact import Json
from .body import BodyError, Workplace, from_path
from .descriptors import Type, has_artifacts, kind, part
from .evaluate import EvaluationError, evaluate, show_items
from .inputs import Given, input_types
from .key import Spec
from .nested import map_artifacts
from .outputs import UNFIT, OutputError, checked, declared
from .texts import shell_text

# One environment variable of Linux holds 128 KiB; what is longer is in `$name_file` alone.
_LONGEST = 128 * 1024 - 256


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start: its arguments, the variables it adds, its working folder."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path


def command_of(
    spec: Spec, laid: Mapping[str, object], place: Workplace, bash: str | None = None
) -> Command:
    """The process that a shell or container body is; `bash` is the one to use, where it is not
    the one found here. Raises `BodyError`."""
    place.outputs.mkdir(exist_ok=True)
    variables = _inputs(spec, laid, place.scratch)
    variables.update({o.name: str(place.outputs / o.name) for o in declared(spec)})
    if spec["kind"] == "container":
        return Command(_container(spec, laid, place), variables, place.scratch)
    bash = bash or shutil.which("bash")
    if bash is None:
        raise BodyError("a shell step needs bash, and there is none in this environment")
    _lay_scripts(spec, place)
    script = place.scratch / ".step" / "script.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(cast(str, spec["text"]), encoding="utf-8")
    return Command((bash, "-euo", "pipefail", str(script)), variables, place.scratch)


def _lay_scripts(spec: Spec, place: Workplace) -> None:
    """Puts the project's files that a script runs where it names them: below its folder."""
    for name in cast("list[str]", spec.get("scripts") or []):
        source = next((root / name for root in place.roots if (root / name).is_file()), None)
        if source is None:
            raise BodyError(f"{name}, which the script runs, is not in its bundle")
        path = place.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        path.chmod(0o755)


def collect(spec: Spec, place: Workplace) -> dict[str, object]:
    """Every output that the command wrote, checked, artifacts as paths. Raises `BodyError`."""
    collected: dict[str, object] = {}
    try:
        for output in declared(spec):
            try:
                value = from_path(output, place.outputs / output.name)
                checked(output, value)
            except UNFIT as problem:
                raise output.blamed(problem) from None
            collected[output.name] = value
    except OutputError as problem:
        raise BodyError(str(problem)) from None
    return collected


def _inputs(spec: Spec, laid: Mapping[str, object], scratch: Path) -> dict[str, str]:
    variables: dict[str, str] = {}
    for name, type in input_types(spec).items():
        value = laid.get(name)
        if value is None:
            continue
        of = part(type) if kind(type) == "optional" else type
        if isinstance(value, Given):
            variables[name] = str(value.path)
            continue
        text = _path_text(of, value) if has_artifacts(of) else shell_text(of, value)
        if kind(of) in ("List", "Map", "record", "Json", "Metrics"):
            file = scratch / "inputs" / f"{name}.json"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            variables[f"{name}_file"] = str(file)
            text = str(file) if kind(of) == "Metrics" else text
        if len(text.encode()) <= _LONGEST:
            variables[name] = text
    return variables


def _paths(type: Type, value: object) -> object:
    return map_artifacts(type, value, lambda _, __, item: str(cast(Given, item).path))


def _path_text(type: Type, value: object) -> str:
    return json.dumps(_paths(type, value), ensure_ascii=False, default=str)


def _container(spec: Spec, laid: Mapping[str, object], place: Workplace) -> tuple[str, ...]:
    names: dict[str, object] = {
        name: _paths(type, laid.get(name)) for name, type in input_types(spec).items()
    }
    names.update({o.name: str(place.outputs / o.name) for o in declared(spec)})
    try:
        words = [
            word
            for expression in cast("list[Json]", spec["command"])
            for word in show_items(evaluate(expression, names))
        ]
    except EvaluationError as problem:
        raise BodyError(f"the command has no value: {problem}") from None
    return tuple(words)
