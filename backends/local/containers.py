"""Containers: a command of a step inside its image, through docker or podman."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compiler.ir.values import Resources
from ...runtime.command import Command
from ...runtime.inputs import Given

ENGINES = ("docker", "podman")
# What the engine's own client reads; the body sees none of it.
_CLIENT = ("HOME", "XDG_RUNTIME_DIR")


def installed(path: str | None) -> str | None:
    """The container engine on a search path, docker first."""
    return next((found for name in ENGINES if (found := shutil.which(name, path=path))), None)


@dataclass(frozen=True, slots=True)
class Container:
    """One container: the engine's program, an image, the name it gets, what it may use."""

    engine: str
    image: str
    name: str
    resources: Resources

    def wrapped(
        self,
        command: Command,
        environment: Mapping[str, str],
        laid: Mapping[str, object],
        outer: Mapping[str, str],
    ) -> tuple[Command, dict[str, str]]:
        """The command as one of the engine's client, and the client's own variables.

        Files lie at the same paths inside and outside. Variables go by name alone, so that no
        value stands on a command line that other users of the machine can read.
        """
        own = {name: value for name, value in environment.items() if name != "PATH"}
        home = own.pop("HOME")
        words = [self.engine, "run", "--rm", "--init", "--name", self.name]
        words += ["--user", f"{os.getuid()}:{os.getgid()}", "--workdir", str(command.folder)]
        words += ["--volume", f"{command.folder}:{command.folder}", "--env", f"HOME={home}"]
        for path in sorted(set(_outside(laid, command.folder))):
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
        client |= {name: outer[name] for name in _CLIENT if name in outer}
        return Command((*words, self.image, *command.argv), {}, command.folder), client

    def remove(self) -> None:
        """Ends the container if it is still there: the death of a client does not."""
        subprocess.run(
            [self.engine, "rm", "--force", self.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def _outside(value: object, folder: Path) -> Iterator[Path]:
    """The inputs that are read where the user keeps them."""
    if isinstance(value, Given):
        if not value.path.is_relative_to(folder):
            yield value.path.resolve()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _outside(item, folder)
    elif isinstance(value, list):
        for item in value:
            yield from _outside(item, folder)
