"""Containers: the body of a step inside its image, through docker or podman."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...compiler.ir.definitions import ContainerBody
from ...compiler.ir.nodes import Task
from ...compiler.ir.settings import Resources
from ...compiler.ir.values import Json
from ...runtime.child import Python
from ...runtime.command import Command
from ...runtime.inputs import Given
from ...runtime.process import Ended
from ...runtime.retry import AttemptFailed, Cause
from .code import PACKAGE

ENGINES = ("docker", "podman")
# How a container engine says that it, not the command, has failed; and that there is no such one.
_BROKEN, _NOT_FOUND = 125, 127
_PATIENCE_SECONDS = 20
# What the engine's own client reads, above all which engine it speaks to; the body sees none of it.
CLIENT = (
    "HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
    "CONTAINER_CONNECTION",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
)


def installed(path: str | None, wanted: str | None = None) -> str | None:
    """The container engine on a search path, docker first unless another is wanted."""
    names = ENGINES if wanted is None else (wanted,)
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def wanted(settings: Mapping[str, Json], path: str | None) -> str | None:
    """The container engine that a target asks for, where it is installed."""
    named = settings.get("containers")
    return installed(path, named if isinstance(named, str) else None)


@cache
def silent(engine: str) -> str | None:
    """What a container engine says instead of answering; None where it answers."""
    try:
        asked = subprocess.run(
            (engine, "version"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"{engine}: {problem}"
    if asked.returncode == 0:
        return None
    said = [line.strip() for line in asked.stderr.splitlines() if line.strip()]
    return said[-1] if said else f"`{engine} version` ended with exit code {asked.returncode}"


def image_of(task: Task) -> str | None:
    """The image that a task runs in here; None where it runs without one."""
    body = task.definition.body
    if isinstance(body, ContainerBody):
        return body.image or None
    return task.settings.environment.image


@dataclass(frozen=True, slots=True)
class Container:
    """One container: the engine's program, an image, the name it gets, what it may use.

    `launcher` is the folder of the runtime's package, for the Python of the image.
    """

    engine: str
    image: str
    name: str
    resources: Resources
    launcher: Path

    @property
    def python(self) -> Python:
        """What runs a Python body in there."""
        return Python("python3", str(self.launcher), PACKAGE)

    def wrapped(
        self,
        command: Command,
        environment: Mapping[str, str],
        outer: Mapping[str, str],
        write: Path,
        read: Iterable[Path],
    ) -> tuple[Command, dict[str, str]]:
        """The command as one of the engine's client, and the client's own variables.

        It may `write` to one folder, which holds the command's own, and sees what it is to `read`.
        Files lie at the same paths inside and outside. Variables go by name alone, so that no
        value stands on a command line that other users of the machine can read. What comes
        behind `--` is never read as an option.
        """
        own = {name: value for name, value in environment.items() if name != "PATH"}
        home = own.pop("HOME")
        words = [self.engine, "run", "--rm", "--init", "--name", self.name]
        words += ["--user", f"{os.getuid()}:{os.getgid()}", "--workdir", str(command.folder)]
        words += ["--volume", f"{write}:{write}", "--env", f"HOME={home}"]
        for path in sorted(set(read)):
            words += ["--volume", f"{path}:{path}:ro"]
        for name in sorted(own):
            words += ["--env", name]
        if self.resources.cpu is not None:
            words += ["--cpus", f"{self.resources.cpu:g}"]
        if self.resources.memory is not None:
            words += ["--memory", f"{self.resources.memory}b"]
        if self.resources.gpu:
            words += ["--gpus", str(self.resources.gpu)]
        client = {"PATH": environment["PATH"], **own}
        client |= {name: outer[name] for name in CLIENT if name in outer}
        return Command((*words, "--", self.image, *command.argv), {}, command.folder), client

    def judge(self, ended: Ended, *, started: bool) -> None:
        """Raise `AttemptFailed` where the container, not the body, did not come up."""
        if ended.timed_out:
            return
        if ended.code == _BROKEN:
            text = f"{Path(self.engine).name} could not run {self.image}; the log has its words"
            raise AttemptFailed(Cause.INFRASTRUCTURE, text)
        if ended.code == _NOT_FOUND and not started:
            text = f"the image {self.image} has no {self.python.program}, which runs the body"
            raise AttemptFailed(Cause.FAILURE, text)

    def remove(self) -> None:
        """Ends the container if it is still there: the death of a client does not."""
        subprocess.run(
            [self.engine, "rm", "--force", self.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def outside(value: object, folder: Path) -> Iterator[Path]:
    """The laid inputs that are read where the user keeps them, not below a folder."""
    if isinstance(value, Given):
        if not value.path.is_relative_to(folder):
            yield value.path.resolve()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from outside(item, folder)
    elif isinstance(value, list):
        for item in value:
            yield from outside(item, folder)
