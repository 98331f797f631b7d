"""Jobs: what a worker is told of one attempt, where it runs and what it finds there included."""

from __future__ import annotations

import os
from pathlib import Path

from ...compiler.contract.runner import Request
from ...compiler.ir.definitions import ContainerBody, Definition, ShellBody
from ...runtime.secrets import SecretError
from . import containers
from .attempt import Job
from .code import code, launcher
from .containers import Container, image_of
from .recipes import NotMadeError, recipe_of
from .secrets import Vault
from .trial import Trial


class CannotStartError(Exception):
    """An attempt lacks something that was there when the run began; in the user's words."""


class Jobs:
    """Makes the jobs of one run."""

    def __init__(self, request: Request, run: str) -> None:
        self._request = request
        self._run = run
        self._engine = containers.wanted(request.settings, os.environ.get("PATH"))
        self._vault = Vault(os.environ, request.secrets_file)
        self._numbers: dict[int, int] = {}
        self._laid: dict[int, Path] = {}
        self._made = 0

    def job(self, trial: Trial, log: Path) -> Job:
        """Raises `CannotStartError`."""
        self._made += 1
        request, task, work = self._request, trial.task, trial.work
        try:
            secrets = self._vault.values(task.settings.secrets)
            recipe = recipe_of(task, request.folder, request.state, os.environ)
        except (SecretError, NotMadeError) as problem:
            raise CannotStartError(str(problem)) from None
        more = dict(secrets)
        if task.settings.effects:
            more["MLP_IDEMPOTENCY_KEY"] = work.once(self._run, task.id)
        container = None
        image = image_of(task)
        if image is not None:
            assert self._engine is not None, "nothing starts without one where a step has an image"
            name = f"mlp-{self._run}-{self._made}"
            folder = launcher(request.state)
            container = Container(self._engine, image, name, task.settings.resources, folder)
        planned = self._planned(task.definition)
        # An image has no project, and scripts are copied to where they run.
        apart = image is not None or isinstance(task.definition.body, ShellBody)
        return Job(
            self._numbers.setdefault(id(work.spec), len(self._numbers)),
            work.arguments,
            work.key,
            work.inputs,
            (planned,) if apart and planned else () if apart else request.source_roots,
            more,
            tuple(secrets.values()),
            str(log),
            task.settings.timeout,
            trial.fresh or recipe is not None or image is not None,
            container,
            recipe,
            planned,
        )

    def _planned(self, definition: Definition) -> Path | None:
        """A folder with a body's code, laid out as it was read; None for one without any."""
        body = definition.body
        if isinstance(body, ContainerBody) or not body.files:
            return None
        if id(definition) not in self._laid:
            self._laid[id(definition)] = code(self._request.state, body.files)
        return self._laid[id(definition)]
